"""A run from its beginning to its end."""

from __future__ import annotations

import os
from collections.abc import Callable

from .. import _native
from .._modes import checked_threads, native_mode
from ._case import Case
from ._config import Config, Functions, Inflow, Law, Notices, Overrides, open_case
from ._modes import is_reference
from ._progress import Bar, bar_wanted
from ._results import Results

_ALL = 2**63 - 1


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run: it ended at its next step, with valid files.

    Attributes
    ----------
    results : Results
        Up to there. With an output folder, ``run(..., resume=folder + "/results.h5")`` goes on.
    """

    def __init__(self, results: Results) -> None:
        super().__init__(f"run of {results.network.name} interrupted")
        self.results = results


def run(
    config: Config,
    *,
    set: Overrides = None,
    output: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    backend: str = "auto",
    specialize: str | None = None,
    tube_law: Law | None = None,
    friction: Law | None = None,
    inflow: Inflow | dict[str, Inflow] | None = None,
    progress: bool | Callable[[int, float], None] = True,
) -> Results:
    """Runs to the periodic heartbeat, or for the run's time; as `bloodflow --config` does.

    Parameters
    ----------
    config : path or dict
        A run file, or its content; ``network`` is a path (relative to the file, or to the working
        folder) or in turn a dictionary with a network file's content.
    set : dict or list of str, optional
        Values in place of the file's: ``{"numerics.cell_length_mm": 2}`` or
        ``["numerics.cell_length_mm=2"]``.
    output : path, optional
        Folder for what the program writes; results.h5 is kept up to date while the run goes on.
        Without it nothing is written; see `Results.save`.
    resume : path, optional
        A results file to go on from.
    threads : int, optional
        Harts to use; by default all that are idle.
    backend : {"auto", "cpu", "reference"}
        "reference" is the plain implementation, slow.
    specialize : {"auto", "sync", "require", "interpret", "off"}, optional
        Kernels for this run's physics are compiled before the first step: where there is a compiler
        ("auto", "sync"), or else fail ("require"), or never ("interpret", "off").
    tube_law : function, optional
        Pressure [Pa] of the lumen area ``A`` [m^2] and whichever of ``A0``, ``h``, ``E``, ``nu``,
        ``p_ref``, ``rho``, ``mu`` and ``zeta`` it names; other arguments must have defaults. It
        becomes native code, as the same formula in the run file does.
    friction : function, optional
        Force on the blood per length [N/m] of ``A``, the mean velocity ``u`` [m/s] and the same
        names.
    inflow : function or dict of functions by node, optional
        Flow [m^3/s] of the time [s], called at 4097 moments of a period before the run; straight
        lines between them.
    progress : bool or function
        True: a bar of tqdm, where it is installed, on a terminal or in a notebook. A function is
        called some ten times a second with the number of the cycle and the part of it that is
        done; what it raises ends the run and is raised here.

    Returns
    -------
    Results
        Also where the run did not converge, or failed: see `Results.status`.

    Raises
    ------
    InputError
        All complaints about the files; a law that makes no sense.
    LoweringError
        A law cannot become native code; names file, line and what to write instead.
    BackendError
        The machine failed: no compiler in mode "require", a file that cannot be written.
    Interrupted
        Ctrl-C. The run ended at its next step and its files are valid.

    Notes
    -----
    The GIL is released; signals are looked at 20 times a second. In a thread other than the main
    one Ctrl-C goes to the main thread, and the run goes on.
    """
    reference, mode = is_reference(backend), native_mode(specialize)
    settings = _native.BloodflowSettings(
        "" if output is None else os.fspath(output),
        "" if resume is None else os.fspath(resume),
        _ALL if threads is None else checked_threads(threads),
        "reference" if reference else "auto",
        mode,
    )
    case = Case(open_case(config, set, Functions(tube_law, friction, inflow)))
    return _finish(*_run(case, settings, progress), case)


def _run(
    case: Case, settings: _native.BloodflowSettings, progress: bool | Callable[[int, float], None]
) -> tuple[_native.BloodflowOutcome, BaseException | None]:
    with Notices() as notices:
        if callable(progress):
            hears = _Caller(progress)
            return _native.bloodflow_run(
                case._native, settings, hears.step, hears.cycle, notices.say
            )
        if not bar_wanted(progress):
            return _native.bloodflow_run(case._native, settings, None, None, notices.say)
        bar = Bar(case.schedule.mode == "periodic")
        try:
            return _native.bloodflow_run(case._native, settings, bar.step, bar.cycle, notices.say)
        finally:
            bar.close()


class _Caller:
    """A function of the caller, told the cycle with each part."""

    def __init__(self, function: Callable[[int, float], None]) -> None:
        self._function = function
        self._done = 0

    def step(self, part: float) -> None:
        self._function(self._done + 1, part)

    def cycle(self, done: int) -> None:
        self._done = done


def _finish(outcome: _native.BloodflowOutcome, error: BaseException | None, case: Case) -> Results:
    results = Results(outcome, case)
    if isinstance(error, KeyboardInterrupt):
        raise Interrupted(results) from error
    if error is not None:
        raise error
    return results

"""``asp.tune()`` and ``asp.doctor()``: kernels and the machine, looked at closely."""

from __future__ import annotations

from dataclasses import dataclass

from . import _native
from ._specialized import Specialized

__all__ = ["Diagnosis", "Finding", "Tuning", "doctor", "tune"]

_LEVELS = ("estimate", "measure", "patient")


@dataclass(frozen=True)
class Timing:
    """A variant that was looked at: ``ratio`` of its time to the default's, None if not timed."""

    variant: dict[str, int]
    status: str
    runs: int
    ratio: float | None


@dataclass(frozen=True)
class Tuning:
    """What tuning found.

    Attributes
    ----------
    variant : the one that is used from now on
    origin : where it comes from: "tuned here on ...", "default"
    how : how the search went
    seconds : that it took
    measured : all that were looked at, the default first
    """

    variant: dict[str, int]
    origin: str
    how: str
    seconds: float
    measured: tuple[Timing, ...]

    def __str__(self) -> str:
        lines = [f"{'ratio':>7}  {'runs':>4}  variant"]
        for m in self.measured:
            ratio = m.status if m.ratio is None else f"{m.ratio:.3f}"
            lines.append(f"{ratio:>7}  {m.runs:>4}  {_text(m.variant)}")
        return "\n".join([*lines, f"use: {_text(self.variant)} ({self.origin})"])


def _text(variant: dict[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in variant.items())


def tune(
    function: Specialized,
    *,
    level: str = "measure",
    extent: int | None = None,
    seconds: float | None = None,
) -> Tuning:
    """Times the variants of a function's latest kernel on this machine, and uses the best.

    The outcome is kept in the tuning database (see ``asp db``), where kernels that are made later
    find it, in other processes too. Every variant is checked against the interpreter first, in a
    process of its own.

    Parameters
    ----------
    function : what `asp.function`, `asp.stencil` or `asp.newton` made, called once
    level : {"estimate", "measure", "patient"}
        "estimate" times nothing: it asks the database.
    extent : int, optional
        Points, systems, or a grid's outermost size to tune for; by default that of the latest
        call.
    seconds : float, optional
        Limit of the timing; by default the level's own.

    Raises
    ------
    LoweringError
        There is no kernel yet.
    BackendError
        There is no compiler.
    """
    if not isinstance(function, Specialized):
        raise TypeError(f"asp.tune takes what asp.function and the like made, not {function!r}")
    if level not in _LEVELS:
        raise _native.InputError(f"level = {level!r}: expected one of {', '.join(_LEVELS)}")
    kernel = function._kernel()
    size = extent if extent is not None else max(1, function._latest_extent())
    found = _native.tune(kernel, level, size, seconds)
    function._make_anew()
    measured = tuple(Timing(**row) for row in found.pop("measured"))
    return Tuning(**found, measured=measured)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    state : "ok", "note", "warning" (works, at a cost) or "broken"
    means : what follows from it for who uses it
    cure : of a warning or of what is broken
    """

    topic: str
    state: str
    found: str
    means: str
    cure: str


class Diagnosis(tuple[Finding, ...]):
    """Findings; prints as a table."""

    def __str__(self) -> str:
        lines = []
        for f in self:
            lines.append(f"{f.topic:<12} {f.state:<8} {f.found}")
            lines += [
                f"{'':<21} {text}" for text in (f.means, f.cure and f"cure: {f.cure}") if text
            ]
        return "\n".join(lines)

    __repr__ = __str__


def doctor() -> Diagnosis:
    """Looks at processor, compilers, cache and tuning database, and tries one small kernel.

    Returns
    -------
    Diagnosis
        What the program ``asp doctor`` prints, with the cure of whatever is wrong.
    """
    return Diagnosis(Finding(**finding) for finding in _native.examine())

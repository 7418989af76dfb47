"""When kernels are made: the process's default, and changing it for a while."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Literal, get_args

import numpy as np

from ._native import InputError

Mode = Literal["auto", "sync", "require", "interpret", "off"]
MODES: tuple[Mode, ...] = get_args(Mode)


def checked(mode: str, where: str) -> Mode:
    """The mode of this name; `InputError` names ``where`` it came from otherwise."""
    for known in MODES:
        if mode == known:
            return known
    raise InputError(f"{where} = {mode!r}: expected one of {', '.join(MODES)}")


_default: Mode | None = None


def default() -> Mode:
    """What holds where nothing else was said: ``asp.specialize``, else ``ASP_SPECIALIZE``."""
    if _default is not None:
        return _default
    return checked(os.environ.get("ASP_SPECIALIZE", "auto"), "ASP_SPECIALIZE")


def native_mode(specialize: str | None) -> str:
    """The core's word for a mode; None: this process's default.

    A solver has no Python source to fall back to: without a compiler its built-in kernels or the
    interpreter answer, whether it is told "interpret" or "off".
    """
    mode = default() if specialize is None else checked(specialize, "specialize")
    return "off" if mode == "interpret" else mode


def checked_threads(threads: object) -> int:
    """`TypeError` or `ValueError` unless it is a whole number, at least 1."""
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)):
        raise TypeError(f"threads = {threads!r}: expected a whole number")
    if threads < 1:
        raise ValueError(f"threads = {threads}: expected at least 1")
    return int(threads)


class specialize:
    """Sets when functions are compiled, from here on or inside of a ``with``.

    Parameters
    ----------
    mode : {"auto", "sync", "require", "interpret", "off"}
        ``auto``: a call is answered at once by the interpreter, and natively once the compiler in
        the background is done. ``sync``: the first call waits for the compiler; a lower rung where
        there is none. ``require``: as ``sync``, but whatever cannot be native raises.
        ``interpret``: nothing is compiled. ``off``: the Python source runs as it is.

    Raises
    ------
    InputError
        There is no such mode.
    """

    def __init__(self, mode: str) -> None:
        global _default
        self._before = _default
        _default = checked(mode, "asp.specialize")

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        global _default
        _default = self._before

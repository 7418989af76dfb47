"""Words for how kernels are made, as the solver takes them."""

from __future__ import annotations

import numpy as np

from .. import _modes
from .._native import InputError

_BACKENDS = ("auto", "cpu", "reference")


def native_mode(specialize: str | None) -> str:
    """The core's word for a mode; None: this process's default.

    A run has no Python source to fall back to: without a compiler its built-in kernels or the
    interpreter answer, whether it is told "interpret" or "off".
    """
    mode = _modes.default() if specialize is None else _modes.checked(specialize, "specialize")
    return "off" if mode == "interpret" else mode


def checked_threads(threads: object) -> int:
    """`TypeError` or `ValueError` unless it is a whole number, at least 1."""
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)):
        raise TypeError(f"threads = {threads!r}: expected a whole number")
    if threads < 1:
        raise ValueError(f"threads = {threads}: expected at least 1")
    return int(threads)


def is_reference(backend: str) -> bool:
    """Whether the plain implementation is meant; `InputError` where there is none of that name."""
    if backend not in _BACKENDS:
        raise InputError(f"backend = {backend!r}: expected one of {', '.join(_BACKENDS)}")
    return backend == "reference"

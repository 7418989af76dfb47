"""Words for how the solver is made."""

from __future__ import annotations

from .._native import InputError

_BACKENDS = ("auto", "cpu", "reference")


def is_reference(backend: str) -> bool:
    """Whether the plain implementation is meant; `InputError` where there is none of that name."""
    if backend not in _BACKENDS:
        raise InputError(f"backend = {backend!r}: expected one of {', '.join(_BACKENDS)}")
    return backend == "reference"

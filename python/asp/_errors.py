"""What goes wrong, as exceptions and warnings."""

from __future__ import annotations

from typing import Any

from ._native import InputError


class LoweringError(InputError):
    """A Python function that cannot become a kernel: file, line, caret, and what to write instead.

    ``captures``: while all of them hold, trying again gives the same; empty where that is unknown.
    """

    captures: tuple[Any, ...] = ()


class LoweringWarning(UserWarning):
    """A Python function that cannot become a kernel and runs as Python."""

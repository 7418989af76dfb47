"""What goes wrong, as exceptions and warnings."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ._native import InputError


class LoweringError(InputError):
    """A Python function that cannot become a kernel: file, line, caret, and what to write instead.

    ``captures``: while all of them hold, trying again gives the same; empty where that is unknown.
    ``is_mistake``: the text means something else as a kernel, so that it must not run as Python
    unasked.
    """

    captures: tuple[Any, ...] = ()
    is_mistake: bool = False


class LoweringWarning(UserWarning):
    """A Python function that cannot become a kernel and runs as Python."""


def warn(message: str, category: type[Warning]) -> None:
    """Warns at the line outside of this package that called it."""
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and module.split(".")[0] == "asp"

"""Other systems that do the same, where they are installed."""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["numba_or_none"]


def numba_or_none() -> ModuleType | None:
    try:
        return importlib.import_module("numba")
    except ImportError:
        return None

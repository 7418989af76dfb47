"""Seconds for the examples, and whether Numba is there to be compared with."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any


def seconds(act: Callable[[], Any], repeats: int = 5) -> float:
    """The least of several times."""
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - begin)
    return best


def has_numba() -> bool:
    return importlib.util.find_spec("numba") is not None


def show(name: str, each: float, reference: float) -> None:
    """A line of a table: time for each of many things, beside pure Python's."""
    print(f"  {name:<28} {1e9 * each:12.2f} ns   {reference / each:10.1f} times pure Python")

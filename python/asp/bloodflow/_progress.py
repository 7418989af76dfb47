"""A bar on the terminal."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Protocol


class Progress(Protocol):
    """Hears how far a run is: parts of the present cycle from 0 to 1, and cycles that are done."""

    def step(self, part: float) -> None: ...
    def cycle(self, done: int) -> None: ...


class Bar:
    """One bar of tqdm for each cycle."""

    def __init__(self, periodic: bool, done: int = 0) -> None:
        self._tqdm: Any = importlib.import_module("tqdm.auto").tqdm
        self._periodic = periodic
        self._bar: Any = None
        self._done = done

    def step(self, part: float) -> None:
        if self._bar is None:
            name = f"cycle {self._done + 1}" if self._periodic else "run"
            form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
            self._bar = self._tqdm(total=1.0, desc=name, leave=False, bar_format=form)
        self._bar.n = part
        self._bar.refresh()

    def cycle(self, done: int) -> None:
        self.close()
        self._done = done

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None


def bar_wanted(progress: bool) -> bool:
    """Where there is a terminal or a notebook to show it, and tqdm to draw it."""
    if not progress or importlib.util.find_spec("tqdm") is None:
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules

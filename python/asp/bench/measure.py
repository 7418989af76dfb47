"""Rows of a benchmark's table: times measured in turns, as ratios to a peer."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Row", "medians_in_turns", "print_head", "print_row", "seconds_per_call"]


@dataclass(frozen=True)
class Row:
    """One line of the table. The ratio is the reference over ours: how many times faster we are."""

    case: str
    ours: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    threads: int = 1
    most_ours: float | None = None  #: the bar: ours is at most so much
    least_ratio: float | None = None  #: the bar: the ratio is at least so much

    @property
    def ratio(self) -> float | None:
        return None if self.reference is None else self.reference / self.ours

    @property
    def bar(self) -> str:
        if self.most_ours is not None:
            return f"ours <= {self.most_ours:g}"
        return "" if self.least_ratio is None else f"ratio >= {self.least_ratio:g}"

    @property
    def met(self) -> bool | None:
        if self.most_ours is not None:
            return self.ours <= self.most_ours
        if self.least_ratio is None or self.ratio is None:
            return None
        return self.ratio >= self.least_ratio

    def to_json(self) -> dict[str, object]:
        row: dict[str, object] = {
            "case": self.case,
            "threads": self.threads,
            "ours": self.ours,
            "unit": self.unit,
        }
        if self.reference is not None:
            row |= {"reference": self.reference, "ratio": self.ratio}
            row["reference_name"] = self.reference_name
        if self.met is not None:
            row |= {"bar": self.bar, "met": self.met}
        return row


def seconds_per_call(work: Callable[[], object], enough: float = 3e-3) -> float:
    """Seconds of one call: the mean of as many as `enough` seconds take."""
    calls, batch = 0, 1
    start = time.perf_counter()
    while True:
        for _ in range(batch):
            work()
        calls += batch
        passed = time.perf_counter() - start
        if passed >= enough:
            return passed / calls
        batch *= 2


def medians_in_turns(
    works: Sequence[Callable[[], object]], rounds: int = 9, enough: float = 3e-3
) -> list[float]:
    """Median seconds of a call of each work, done in turns after one round that does not count."""
    found: list[list[float]] = [[] for _ in works]
    for turn in range(rounds + 1):
        for times, work in zip(found, works, strict=True):
            seconds = seconds_per_call(work, enough)
            if turn > 0:
                times.append(seconds)
    return [statistics.median(times) for times in found]


_line = "{:<46} {:>7} {:>10} {:>10} {:>8}  {:<14} {:<6} {}"


def print_head() -> None:
    print(_line.format("case", "threads", "ours", "reference", "ratio", "bar", "", "unit"))


def print_row(row: Row) -> None:
    verdict = {None: "", True: "met", False: "missed"}[row.met]
    text = _line.format(
        row.case,
        row.threads,
        f"{row.ours:.4g}",
        "" if row.reference is None else f"{row.reference:.4g}",
        "" if row.ratio is None else f"{row.ratio:.3g}",
        row.bar,
        verdict,
        row.unit + (f"; reference: {row.reference_name}" if row.reference_name else ""),
    )
    if verdict and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        colour = "32" if row.met else "31"
        text = text.replace(f" {verdict:<6} ", f" \033[{colour}m{verdict:<6}\033[0m ", 1)
    print(text, flush=True)

"""``asp.report()``: what became of this process's functions, stencils and solvers."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from . import _specialized

__all__ = ["KernelReport", "Report", "report"]


@dataclass(frozen=True)
class KernelReport:
    """One kernel.

    Attributes
    ----------
    name : of the Python function
    kind : "function", "stencil" or "newton"
    rung : "specialized", "built in", "interpreted", or "python" where none could be made
    calls : that ran it
    compile_seconds : of this process, in the background too; 0 from the cache
    waiting_seconds : in which a call waited for reading, compiling and loading
    running_seconds : of all calls, from samples
    saved_seconds : what the interpreter would have taken for the calls that ran native, less what
        they took and what was waited; None where the interpreter never ran to compare with
    explanation : why, variant, compiler, cache
    """

    name: str
    kind: str
    rung: str
    calls: int
    compile_seconds: float
    waiting_seconds: float
    running_seconds: float
    saved_seconds: float | None
    explanation: str

    @property
    def first_line(self) -> str:
        """The compile in a line, or why there is none."""
        lines = [line.strip() for line in self.explanation.splitlines()]
        compiled = [line for line in lines if re.search(r"\bcompiled by\b", line)]
        return compiled[0] if compiled else lines[0] if lines else ""


class Report:
    """Kernels in the order of their names; prints as a table."""

    def __init__(self, kernels: list[KernelReport]) -> None:
        self.kernels = sorted(kernels, key=lambda k: (k.name, k.kind, k.rung))

    def as_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each kernel."""
        return [asdict(kernel) for kernel in self.kernels]

    def __str__(self) -> str:
        if not self.kernels:
            return "no kernels yet"
        head = ("name", "kind", "rung", "calls", "compile", "waiting", "running", "saved", "how")
        rows = [head, *map(_cells, self.kernels)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head) - 1)]
        lines = []
        for row in rows:
            words = [cell.ljust(w) for cell, w in zip(row[:3], widths)]
            numbers = [cell.rjust(w) for cell, w in zip(row[3:-1], widths[3:])]
            lines.append("  ".join([*words, *numbers, row[-1]]).rstrip())
        return "\n".join(lines)

    __repr__ = __str__


def _cells(k: KernelReport) -> tuple[str, ...]:
    saved = "-" if k.saved_seconds is None else _time(k.saved_seconds)
    times = map(_time, (k.compile_seconds, k.waiting_seconds, k.running_seconds))
    return (k.name, k.kind, k.rung, str(k.calls), *times, saved, k.first_line)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return "0" if seconds == 0.0 else f"{seconds / 1e-9:.3g} ns"


def report() -> Report:
    """What became of this process's functions and solvers that have been called and still live.

    Returns
    -------
    Report
        Prints as a table: for each kernel its rung, the calls that it ran, and what it cost and
        saved. ``report().as_dicts()`` has the same for programs.
    """
    kernels = []
    for one in list(_specialized.every):
        if one._refusal is not None:
            refusal = str(one._refusal)
            kernels.append(
                KernelReport(one.__name__, one._kind, "python", 0, 0.0, 0.0, 0.0, None, refusal)
            )
        for entry in list(one._ledger.values()):
            kernels.append(_of(one, entry))
    return Report(kernels)


def _of(one: _specialized.Specialized, entry: _specialized.Entry) -> KernelReport:
    kernel, tally, waited = entry
    (native, native_points), (lower, lower_points) = tally.native, tally.interpreted
    saved = None
    if lower_points > 0.0 and native_points > 0.0:
        saved = native_points * lower / lower_points - native - waited
    costs = kernel.costs
    return KernelReport(
        one.__name__,
        one._kind,
        kernel.rung,
        tally.calls,
        0.0 if costs is None else costs[0],
        waited,
        native + lower,
        saved,
        kernel.explain(),
    )

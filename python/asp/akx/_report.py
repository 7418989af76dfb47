"""A plan as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._plan import Plan


def text_of(plan: Plan) -> str:
    """What was decided, why, what it costs, and what else was looked at."""
    n = plan.shape[0]
    several = f", {plan.vectors} vectors at once" if plan.vectors > 1 else ""
    lines = [
        f"{n} x {n}, {plan.nonzeros} nonzeros, {plan.dtype}; k = {plan.k}, {plan.keep}{several}",
        f"chosen: {plan.chosen.description}",
        f"reason: {plan.reason}",
        f"matrix: {_bytes(plan.matrix_bytes)}, {plan.memory_ratio:.2f} times CSR; "
        f"{plan.fill:.2f} times the nonzeros stored; {plan.redundancy:.2f} times the products "
        f"made; tiles: {plan.tiles}"
        + (f"; own vectors: {_bytes(plan.work_bytes)}" if plan.work_bytes else ""),
        f"planning: {_time(plan.planning_seconds)}, tuning: {_time(plan.tuning_seconds)}",
    ]
    if plan.considered:
        lines.append("considered:")
        width = max(len(c.description) for c in plan.considered)
        for c in plan.considered:
            timed = "" if c.measured is None else f", measured {_time(c.measured)}"
            lines.append(f"  {c.description:<{width}}  modelled {_time(c.modelled)}{timed}")
    lines.extend(f"remark: {remark}" for remark in plan.remarks)
    return "\n".join(lines)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns" if seconds > 0.0 else "0"


def _bytes(count: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"

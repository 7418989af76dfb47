"""Damped Newton steps in plain Python, one system at a time: what the kernels do, to be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ._native import InputError

Residual = Callable[[list[float]], Sequence[float]]

CONVERGED, ITERATION_LIMIT, SINGULAR, NOT_FINITE, STALLED, OUTSIDE = range(6)
_ROUNDING = 1e-26  # (1e-13)^2: a residual of rounding errors
_SMALLEST_DAMPING = 1e-8


def solve_system(
    residual: Residual,
    guess: Sequence[float],
    *,
    tolerance: float,
    most_iterations: int,
    typical: Sequence[float],
    bounds: Sequence[tuple[float, float]],
) -> tuple[list[float], int, int, float]:
    """One system's solution (or best point), status, Newton steps and scaled residual.

    The Jacobian is taken by central differences, where kernels have exact derivatives: the last
    digits of a solution may differ.
    """
    x = list(guess)
    if any(value <= low or value >= high for value, (low, high) in zip(x, bounds, strict=True)):
        return x, OUTSIDE, 0, math.inf
    size = [abs(value) or typical[j] for j, value in enumerate(x)]
    jacobian = _jacobian(residual, x, size, bounds)
    weight = [_weight(row, size) for row in jacobian]
    base, direction = x, [0.0] * len(x)
    merit, damping, room, status = math.inf, 1.0, 1.0, CONVERGED
    for iteration in range(1, most_iterations + 1):
        f = _values(residual, x)
        square = _square(f, weight)
        if square <= min((1.0 - 2e-4 * damping) * merit, 1e300):  # Armijo's rule
            base, merit = x, square
            step = _solve(_jacobian(residual, x, size, bounds), [-value for value in f])
            if square > 0.0 and step is None:
                return base, SINGULAR, iteration, math.sqrt(merit)
            direction = step or [0.0] * len(x)
            damping = room = _room(base, direction, bounds)
            scale = [max(abs(value), size[j]) for j, value in enumerate(x)]
            if all(abs(s) <= tolerance * c for s, c in zip(direction, scale, strict=True)):
                break
        elif iteration == 1:
            return base, NOT_FINITE, iteration, math.nan
        else:
            damping = _shorter(damping, square, merit)
            if damping < _SMALLEST_DAMPING:
                status = CONVERGED if merit <= _ROUNDING else STALLED
                return base, status, iteration, math.sqrt(merit)
        x = [b + damping * d for b, d in zip(base, direction, strict=True)]
    else:
        return base, ITERATION_LIMIT, most_iterations, math.sqrt(merit)
    # The last step is taken on trust: it stays where the residual agrees.
    x = [b + room * d for b, d in zip(base, direction, strict=True)]
    square = _square(_values(residual, x), weight)
    if square <= max(merit, _ROUNDING):
        return x, CONVERGED, iteration, math.sqrt(square)
    return base, CONVERGED, iteration, math.sqrt(merit)


def _values(residual: Residual, x: list[float]) -> list[float]:
    """The residuals; not a number where Python refuses to compute one."""
    try:
        f = [math.nan if isinstance(one, complex) else float(one) for one in residual(x)]
    except (ArithmeticError, ValueError, TypeError):  # TypeError: a power became complex
        return [math.nan] * len(x)
    if len(f) != len(x):
        raise InputError(f"{len(f)} residuals for {len(x)} unknowns: expected as many")
    return f


def _square(f: Sequence[float], weight: Sequence[float]) -> float:
    scaled = [w * value for w, value in zip(weight, f, strict=True)]
    return sum(one * one for one in scaled)  # infinite where one**2 would raise


def _weight(row: Sequence[float], size: Sequence[float]) -> float:
    total = sum(abs(slope) * s for slope, s in zip(row, size, strict=True))
    return 1.0 / total if total > 0.0 else 1.0


def _jacobian(
    residual: Residual,
    x: list[float],
    size: Sequence[float],
    bounds: Sequence[tuple[float, float]],
) -> list[list[float]]:
    """d f_i / d x_j by central differences, whose error is least at a step of eps^(1/3)."""
    columns = []
    for j, value in enumerate(x):
        low, high = bounds[j]
        h = min(6e-6 * max(abs(value), size[j]), 0.5 * (value - low), 0.5 * (high - value))
        ahead, behind = value + h, value - h
        f = _values(residual, [*x[:j], ahead, *x[j + 1 :]])
        g = _values(residual, [*x[:j], behind, *x[j + 1 :]])
        width = ahead - behind or math.nan  # 0: no room between bounds
        columns.append([(a - b) / width for a, b in zip(f, g, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _solve(matrix: list[list[float]], right: list[float]) -> list[float] | None:
    """Elimination with pivots from rows scaled by their largest entry; None: no inverse."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    scale = [max(abs(value) for value in row) or 1.0 for row in matrix]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]) / scale[i])
        if not abs(rows[pivot][k]) > 1e-14 * scale[pivot]:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        scale[k], scale[pivot] = scale[pivot], scale[k]
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    x = [0.0] * n
    for k in reversed(range(n)):
        known = sum(rows[k][j] * x[j] for j in range(k + 1, n))
        x[k] = (rows[k][n] - known) / rows[k][k]
    return x


def _room(
    base: Sequence[float], step: Sequence[float], bounds: Sequence[tuple[float, float]]
) -> float:
    """The largest damping that goes at most nine tenths of the way to the end of any range."""
    room = 1.0
    for x, s, (low, high) in zip(base, step, bounds, strict=True):
        way = 0.9 * (low - x) if s < 0.0 else 0.9 * (high - x)
        if abs(s) * room > abs(way):
            room = way / s
    return room


def _shorter(damping: float, square: float, merit: float) -> float:
    """The minimum of the parabola through the two residuals and the slope, within bounds."""
    bend = square - merit + 2.0 * damping * merit
    minimum = damping * damping * merit / bend if bend > 0.0 and math.isfinite(bend) else 0.0
    if not minimum > 0.0:
        return 0.5 * damping  # no parabola: not finite there
    return min(max(minimum, 0.1 * damping), 0.5 * damping)

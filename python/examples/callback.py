"""A function that cannot become native code, inside of one that does: a spring with a measured law.

The deflection's force comes from a table by way of NumPy; all around it is native code, which calls
back into Python for some thousand points at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from timing import has_numba, seconds, show

import asp

DEFLECTION = np.linspace(-1.0, 1.0, 21)
FORCE = 40.0 * DEFLECTION + 15.0 * DEFLECTION**3


@asp.callback
def measured(x: Any) -> Any:
    """Force [N] at deflections [m], between what was measured."""
    return np.interp(x, DEFLECTION, FORCE)


@asp.callback
def same(x: Any) -> Any:
    """The least a callback can cost."""
    return x


@asp.function
def power(x: Any, v: Any, damping: Any = 0.3) -> Any:
    """Of a damped spring [W]."""
    return (measured(math.sin(x)) + damping * v * abs(v)) * v


@asp.function
def lowered(x: Any, v: Any, damping: Any = 0.3) -> Any:
    """The same with the law that the table was made of."""
    s = math.sin(x)
    return (40.0 * s + 15.0 * s**3 + damping * v * abs(v)) * v


@asp.function
def through(x: Any) -> Any:
    return same(x)


def numba_power() -> Any:
    """Numba's way back into Python."""
    import numba

    @numba.njit
    def run(x: Any, v: Any, damping: float) -> Any:
        s = np.sin(x)
        with numba.objmode(force="float64[:]"):
            force = measured.python(s)
        return (force + damping * v * np.abs(v)) * v

    return run


def main(points: int = 1_000_000) -> None:
    x, v = np.linspace(-3.0, 3.0, points), np.linspace(0.1, 1.0, points)
    for function in (power, lowered, through):
        function(x[:10], v[:10]) if function is not through else function(x[:10])
        function.wait()  # from here on native
    few = slice(0, points, max(1, points // 1000))
    some = [np.ascontiguousarray(a[few]) for a in (x, v)]
    python = seconds(lambda: power(*some, specialize="off"), 1) / len(some[0])
    print(f"{points} points, each:")
    show("pure Python", python, python)
    show("asp.callback", seconds(lambda: power(x, v)) / points, python)
    show("lowered", seconds(lambda: lowered(x, v)) / points, python)
    if has_numba():
        numba_run = numba_power()
        np.testing.assert_allclose(numba_run(x, v, 0.3), power(x, v), rtol=1e-12)
        show("Numba, objmode", seconds(lambda: numba_run(x, v, 0.3)) / points, python)

    print("the way there and back alone:")
    batch, out = np.ones(1024), np.empty(1024)
    one = seconds(lambda: [through(1.0) for _ in range(1000)]) / 1000
    many = seconds(lambda: [through(batch, out=out) for _ in range(1000)]) / 1000
    print(f"  one point {1e6 * one:.2f} us, 1024 points {1e6 * many / 1024:.4f} us each")


if __name__ == "__main__":
    main()

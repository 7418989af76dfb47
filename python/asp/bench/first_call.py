"""``python -m asp.bench.first_call WHAT``: seconds of a new process's first call of a kernel.

In a process of its own, since a second one would find things ready. Whatever is imported does not
count; what a decorator does and what the call does, counts.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np


def weigh(x: Any, y: Any, z: Any) -> Any:
    for i in range(x.size):
        z[i] = 2.0 * x[i] + np.sqrt(y[i]) if x[i] > 0.5 else y[i]


def weigh_point(x: float, y: float) -> float:
    return 2.0 * x + np.sqrt(y) if x > 0.5 else y


def heat(out: Any, u: Any, c: float) -> None:
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            for k in range(1, u.shape[2] - 1):
                out[i, j, k] = u[i, j, k] + c * (
                    u[i - 1, j, k]
                    + u[i, j - 1, k]
                    + u[i, j, k - 1]
                    + u[i, j, k + 1]
                    + u[i, j + 1, k]
                    + u[i + 1, j, k]
                    - 6.0 * u[i, j, k]
                )


def heat_points(out: Any, u: Any, c: float) -> None:
    for p in out.interior(1):
        out[p] = u[p] + c * (sum(u[q] for q in u.neighbors(p)) - 6.0 * u[p])


def seconds(system: str, what: str, way: str) -> float:
    x = np.random.default_rng(1).random(1000 if what == "function" else (48, 48, 48))
    y, z = x.copy(), x.copy()
    if system == "numba":
        import numba

        loop: Any = weigh if what == "function" else heat
        start = time.perf_counter()
        kernel = numba.njit(cache=way == "cached", parallel=what == "stencil")(loop)
        kernel(x, y, z) if what == "function" else kernel(x, y, 0.1)
        return time.perf_counter() - start
    import asp

    start = time.perf_counter()
    if what == "function":
        function = asp.function(weigh_point, specialize=way)
        function(x, y, out=z)
    else:
        stencil = asp.stencil(specialize=way)(heat_points)
        stencil(x, y, 0.1)
    return time.perf_counter() - start


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))

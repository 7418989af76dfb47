"""Heat in a plate whose rim is kept at its temperature: a stencil, its rungs and its peers.

python heat_stencil.py --size 1000 --steps 1000
"""

from __future__ import annotations

import argparse
import importlib.util
import time

import numpy as np

import asp


@asp.stencil(feeds={"u": "out"})
def heat(out, u, c):
    """One explicit step; returns the largest change."""
    change = 0.0
    for p in out.interior(1):
        out[p] = u[p] + c * (sum(u[q] for q in u.neighbors(p)) - 4.0 * u[p])
        change = max(change, abs(out[p] - u[p]))
    return change


def numba_heat():
    """What one writes for Numba instead."""
    import numba

    @numba.njit(parallel=True, fastmath=True)
    def step(out, u, c):
        for i in numba.prange(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                neighbors = u[i - 1, j] + u[i, j - 1] + u[i, j + 1] + u[i + 1, j]
                out[i, j] = u[i, j] + c * (neighbors - 4.0 * u[i, j])

    def steps(count, out, u, c):
        now, then = u.copy(), u.copy()
        for _ in range(count):
            step(then, now, c)
            now, then = then, now
        out[...] = now

    return steps


def seconds(work):
    work()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()
    n, steps, c = arguments.size, arguments.steps, 0.2
    points = steps * (n - 2) ** 2

    u = np.zeros((n, n))
    u[0] = 100.0  # one side is hot
    out = np.empty_like(u)
    change = heat.iterate(steps, out, u, c, specialize="sync")
    print(f"{steps} steps on {n} x {n} points, the last one changed up to {change:.3g} degrees")

    small, few = u[:, :40].copy(), max(1, steps // 100)
    reference, found = np.empty_like(small), np.empty_like(small)
    python = seconds(lambda: heat.iterate(few, reference, small, c, specialize="off"))
    heat.iterate(few, found, small, c)
    print(f"largest difference from its own Python: {np.abs(found - reference).max():.1e}")

    ours = seconds(lambda: heat.iterate(steps, out, u, c, specialize="sync")) / points
    theirs = python / (few * (n - 2) * 38)
    print(
        f"{1e9 * ours:.3g} ns a point and step; as Python {1e9 * theirs:.3g} ns, "
        f"{theirs / ours:.0f} times as long"
    )
    if importlib.util.find_spec("numba"):
        peer = numba_heat()
        other = np.empty_like(u)
        numba = seconds(lambda: peer(steps, other, u, c)) / points
        assert np.allclose(out, other, rtol=1e-12, atol=1e-12)
        print(f"by Numba {1e9 * numba:.3g} ns, {numba / ours:.2f} times as long")


if __name__ == "__main__":
    main()

"""Stencils against the machine's memory, NumPy, Numba and their own Python source."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

import asp

from .measure import Row, medians_in_turns
from .peers import numba_or_none

Array = NDArray[np.float64]


@asp.stencil(feeds={"u": "out"})
def seven_points(out, u, c):  # type: ignore[no-untyped-def]
    for p in out.interior(1):
        out[p] = u[p] + c * (sum(u[q] for q in u.neighbors(p)) - 6.0 * u[p])


@asp.stencil(feeds={"u": "out"})
def five_points(out, u, c):  # type: ignore[no-untyped-def]
    for p in out.interior(1):
        out[p] = u[p] + c * (sum(u[q] for q in u.neighbors(p)) - 4.0 * u[p])


def numpy_sweep(out: Array, u: Array, c: float) -> None:
    """The same on NumPy's slices, in any dimension."""
    inside = (slice(1, -1),) * u.ndim
    total = np.zeros_like(u[inside])
    for axis in range(u.ndim):
        for side in (slice(None, -2), slice(2, None)):
            total += u[inside[:axis] + (side,) + inside[axis + 1 :]]
    out[inside] = u[inside] + c * (total - 2.0 * u.ndim * u[inside])


def numba_sweep(dimensions: int) -> Callable[[Array, Array, float], None] | None:
    """The same by Numba with all it has: parallel, fastmath. None where it is not installed."""
    numba = numba_or_none()
    if numba is None:
        return None

    def seven(out: Any, u: Any, c: float) -> None:
        for i in numba.prange(1, u.shape[0] - 1):
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

    def five(out: Any, u: Any, c: float) -> None:
        for i in numba.prange(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                out[i, j] = u[i, j] + c * (
                    u[i - 1, j] + u[i, j - 1] + u[i, j + 1] + u[i + 1, j] - 4.0 * u[i, j]
                )

    body = seven if dimensions == 3 else five
    found: Callable[[Array, Array, float], None] = numba.njit(parallel=True, fastmath=True)(body)
    return found


def pingpong(sweep: Callable[[Array, Array, float], object], a: Array, b: Array) -> None:
    """Ten sweeps from a to a, as a peer's user writes them."""
    for _ in range(5):
        sweep(b, a, 0.1)
        sweep(a, b, 0.1)


class Copy:
    """A copy by all harts: what a sweep reads and writes at least, byte for byte."""

    def __init__(self, source: Array, target: Array) -> None:
        harts = len(os.sched_getaffinity(0))
        self.pool = ThreadPoolExecutor(harts)
        self.parts = list(zip(np.array_split(target, harts), np.array_split(source, harts)))

    def __call__(self) -> None:
        for done in [self.pool.submit(np.copyto, to, of) for to, of in self.parts]:
            done.result()


def seconds_of_python(kernel: Any, dimensions: int) -> float:
    """Per point, of the stencil's own source on a small grid."""
    n = 24 if dimensions == 3 else 120
    u = np.random.default_rng(1).random((n,) * dimensions)
    out = u.copy()
    start = time.perf_counter()
    kernel(out, u, 0.1, specialize="off")
    return (time.perf_counter() - start) / float((n - 2) ** dimensions)


def rows_of(name: str, kernel: Any, shape: tuple[int, ...]) -> Iterator[Row]:
    dimensions, harts = len(shape), len(os.sched_getaffinity(0))
    u = np.random.default_rng(2).random(shape)
    out, spare = u.copy(), u.copy()
    ours: list[Callable[[], object]] = [
        lambda: kernel(out, u, 0.1, specialize="sync"),
        lambda: kernel.iterate(10, out, u, 0.1, specialize="sync"),
        Copy(u, out),
        lambda: numpy_sweep(out, u, 0.1),
    ]
    numba = numba_sweep(dimensions)
    if numba is not None:
        ours += [lambda: numba(out, u, 0.1), lambda: pingpong(numba, spare, out)]
    seconds = medians_in_turns(ours, rounds=5, enough=0.02)
    one, ten, copy, numpy = (1e3 * s for s in seconds[:4])
    python = 1e3 * seconds_of_python(kernel, dimensions) * math.prod(n - 2 for n in shape)

    yield Row(f"{name}, one sweep", one, "ms", copy, "copy by all harts", harts, least_ratio=0.9)
    yield Row(f"{name}, one sweep", one, "ms", numpy, "NumPy slices", harts)
    yield Row(f"{name}, one sweep", one, "ms", python, "its Python", harts, least_ratio=100)
    if numba is not None:
        peer = "Numba, parallel, fastmath"
        yield Row(f"{name}, one sweep", one, "ms", 1e3 * seconds[4], peer, harts, least_ratio=1)
        yield Row(f"{name}, ten sweeps", ten, "ms", 1e3 * seconds[5], peer, harts, least_ratio=2)


def rows_of_interpreter() -> Iterator[Row]:
    """The rung that answers while the compiler runs; one hart, as NumPy has."""
    u = np.random.default_rng(3).random((128, 128, 128))
    out = u.copy()
    native, interpreted, numpy = medians_in_turns(
        [
            lambda: seven_points(out, u, 0.1, specialize="sync"),
            lambda: seven_points(out, u, 0.1, specialize="interpret"),
            lambda: numpy_sweep(out, u, 0.1),
        ]
    )
    name = "interpreter, 7 points, 128^3"
    yield Row(name, 1e3 * interpreted, "ms", 1e3 * native, "native", least_ratio=0.2)
    yield Row(name, 1e3 * interpreted, "ms", 1e3 * numpy, "NumPy slices", least_ratio=2)


def rows() -> Iterator[Row]:
    yield from rows_of_interpreter()
    yield from rows_of("7 points, 256^3", seven_points, (256, 256, 256))
    yield from rows_of("5 points, 4096^2", five_points, (4096, 4096))

"""What a call costs: the first one of a process, and all others."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import asp

from .measure import Row, medians_in_turns
from .peers import numba_or_none


@asp.function(specialize="sync")
def weigh(x, y):  # type: ignore[no-untyped-def]
    return 2.0 * x + np.sqrt(y) if x > 0.5 else y


def nothing(x: object, y: object, z: object) -> None:
    pass


def rows_of_later_calls() -> Iterator[Row]:
    """Of eight points, so that next to nothing is computed."""
    x = np.random.default_rng(1).random(8)
    y, z = x.copy(), x.copy()
    works: list[Callable[[], object]] = [lambda: nothing(x, y, z), lambda: weigh(x, y, out=z)]
    numba = numba_or_none()
    if numba is not None:
        from .first_call import weigh as loop

        peer: Any = numba.njit(loop)
        works.append(lambda: peer(x, y, z))
    empty, ours, *others = (1e6 * s for s in medians_in_turns(works, rounds=15))
    name = "call with three arrays, beyond an empty one"
    yield Row(name, ours - empty, "us", most_ours=0.2)
    for other in others:
        yield Row(name, ours - empty, "us", other - empty, "Numba", least_ratio=1)


@asp.callback
def interpolated(x):  # type: ignore[no-untyped-def]
    """What no kernel can be: NumPy's own interpolation in a table."""
    return np.interp(x, (0.0, 0.5, 1.0), (0.0, 0.3, 1.0))


@asp.function(specialize="sync")
def with_callback(x):  # type: ignore[no-untyped-def]
    return 1.0 + 2.0 * interpolated(x)


@asp.function(specialize="sync")
def lowered(x):  # type: ignore[no-untyped-def]
    return 1.0 + 2.0 * (0.6 * x if x < 0.5 else 1.4 * x - 0.4)


def rows_of_callbacks() -> Iterator[Row]:
    """Beyond the function that is called back, as Python's own call of it has it."""
    for points, bar in ((1, 4.0), (1024, 0.02), (1_000_000, None)):
        x = np.random.default_rng(1).random(points)
        out = np.empty_like(x)
        ours, native, alone = medians_in_turns(
            [
                lambda: with_callback(x, out=out),
                lambda: lowered(x, out=out),
                lambda: interpolated(x),
            ]
        )
        per_point = 1e6 / points
        name = f"callback, {points} point{'s' if points > 1 else ''} a call, beyond its own time"
        yield Row(name, per_point * (ours - alone), "us a point", most_ours=bar)
        whole = f"callback, {points} point{'s' if points > 1 else ''} a call"
        yield Row(whole, per_point * ours, "us a point", per_point * native, "lowered")


def first_call(caches: Path, *what: str) -> float:
    """Seconds in a process of its own."""
    folders = {name: str(caches / name) for name in ("ASP_CACHE_DIR", "NUMBA_CACHE_DIR")}
    done = subprocess.run(
        [sys.executable, "-m", "asp.bench.first_call", *what],
        env={**os.environ, **folders},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def cold(*what: str) -> float:
    with tempfile.TemporaryDirectory() as caches:
        return first_call(Path(caches), *what)


def rows_of_first_calls(what: str, rounds: int = 5) -> Iterator[Row]:
    peers = numba_or_none() is not None
    with tempfile.TemporaryDirectory() as folder:
        warm = Path(folder)
        measured: dict[str, list[float]] = {}
        for turn in range(rounds + 1):
            times = {
                "answer": cold("asp", what, "auto"),
                "native": cold("asp", what, "sync"),
                "cached": first_call(warm, "asp", what, "sync"),
            }
            if peers:
                times["numba"] = cold("numba", what, "compiled")
                times["numba cached"] = first_call(warm, "numba", what, "cached")
            for name, seconds in times.items():
                if turn > 0:  # the first fills the caches
                    measured.setdefault(name, []).append(1e3 * seconds)
    ms = {name: statistics.median(times) for name, times in measured.items()}
    bar = 1.0 if peers else None
    first, again = ms.get("numba"), ms.get("numba cached")
    yield Row(
        f"first call of a {what}, answered", ms["answer"], "ms", first, "Numba", least_ratio=bar
    )
    yield Row(
        f"first call of a {what}, native", ms["native"], "ms", first, "Numba", least_ratio=bar
    )
    yield Row(
        f"first call of a {what}, from the cache",
        ms["cached"],
        "ms",
        again,
        "Numba",
        least_ratio=bar,
    )


def rows() -> Iterator[Row]:
    yield from rows_of_later_calls()
    yield from rows_of_callbacks()
    yield from rows_of_first_calls("function")
    yield from rows_of_first_calls("stencil")

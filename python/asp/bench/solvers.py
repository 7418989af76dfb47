"""Solvers: batches of small systems, and arteries with physics from Python."""

from __future__ import annotations

import os
import runpy
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import asp

from .measure import Row, medians_in_turns
from .peers import numba_or_none


def kepler(E: Any, M: Any, e: Any) -> Any:
    """Kepler's equation: where a planet is on its ellipse."""
    return E - e * np.sin(E) - M


def rows_of_newton(systems: int = 100_000) -> Iterator[Row]:
    random = np.random.default_rng(1)
    M, e = random.uniform(0.0, 6.0, systems), random.uniform(0.0, 0.8, systems)
    solve = asp.newton(kepler, unknowns="E", specialize="sync")
    few, harts = 200, len(os.sched_getaffinity(0))

    def by_numpy() -> Any:
        """All at once, until the last one is there: what one writes without a solver."""
        E = M.copy()
        for _ in range(50):
            step = (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
            E -= step
            if np.abs(step).max() < 1e-8:
                return E
        return E

    works: list[Callable[[], object]] = [
        lambda: solve(M, M, e),
        by_numpy,
        lambda: solve(M[:few].copy(), M[:few].copy(), e[:few].copy(), specialize="off"),
    ]
    names = ["NumPy, all at once", "its Python"]
    numba = numba_or_none()
    if numba is not None:

        @numba.njit(parallel=True, fastmath=True)  # type: ignore[untyped-decorator]
        def by_numba(E: Any, M: Any, e: Any) -> None:
            for i in numba.prange(E.size):
                E[i] = M[i]
                for _ in range(50):
                    step = (E[i] - e[i] * np.sin(E[i]) - M[i]) / (1.0 - e[i] * np.cos(E[i]))
                    E[i] -= step
                    if abs(step) < 1e-8:
                        break

        found = M.copy()
        works.append(lambda: by_numba(found, M, e))
        names.append("Numba, parallel, fastmath")
    seconds = medians_in_turns(works)
    seconds[2] *= systems / few
    for name, theirs in zip(names, seconds[1:], strict=True):
        bar = 100.0 if name == "its Python" else None
        case = f"Newton, {systems} times Kepler's equation"
        ours = 1e3 * seconds[0]
        yield Row(case, ours, "ms", 1e3 * theirs, name, harts, least_ratio=bar)


RUN: dict[str, Any] = {
    "network": {
        "name": "one artery",
        "blood": {
            "density_kg_m3": 1060,
            "viscosity_mpa_s": 4,
            "velocity_profile_exponent": 9,
        },
        "walls": {"wall": {"law": "elastic", "young_modulus_kpa": 400, "poisson_ratio": 0.5}},
        "nodes": [
            {"id": "inlet", "position_mm": [0, 0, 0]},
            {"id": "outlet", "position_mm": [400, 0, 0]},
        ],
        "vessels": [
            {
                "name": "artery",
                "from": "inlet",
                "to": "outlet",
                "length_mm": 400,
                "radius_mm": 10,
                "wall_thickness_mm": 1,
                "wall": "wall",
            }
        ],
        "terminals": [{"node": "outlet", "type": "resistance", "resistance_pa_s_m3": 1e8}],
    },
    "inlets": [
        {
            "node": "inlet",
            "flow": {"type": "half_sine", "peak_ml_s": 300, "duration_s": 0.3, "period_s": 1},
        }
    ],
    "numerics": {"cell_length_mm": 0.2},
    "run": {"mode": "transient", "duration_s": 0.05},
}


def tube_law(A: float, A0: float, h: float, E: float, nu: float, p_ref: float) -> float:
    return p_ref + np.sqrt(np.pi) * h * E / ((1 - nu**2) * A0) * (np.sqrt(A) - np.sqrt(A0))  # type: ignore[no-any-return]


FORMULA = "p_ref + sqrt(pi) * h * E / ((1 - nu**2) * A0) * (sqrt(A) - sqrt(A0))"


def rows_of_laws(rounds: int = 7, steps: int = 400) -> Iterator[Row]:
    """The same wall as a Python function, as a formula of the run file, and built in."""
    by_formula = {**RUN, "physics": {"tube_law": FORMULA}}
    solvers = [
        asp.bloodflow.load(RUN, tube_law=tube_law).solver(specialize="sync"),
        asp.bloodflow.load(by_formula).solver(specialize="sync"),
        asp.bloodflow.load(RUN).solver(specialize="sync"),
    ]
    cells = len(asp.bloodflow.load(RUN).cells.vessel)
    times: list[list[float]] = [[] for _ in solvers]
    dt = 0.5 * solvers[0].stable_step()
    for turn in range(rounds + 1):
        for found, solver in zip(times, solvers, strict=True):
            start = time.perf_counter()
            solver.advance(dt, steps)
            if turn > 0:
                found.append((time.perf_counter() - start) / steps / cells)
    python, formula, built_in = (1e9 * statistics.median(found) for found in times)
    name = "bloodflow, tube law in Python"
    yield Row(name, python, "ns a cell and step", formula, "as a formula")
    yield Row(name, python, "ns a cell and step", built_in, "built in")


def rows_of_circle(steps: int = 400) -> Iterator[Row]:
    """The Circle of Willis as a Python program, where its file lies below the working folder."""
    path, config = Path("python/examples/circle_of_willis.py"), "configs/willis.yaml"
    if not path.exists():
        return
    circle_of_willis: Any = runpy.run_path(str(path))
    with asp.specialize("sync"):
        circle = circle_of_willis["Circle"](config)
        solver = circle.case.solver()
        dt = 0.5 * solver.stable_step()
        ours, theirs = medians_in_turns(
            [
                lambda: [circle.step(dt) for _ in range(steps)],
                lambda: solver.advance(dt, steps),
            ]
        )
    with asp.specialize("off"):
        circle = circle_of_willis["Circle"](config)
        start = time.perf_counter()
        circle.step(dt)
        python = time.perf_counter() - start
    name = "the Circle of Willis in Python"
    ours, theirs = 1e6 * ours / steps, 1e6 * theirs / steps
    yield Row(name, ours, "us a step", 1e6 * python, "its Python", least_ratio=100)
    yield Row(name, ours, "us a step", theirs, "bloodflow, same scheme", least_ratio=0.25)


def rows() -> Iterator[Row]:
    yield from rows_of_newton()
    yield from rows_of_laws()
    yield from rows_of_circle()

"""Arteries with a wall of one's own: a Python function in place of bloodflow's elastic law.

The Circle of Willis runs with the same law as a formula in YAML and as a Python function: the
results are the same to the bit, and so is the speed.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from timing import has_numba, seconds, show

import asp
from asp import bloodflow

CONFIG = "configs/willis.yaml"


def stiffening(A: Any, A0: Any, h: Any, E: Any, p_ref: Any, gain: float = 2.0) -> Any:
    """Pressure [Pa]: as stiff as the elastic wall at A0, exponentially stiffer beyond."""
    k = 4 / 3 * E * h * math.sqrt(math.pi / A0) / gain
    return p_ref + k * (math.exp(gain * (math.sqrt(A / A0) - 1)) - 1)


AS_FORMULA = {
    "physics.parameters": {"gain": 2.0, "k": "4 / 3 * E * h * sqrt(pi / A0) / gain"},
    "physics.tube_law": "p_ref + k * (exp(gain * (sqrt(A / A0) - 1)) - 1)",
}


def run(cell_length: float, **law: Any) -> tuple[bloodflow.Results, float]:
    changes = {"numerics.cell_length_mm": cell_length, **law.pop("formula", {})}
    begin = time.perf_counter()
    results = bloodflow.run(CONFIG, set=changes, threads=1, progress=False, **law)
    print(f"  {time.perf_counter() - begin:.2f} s in all, {results.provenance}")
    return results, float(results.summary["timings"]["solve_s"])


def compare_runs(cell_length: float) -> None:
    print("elastic wall:")
    elastic, _ = run(cell_length)
    print("the law as a formula:")
    formula, formula_time = run(cell_length, formula=AS_FORMULA)
    print("the law as a Python function:")
    function, function_time = run(cell_length, tube_law=stiffening)
    print("both again:")
    formula_time = min(formula_time, run(cell_length, formula=AS_FORMULA)[1])
    function_time = min(function_time, run(cell_length, tube_law=stiffening)[1])
    for name in function:
        np.testing.assert_array_equal(function[name].pressure, formula[name].pressure)
    print(f"  solved in {function_time:.2f} s, {function_time / formula_time:.2f} of the formula's")
    systolic = [r["ascending_aorta"].pressure[1].max() / 133.322 for r in (elastic, function)]
    print(f"  systolic pressure: elastic {systolic[0]:.1f} mmHg, stiffening {systolic[1]:.1f} mmHg")


def compare_speed(points: int) -> None:
    law = asp.function(stiffening)
    area = np.linspace(1e-5, 3e-5, points)
    wall = (2e-5, 5e-4, 4e5, 1e4)
    law(area, *wall)
    law.wait()
    few = area[:: max(1, points // 1000)].tolist()
    python = seconds(lambda: [stiffening(a, *wall) for a in few]) / len(few)
    print(f"the law at {points} areas, each:")
    show("pure Python", python, python)
    out = law(area, *wall)
    show("asp.function", seconds(lambda: law(area, *wall, out=out)) / points, python)
    if has_numba():
        import numba

        vectorized = numba.vectorize(["f8(f8,f8,f8,f8,f8,f8)"])(stiffening)
        # The pressure passes through zero: 1e-12 of its largest value.
        np.testing.assert_allclose(vectorized(area, *wall, 2.0), out, rtol=1e-12, atol=4e-8)
        show("Numba", seconds(lambda: vectorized(area, *wall, 2.0, out=out)) / points, python)


def main(cell_length: float = 2.0, points: int = 1_000_000) -> None:
    compare_runs(cell_length)
    compare_speed(points)


if __name__ == "__main__":
    main()

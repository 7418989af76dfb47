"""Python functions as laws of asp.bloodflow."""

from __future__ import annotations

import math
from math import exp, pi, sqrt
from typing import Any

import numpy as np
import pytest

import asp
from asp import bloodflow

from bloodflow_fork import config, short

EXPONENTIAL = {
    "tube_law": "p_ref + k * (exp(2 * (sqrt(A / A0) - 1)) - 1)",
    "parameters": {"k": "2/3 * E * h * sqrt(pi / A0)"},
}


def stiffness(E: float, h: float, A0: float) -> float:
    return 2 / 3 * E * h * sqrt(pi / A0)


def exponential(A: float, A0: float, h: float, E: float, p_ref: float) -> float:
    k = stiffness(E, h, A0)
    return p_ref + k * (exp(2 * (sqrt(A / A0) - 1)) - 1)


def state_after(case: bloodflow.Case, specialize: str = "interpret") -> bloodflow.State:
    solver = case.solver(specialize=specialize)
    solver.advance(1e-4, 40)
    return solver.state


@pytest.mark.parametrize("specialize", ["interpret", "sync"])
def test_a_function_and_the_same_formula_agree_to_the_bit(specialize: str) -> None:
    formula = state_after(bloodflow.load(config(physics=EXPONENTIAL)), specialize)
    function = state_after(bloodflow.load(config(), tube_law=exponential), specialize)
    np.testing.assert_array_equal(function.area, formula.area)
    np.testing.assert_array_equal(function.velocity, formula.velocity)
    elastic = state_after(bloodflow.load(config()), specialize)
    assert not np.array_equal(elastic.area, formula.area)


def test_friction_may_be_a_function_with_parameters_of_its_own() -> None:
    def friction(u: float, A: float, mu: float, factor: float = 22.0) -> float:
        return factor * pi * mu * u

    function = state_after(bloodflow.load(config(), friction=friction))
    formula = state_after(bloodflow.load(config(physics={"friction": "22.0 * pi * mu * u"})))
    np.testing.assert_array_equal(function.velocity, formula.velocity)


def test_a_new_value_of_a_captured_number_is_used() -> None:
    scale = 1.0

    def law(A: float, A0: float, h: float, E: float, p_ref: float) -> float:
        return p_ref + scale * exponential(A, A0, h, E, p_ref)

    soft = bloodflow.load(config(), tube_law=law).steady()
    scale = 2.0
    stiff = bloodflow.load(config(), tube_law=law).steady()
    assert not np.array_equal(soft.pressure, stiff.pressure)


def test_a_run_records_the_text_of_its_functions() -> None:
    results = bloodflow.run(short(), tube_law=exponential, specialize="interpret")
    overrides = results.summary["inputs"]["overrides"]
    assert any("physics.tube_law=def exponential" in line for line in overrides)


def test_a_law_that_makes_no_sense_is_refused_with_the_reason() -> None:
    def unknown(A: float, beta: float) -> float:
        return beta * A

    def falling(A: float, A0: float, E: float) -> float:
        return E * (1 - A / A0)

    def constant(A0: float, E: float) -> float:
        return E

    def length(A: float) -> float:
        return math.sqrt(A)

    def opaque(A: float) -> float:
        return float(str(A))

    cases: list[tuple[Any, str]] = [
        (unknown, "tube_law = unknown: nothing is known of its argument 'beta'; expected A, A0"),
        (falling, "tube_law = falling: the pressure does not rise with the area"),
        (constant, "tube_law = constant: expected a pressure that depends on the area A"),
        (length, "tube_law = length: its unit is m; expected Pa"),
    ]
    for law, message in cases:
        with pytest.raises(asp.InputError, match=message):
            bloodflow.load(config(), tube_law=law)
    with pytest.raises(asp.LoweringError, match=r"test_bloodflow_laws.py:\d+:"):
        bloodflow.load(config(), tube_law=opaque)


def test_an_inflow_may_be_any_function_of_time() -> None:
    def ejection(t: float) -> float:
        return 1e-4 * math.sin(math.pi * t / 0.3) if t < 0.3 else 0.0

    given = bloodflow.load(config(), inflow=ejection)
    built_in = bloodflow.load(config())
    times = np.linspace(0, 1.6, 1001)
    # Straight lines over 0.8/4096 s lose (pi/0.3)^2 (0.8/4096)^2 / 8 = 5e-7 of the peak, and where
    # the ejection ends in a kink, a quarter of pi/0.3 * 0.8/4096 = 5e-4.
    np.testing.assert_allclose(given.inlets[0](times), built_in.inlets[0](times), atol=6e-8)
    assert given.schedule.period == 0.8


def test_an_inflow_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(asp.InputError, match="inflow: the flow is nan at t = 0 s"):
        bloodflow.load(config(), inflow=lambda t: math.nan)
    with pytest.raises(asp.InputError, match="inflow: the flow is 0.8 mL/s at the end of the per"):
        bloodflow.load(config(), inflow=lambda t: 1e-6 * t)
    with pytest.raises(asp.InputError, match="inflow: 'hart': expected a node with an inlet"):
        bloodflow.load(config(), inflow={"hart": lambda t: 1e-6})
    with pytest.raises(ZeroDivisionError):
        bloodflow.load(config(), inflow=lambda t: 1 / t)

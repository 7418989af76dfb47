"""asp.report: what became of functions and solvers."""

from __future__ import annotations

import numpy as np
import pytest

import asp


def test_kernels_that_ran_are_reported_with_their_rung() -> None:
    @asp.function(specialize="interpret")
    def reported_sum(x: float, y: float) -> float:
        return x + y

    def reported_root(x: float, a: float) -> float:
        return x * x - a

    before = {k.name for k in asp.report().kernels}
    assert not {"reported_sum", "reported_root"} & before
    reported_sum(np.ones(3), 1.0)
    solve = asp.newton(reported_root, unknowns="x", specialize="sync")
    solve(np.ones(3), 2.0)
    found = {k.name: k for k in asp.report().kernels}
    assert (found["reported_sum"].kind, found["reported_sum"].rung) == ("function", "interpreted")
    assert found["reported_root"].kind == "newton"
    assert found["reported_root"].rung == solve.provenance
    assert "reported_root" in str(asp.report())
    rows = [row for row in asp.report().as_dicts() if row["name"] == "reported_sum"]
    assert rows[0]["explanation"] == found["reported_sum"].explanation


def test_functions_that_run_as_python_are_reported_with_the_reason() -> None:
    @asp.function
    def reported_opaque(x: float) -> float:
        return float(str(x))

    with pytest.warns(asp.LoweringWarning):
        reported_opaque(1.0)
    found = {k.name: k for k in asp.report().kernels}["reported_opaque"]
    assert found.rung == "python" and "test_report.py" in found.explanation


def test_calls_are_counted_and_their_cost_and_gain_are_told() -> None:
    @asp.function
    def reported_gain(x: float) -> float:
        return np.sqrt(x) * np.exp(-x)  # type: ignore[no-any-return]

    x = np.linspace(0.0, 1.0, 100_000)
    reported_gain(x)
    reported_gain.wait()
    for _ in range(40):
        reported_gain(x)
    [row] = [row for row in asp.report().as_dicts() if row["name"] == "reported_gain"]
    assert row["calls"] == 41
    assert row["rung"] == "specialized"
    assert 0.0 < row["running_seconds"] and 0.0 <= row["waiting_seconds"]
    # Whether the interpreter answered at all depends on how soon the kernel was there.
    assert row["saved_seconds"] is None or np.isfinite(row["saved_seconds"])


def test_many_calls_are_told_from_samples() -> None:
    @asp.function(specialize="interpret")
    def reported_often(x: float) -> float:
        return x + 1.0

    for _ in range(1000):
        reported_often(1.0)
    [row] = [row for row in asp.report().as_dicts() if row["name"] == "reported_often"]
    assert row["calls"] == 1000
    assert row["rung"] == "interpreted" and row["saved_seconds"] is None

"""asp.newton: residuals in Python, solved for many systems at once."""

from __future__ import annotations

import math
import threading
from math import sqrt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import asp
from asp import NewtonStatus

RUNGS = ["interpret", "sync"]


def circle_and_line(x: float, y: float, radius: float) -> tuple[float, float]:
    return x * x + y * y - radius**2, y - x


def junction(
    x: Any, H: float, k: Any, x0: Any, xa: Any, ua: Any, weight: float
) -> tuple[float, ...]:
    """Three vessels that meet: equal total heads, flows that add up to zero; see asp/newton."""
    u = [ua[i] - 4 * sqrt(0.5 * k[i]) * (x[i] - xa[i]) for i in range(3)]
    head = [k[i] * (x[i] ** 2 - x0[i] ** 2) + weight * u[i] ** 2 for i in range(3)]
    flow = sum([x[i] ** 4 * u[i] for i in range(3)])
    return head[0] - H, head[1] - H, head[2] - H, flow


SIZES = {"x": 3, "k": 3, "x0": 3, "xa": 3, "ua": 3}


def junctions(systems: int) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Guesses [4, systems] and k, x0, xa, ua [3, systems] as arteries have them."""
    random = np.random.default_rng(1)
    area = random.uniform(5e-6, 2e-5, (3, systems))
    k = 2 * random.uniform(4, 7, (3, systems)) ** 2 / np.sqrt(area)
    x0 = area**0.25
    xa, ua = x0 * random.uniform(0.98, 1.05, x0.shape), random.uniform(-0.3, 0.3, x0.shape)
    head = (k * (xa**2 - x0**2) + 0.5 * ua**2).mean(axis=0)
    return np.vstack([xa, head]), [k, x0, xa, ua]


def solver_of_junctions(specialize: str) -> asp.Newton:
    return asp.newton(
        junction,
        unknowns=("x", "H"),
        shared="weight",
        sizes=SIZES,
        bounds={"x": (0.0, math.inf)},
        specialize=specialize,
    )


@pytest.mark.parametrize("rung", [*RUNGS, "off"])
def test_solutions_are_where_the_residual_is_zero(rung: str) -> None:
    solve = asp.newton(circle_and_line, unknowns=("x", "y"), specialize=rung)
    radius = np.array([1.0, 2.0, 3.0])
    result = solve(np.ones((2, 3)), radius)
    assert result.converged and result.status.dtype == np.int32
    # Newton's last step of at most 1e-8 leaves its square.
    np.testing.assert_allclose(result.x, np.array([radius, radius]) / sqrt(2), rtol=1e-14)
    assert (result.iterations > 1).all() and (result.residual < 1e-12).all()
    assert solve.provenance == {"interpret": "interpreted", "sync": "specialized"}.get(
        rung, "python"
    )


@pytest.mark.parametrize("systems", [1, 7, 10, 3000])
@pytest.mark.parametrize("rung", RUNGS)
def test_kernels_agree_with_newtons_method_in_python(rung: str, systems: int) -> None:
    guess, parameters = junctions(systems)
    result = solver_of_junctions(rung)(guess, *parameters, 0.5)
    assert result.converged
    some = slice(0, 20)
    plain = solver_of_junctions("off")(
        np.ascontiguousarray(guess[:, some]),
        *[np.ascontiguousarray(p[:, some]) for p in parameters],
        0.5,
    )
    assert plain.converged
    # Both end within the square of a step of 1e-8, but for the rounding of heads that cancel.
    np.testing.assert_allclose(result.x[:, some], plain.x, rtol=1e-10)
    assert np.abs(result.iterations[some] - plain.iterations).max() <= 1


def test_the_guess_stays_unless_it_is_the_result() -> None:
    solve = asp.newton(circle_and_line, unknowns=("x", "y"), specialize="interpret")
    guess, radius = np.ones((2, 3)), np.array([1.0, 2.0, 3.0])
    first = solve(guess, radius)
    assert (guess == 1.0).all() and first.x is not guess
    again = solve(first.x, radius, out=first)
    assert again is first
    assert (first.iterations == 1).all()


def test_arrays_of_a_result_are_used_again() -> None:
    solve = asp.newton(circle_and_line, unknowns=("x", "y"), specialize="interpret")
    radius = np.array([1.0, 2.0, 3.0])
    out = solve(np.ones((2, 3)), radius)
    places = [array.ctypes.data for array in out]
    assert solve(np.ones((2, 3)), 2 * radius, out=out) is out
    assert [array.ctypes.data for array in out] == places
    np.testing.assert_allclose(out.x[0], sqrt(2) * radius, rtol=1e-14)


def test_a_number_holds_for_all_systems_and_a_tuple_for_all_unknowns() -> None:
    solve = asp.newton(circle_and_line, unknowns=("x", "y"), specialize="interpret")
    by_number = solve(np.ones((2, 3)), 2.0)
    by_tuple = solve((np.ones(3), np.ones(3)), radius=np.full(3, 2.0))
    np.testing.assert_array_equal(by_number.x, by_tuple.x)


def test_one_unknown_by_its_name_needs_no_second_dimension() -> None:
    def cube(x: float, a: float, factor: float = 1.0) -> float:
        return factor * x**3 - a

    for rung in (*RUNGS, "off"):
        solve = asp.newton(cube, unknowns="x", specialize=rung)
        result = solve(np.ones(4), np.array([1.0, 8.0, 27.0, 64.0]))
        np.testing.assert_allclose(result.x, [1, 2, 3, 4], rtol=1e-14)
        assert solve(np.ones(1), np.array([16.0]), 2.0).x[0] == pytest.approx(2.0, rel=1e-14)


def test_shared_parameters_may_stand_anywhere_and_be_vectors() -> None:
    def f(c: Any, x: float, a: float, s: float) -> float:
        return c[0] * x + c[1] * s - a

    for rung in ("interpret", "off"):
        solve = asp.newton(f, unknowns="x", shared=("s", "c"), sizes={"c": 2}, specialize=rung)
        result = solve(np.zeros(2), np.array([2.0, 3.0]), np.array([5.0, 7.0]), 1.0)
        np.testing.assert_allclose(result.x, [1.0, 2.0], rtol=1e-14)


def test_bounded_unknowns_stay_inside() -> None:
    def logarithm(x: float, a: float) -> float:
        return math.log(x) - a

    bounds = {"x": (0.0, math.inf)}
    for rung in (*RUNGS, "off"):
        solve = asp.newton(logarithm, unknowns="x", bounds=bounds, specialize=rung)
        result = solve(np.array([20.0, -1.0]), np.array([-1.0, 0.0]))
        # Undamped, the first step from 20 would go to 20 - 20 (ln 20 + 1) < 0.
        assert list(result.status) == [NewtonStatus.CONVERGED, NewtonStatus.OUTSIDE]
        assert result.x[0] == pytest.approx(math.exp(-1), rel=1e-14)


def test_every_ending_is_told_apart() -> None:
    def f(x: float, a: float) -> float:
        return x * x + a if a > -5 else sqrt(x)

    for rung in (*RUNGS, "off"):
        solve = asp.newton(f, unknowns="x", specialize=rung)
        guess, a = np.array([1.5, 1.0, 0.0, -1.0]), np.array([-2.0, 1.0, 1.0, -6.0])
        status = solve(guess, a).status
        assert status[0] == NewtonStatus.CONVERGED
        assert status[1] in (NewtonStatus.STALLED, NewtonStatus.SINGULAR)  # no root: x^2 + 1
        assert status[2] == NewtonStatus.SINGULAR
        assert status[3] == NewtonStatus.NOT_FINITE
        assert solve(np.array([1e6]), np.array([-2.0]), most_iterations=2).status[0] == 1


@pytest.mark.parametrize("guess", [[700.0, 1.0], [1e200, 1.0], [-300.0, 1e250], [math.nan, 1.0]])
def test_python_ends_as_the_kernel_where_numbers_overflow(guess: list[float]) -> None:
    def f(x: Any, y: Any, a: Any) -> Any:
        return math.exp(x) - a * y, x * y - 1

    start = np.array(guess)[:, None]
    results = [
        asp.newton(f, unknowns=("x", "y"), specialize=rung)(start, 1.0).status[0]
        for rung in ("interpret", "off")
    ]
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", [np.array, tuple, iter])
def test_residuals_of_any_sequence_are_solved_in_python(kind: Any) -> None:
    def f(x: float, y: float) -> Any:
        return kind([x - 1, y - 2])

    result = asp.newton(f, unknowns=("x", "y"), specialize="off")(np.zeros((2, 1)))
    assert result.status[0] == NewtonStatus.CONVERGED
    assert list(result.x[:, 0]) == pytest.approx([1.0, 2.0], rel=1e-12)


def test_a_captured_number_that_changes_is_used() -> None:
    scale = 1.0

    def f(x: float, a: float) -> float:
        return scale * x - a

    solve = asp.newton(f, unknowns="x", specialize="interpret")
    assert solve(np.ones(1), 6.0).x[0] == 6.0
    scale = 2.0
    assert solve(np.ones(1), 6.0).x[0] == 3.0


def test_faulty_arguments_are_named() -> None:
    solve = asp.newton(circle_and_line, unknowns=("x", "y"), specialize="interpret")
    good, radius = np.ones((2, 3)), np.ones(3)
    result = solve(good, radius)
    cases: list[tuple[Any, type[Exception], str]] = [
        (
            lambda: solve(np.ones((3, 3)), radius),
            ValueError,
            r"'guess' has shape \(3, 3\): expected ",
        ),
        (lambda: solve(np.ones((2, 6))[:, ::2], radius), ValueError, "'guess' .* strides"),
        (lambda: solve(good.astype(np.float32), radius), TypeError, "'guess' .* float32"),
        (
            lambda: solve(good, np.ones(4)),
            ValueError,
            r"'radius' has shape \(4,\): expected \(3,\)",
        ),
        (lambda: solve(good), TypeError, "misses the argument 'radius'"),
        (lambda: solve(good, radius, raduis=1), TypeError, "no parameter 'raduis'"),
        (
            lambda: solve(good, radius, tolerance=0),
            ValueError,
            "tolerance = 0: expected a positive",
        ),
        (lambda: solve(good, radius, out=good), TypeError, "'out' is a ndarray: expected the res"),
        (
            lambda: solve(np.ones((2, 4)), 1.0, out=result),
            ValueError,
            r"out.x: expected .* \(2, 4\)",
        ),
        (lambda: solve((good[0], radius[:2]), 1.0), ValueError, r"'guess' has arrays of shapes"),
        (lambda: solve(good, result.x[0], out=result), ValueError, "out.x overlaps .* 'radius'"),
    ]
    for call, kind, message in cases:
        with pytest.raises(kind, match=message):
            call()


def test_faulty_systems_are_refused() -> None:
    def one(x: float, y: float) -> float:
        return x - y

    for rung in ("interpret", "off"):
        with pytest.raises(asp.InputError, match="1 residuals for 2 unknowns: expected as many"):
            asp.newton(one, unknowns=("x", "y"), specialize=rung)(np.ones((2, 1)))
    with pytest.raises(asp.InputError, match="has no parameter 'z', only x, y"):
        asp.newton(one, unknowns="z")
    with pytest.raises(asp.InputError, match="'y' has bounds or a size, but the unknowns are x"):
        asp.newton(one, unknowns="x", bounds={"y": (0, 1)})
    with pytest.raises(asp.InputError, match=r"bounds of 'x': \(1.0, 0.0\): expected a range"):
        asp.newton(one, unknowns="x", bounds={"x": (1, 0)})
    with pytest.raises(TypeError, match="takes a Python function, not 3"):
        asp.newton(3, unknowns="x")  # type: ignore[arg-type]


def test_what_cannot_be_lowered_runs_as_python_with_a_warning() -> None:
    def opaque(x: float, a: float) -> float:
        return x - float(str(a))

    solve = asp.newton(opaque, unknowns="x", specialize="sync")
    with pytest.warns(asp.LoweringWarning, match=r"opaque runs as Python:\n.*test_newton.py:\d+"):
        assert solve(np.ones(1), 6.0).x[0] == pytest.approx(6.0, rel=1e-14)
    with pytest.raises(asp.LoweringError):
        solve(np.ones(1), 6.0, specialize="require")


def test_threads_may_solve_at_once() -> None:
    solve = solver_of_junctions("interpret")
    guess, parameters = junctions(5000)
    expected = solve(guess, *parameters, 0.5).x
    different: list[int] = []

    def work() -> None:
        for _ in range(5):
            if not np.array_equal(solve(guess, *parameters, 0.5).x, expected):
                different.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not different

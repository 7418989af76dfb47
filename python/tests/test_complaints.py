"""Calls that are fine are taken whatever their arrays look like; the others hear what to write."""

# Tests write stencils as users do, without annotations.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import pickle
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import asp
from asp import bloodflow

ALL = ("sync", "interpret", "off")


@asp.function
def double(x):
    return 2.0 * x


@asp.function
def both(x, y):
    return x + y, x - y


@asp.function
def noisy(x):
    return x + 0.0 * random.random()


@asp.stencil(edge="periodic")
def shift(out, u):
    for p in out.points():
        out[p] = u[p - 1] if len(out.shape) == 1 else u[p - (0, 1)]


@asp.stencil
def with_a_spare(spare, out, u):
    for p in out.points():
        out[p] = u[p]


@asp.stencil(feeds={"u": "out"})
def noisy_sweep(out, u):
    for p in out.points():
        out[p] = u[p] + 0.0 * random.random()


def odd_row(values: Any) -> Any:
    """Shape (1, n); the stride of the axis of one point is none that a new array has."""
    array = np.array([values, values, values])[1:2]
    odd = np.lib.stride_tricks.as_strided(array, array.shape, (-8, 8))
    assert odd.strides != array.strides
    return odd


@pytest.mark.parametrize("mode", ALL)
def test_the_stride_of_an_axis_of_one_point_does_not_matter(mode: str) -> None:
    x = np.array([[1.0, 2.0, 3.0]])
    odd = np.lib.stride_tricks.as_strided(x, x.shape, (-8, 8))
    assert double(odd, out=x, specialize=mode) is x
    assert x.tolist() == [[2.0, 4.0, 6.0]]
    out = odd_row([0.0, 0.0, 0.0])
    shift(out, odd_row([1.0, 2.0, 3.0]), specialize=mode)
    assert out.tolist() == [[3.0, 1.0, 2.0]]


@pytest.mark.parametrize("mode", ALL)
@pytest.mark.parametrize("steps", [0, 1.5, 1e15, float("inf"), float("nan"), "2"])
def test_steps_are_a_whole_number(steps: Any, mode: str) -> None:
    with pytest.raises(ValueError, match=r"steps = .*: expected a whole number, at least 1"):
        shift.iterate(steps, np.zeros(3), np.ones(3), specialize=mode)


@pytest.mark.parametrize("mode", ALL)
@pytest.mark.parametrize(
    "spare",
    [np.ones(4), np.ones((2, 2)), np.ones(3, np.int32), np.ones((4, 4))[:, 1], 1.0, np.array(1.0)],
    ids=lambda a: f"{type(a).__name__}{np.shape(a)}",
)
def test_a_parameter_that_is_not_used_may_be_any_array_or_number(spare: Any, mode: str) -> None:
    out, u = np.zeros(4), np.arange(4.0)
    for _ in range(2):
        with_a_spare(spare, out, u, specialize=mode)
    assert (out == u).all()


@pytest.mark.parametrize("mode", ALL)
def test_a_written_field_must_not_overlap_itself(mode: str) -> None:
    folded = np.lib.stride_tricks.as_strided(np.zeros(10), (3, 4), (8, 8))
    u = np.ones((3, 4))
    shift(np.zeros((3, 4)), u, specialize=mode)  # so that a kernel for such arrays is there
    with pytest.raises(ValueError, match=r"'out'.*one in memory"):
        shift(folded, u, specialize=mode)
    out = np.zeros((3, 4))
    shift(out, np.broadcast_to(np.arange(4.0), (3, 4)), specialize=mode)  # read, it may
    assert (out == [3.0, 0.0, 1.0, 2.0]).all()


@pytest.mark.parametrize("mode", ALL)
def test_subclasses_of_arrays_are_told_the_cure(mode: str, tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "u", np.float64, "w+", shape=(4,))
    cure = r"'{}' is a memmap: expected a plain array; write np.asarray\({}\)"
    with pytest.raises(TypeError, match=cure.format("u", "u")):
        shift(np.zeros(4), mapped, specialize=mode)
    with pytest.raises(TypeError, match=cure.format("x", "x")):
        double(mapped, specialize=mode)
    assert double(np.asarray(mapped), specialize=mode).tolist() == [0.0] * 4


def test_off_refuses_what_a_kernel_does() -> None:
    out = np.zeros(3)
    for mode in ALL:
        with pytest.raises(TypeError, match="'u'.*float32.*expected float64"):
            shift(out, np.ones(3, np.float32), specialize=mode)
        with pytest.raises(ValueError, match=r"'u'.*\(4,\).*expected \(3,\)"):
            shift(out, np.ones(4), specialize=mode)
        with pytest.raises(ValueError, match="'out' overlaps argument 'x' in part"):
            big = np.zeros(5)
            both(big[:4], 1.0, out=(big[1:], np.zeros(4)), specialize=mode)
        with pytest.raises(ValueError, match="'out'.*read-only"):
            fixed = np.zeros(3)
            fixed.flags.writeable = False
            both(np.ones(3), 1.0, out=(np.zeros(3), fixed), specialize=mode)
        with pytest.raises(ValueError, match=r"'out' has shape \(2,\)"):
            both(np.ones(3), 1.0, out=(np.zeros(3), np.zeros(2)), specialize=mode)


@pytest.mark.parametrize("mode", ALL)
def test_no_points_give_as_many_results_as_many_points(mode: str) -> None:
    results = both(np.zeros((0, 2)), 1.0, specialize=mode)
    assert [r.shape for r in results] == [(0, 2), (0, 2)]
    assert double(np.zeros(0), specialize=mode).shape == (0,)


def test_warnings_point_at_the_line_that_called() -> None:
    noisy_sweep_again = asp.stencil(feeds={"u": "out"})(noisy_sweep.python)
    calls = (
        lambda: noisy(1.0, specialize="sync"),
        lambda: noisy(np.ones(2)),
        lambda: noisy_sweep(np.zeros(3), np.ones(3)),
        lambda: noisy_sweep_again.iterate(2, np.zeros(3), np.ones(3), specialize="interpret"),
    )
    for call in calls:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        (one,) = [w for w in caught if issubclass(w.category, asp.LoweringWarning)]
        assert (one.filename, one.lineno) == (__file__, call.__code__.co_firstlineno)


class Tube:
    def pressure(self, area):
        return area

    @staticmethod
    @asp.function
    def twice(x):
        return 2.0 * x


def test_a_method_is_refused_with_the_reason() -> None:
    with pytest.raises(TypeError, match="'Tube.pressure' is a method, and 'self' is no number"):
        asp.function(Tube.pressure)
    with pytest.raises(TypeError, match=r"is a method.*asp\.StencilKernel"):
        asp.stencil(Tube.pressure)
    assert Tube.twice(2.0) == 4.0


def plain(x):
    return x


def test_what_is_not_found_by_its_name_is_not_pickled() -> None:
    with pytest.raises(pickle.PicklingError, match=r"function plain.*write the decorator @asp.f"):
        pickle.dumps(asp.function(plain))
    assert pickle.loads(pickle.dumps(double)) is double


def circle(x, y, r):
    return x * x + y * y - r * r, y - x


def test_results_of_newton_need_arrays_of_their_own() -> None:
    solve = asp.newton(circle, unknowns=("x", "y"))
    guess, r = np.ones((2, 3)), np.ones(3)
    solve(guess, r, out=solve(guess, r))  # so that a kernel for such calls is there
    status, steps = np.zeros(3, np.int32), np.zeros(3, np.int32)
    result = asp.NewtonResult
    for out, message in (
        (result(np.ones((2, 3)), status, status, np.zeros(3)), "out.status overlaps out.iter"),
        (result(np.ones((2, 3)), status, steps, r), "out.residual overlaps the argument 'r'"),
        (result(np.ones((2, 3)), status, steps, guess[0]), "out.residual overlaps 'guess'"),
    ):
        with pytest.raises(ValueError, match=message):
            solve(guess, r, out=out)
    for most in (0, 1.5, 2e9):
        with pytest.raises(ValueError, match="most_iterations = .*expected a whole number"):
            solve(guess, r, most_iterations=most)
    assert solve(guess, r, out=result(guess, status, steps, np.zeros(3))).converged


@pytest.mark.parametrize(
    ("unknowns", "message"), [((), "at least one"), (("x", "x"), "'x' stands there twice")]
)
def test_unknowns_are_checked_where_they_stand(unknowns: Any, message: str) -> None:
    with pytest.raises(asp.InputError, match=message):
        asp.newton(circle, unknowns=unknowns)


def test_a_bloodflow_run_says_what_its_settings_should_be() -> None:
    with pytest.raises(TypeError, match=r"set = 'a=b': expected a dictionary, or .* \['a=b'\]"):
        bloodflow.run("configs/pulse.yaml", set="a=b", progress=False)
    wrong: tuple[tuple[Any, type[Exception]], ...] = (
        (1.5, TypeError),
        ("2", TypeError),
        (0, ValueError),
    )
    for threads, error in wrong:
        with pytest.raises(error, match=rf"threads = {threads!r}: expected"):
            bloodflow.run("configs/pulse.yaml", threads=threads, progress=False)

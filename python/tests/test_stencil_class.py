"""Stencils as classes: every rung gives what the method itself gives, with the object's numbers."""

# Tests write stencils as users do, without annotations.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import asp

pytestmark = pytest.mark.filterwarnings("error::asp.LoweringWarning")
MODES = ("sync", "interpret", "off")


class Average(asp.StencilKernel):
    def kernel(self, out, u):
        for p in out.interior(1):
            out[p] = sum(u[q] for q in u.neighbors(p)) / 4.0


class Scaled(asp.StencilKernel):
    c = 3.0
    unit = 1.0

    def twice(self, x):
        return 2.0 * x * self.unit

    def kernel(self, out, u):
        for p in out.points():
            out[p] = self.twice(u[p]) * self.c


class Later(asp.StencilKernel):
    feeds = {"u": "out"}

    def __init__(self, c):
        self.c = c

    def kernel(self, out, u, w):
        for p in out.points():
            out[p] = w[p] * u[p] + self.c


class Shifted(asp.StencilKernel):
    edge: Any = "periodic"

    def kernel(self, out, u):
        for p in out.points():
            out[p] = u[p - 1]


class Filled(Shifted):
    edge = asp.dirichlet(7.0)


@pytest.mark.parametrize("mode", MODES)
def test_a_class_has_its_stencil_in_the_method_kernel(mode: str) -> None:
    u = np.random.default_rng(0).random((8, 9))
    expected, out = u.copy(), u.copy()
    expected[1:-1, 1:-1] = (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]) / 4.0
    Average()(out, u, specialize=mode)
    np.testing.assert_allclose(out, expected, rtol=1e-14)  # sums in another order


@pytest.mark.parametrize("mode", MODES)
def test_numbers_are_those_that_the_object_has_now(mode: str) -> None:
    u, out = np.ones(4), np.zeros(4)
    one, other = Scaled(), Scaled()
    one.c = 5.0
    results = []
    for scaled in (one, other):
        scaled(out, u, specialize=mode)
        results.append(out[0])
    one.c, other.unit = 8.0, 0.5
    for scaled in (one, other):
        scaled(out, u, specialize=mode)
        results.append(out[0])
    assert results == [10.0, 6.0, 16.0, 3.0]


@pytest.mark.parametrize("mode", MODES)
def test_a_class_variable_may_change(mode: str) -> None:
    class Factor(asp.StencilKernel):
        c = 2.0

        def kernel(self, out, u):
            for p in out.points():
                out[p] = self.c * u[p]

    u, out, factor = np.ones(4), np.zeros(4), Factor()
    factor(out, u, specialize=mode)
    Factor.c = 7.0
    factor(out, u, specialize=mode)
    assert (out == 7.0).all()


@pytest.mark.parametrize("mode", MODES)
def test_steps_use_the_objects_numbers_and_the_classs_feeds(mode: str) -> None:
    u, w, out = np.ones(4), np.full(4, 2.0), np.zeros(4)
    Later(1.0).iterate(3, out, u, w, specialize=mode)
    assert (out == 15.0).all()


@pytest.mark.parametrize("mode", MODES)
def test_an_inherited_kernel_has_the_edge_of_its_class(mode: str) -> None:
    u, out = np.arange(4.0), np.zeros(4)
    Filled()(out, u, specialize=mode)
    assert out.tolist() == [7.0, 0.0, 1.0, 2.0]
    Shifted()(out, u, specialize=mode)
    assert out.tolist() == [3.0, 0.0, 1.0, 2.0]


def test_the_edge_may_be_set_later() -> None:
    class Open(asp.StencilKernel):
        def kernel(self, out, u):
            for p in out.points():
                out[p] = u[p - 1]

    u, out = np.arange(4.0), np.zeros(4)
    with pytest.raises(asp.LoweringError, match="outside of the grid"):
        Open()(out, u)
    Open.edge = "periodic"
    Open()(out, u)
    assert out.tolist() == [3.0, 0.0, 1.0, 2.0]


def make(times_ten: bool) -> type[asp.StencilKernel]:
    if times_ten:

        class S(asp.StencilKernel):
            def kernel(self, out, u):
                for p in out.points():
                    out[p] = u[p] * 10
    else:

        class S(asp.StencilKernel):  # type: ignore[no-redef]
            def kernel(self, out, u):
                for p in out.points():
                    out[p] = u[p] * 20

    return S


def test_classes_of_one_name_each_run_their_own_text() -> None:
    u, out = np.ones(4), np.zeros(4)
    for times_ten, expected in ((True, 10.0), (False, 20.0)):
        make(times_ten)()(out, u, specialize="require")
        assert (out == expected).all()


def test_a_class_without_a_text_runs_as_python() -> None:
    names: dict[str, Any] = {"asp": asp}
    lines = (
        "class S(asp.StencilKernel):",
        "    def kernel(self, out, u):",
        "        for p in out.points(): out[p] = 2 * u[p]",
    )
    exec("\n".join(lines), names)
    out = np.zeros(3)
    with pytest.warns(asp.LoweringWarning, match="S: a stencil needs its source text"):
        names["S"]()(out, np.ones(3))
    assert (out == 2.0).all()


def test_a_missing_or_unfit_attribute_is_named_with_its_line() -> None:
    later = Later(1.0)
    fields = np.zeros(3), np.ones(3), np.ones(3)
    del later.c
    with pytest.raises(asp.LoweringError, match=r"class.py:\d+:\d+.*'self.c' has no value"):
        later(*fields, specialize="require")
    later.c = np.ones(3)
    with pytest.raises(asp.LoweringError, match=r"class.py:\d+:\d+.*'self.c' is an array"):
        later(*fields, specialize="require")


def test_an_object_with_kernels_is_copied_and_pickled() -> None:
    later, out = Later(1.0), np.zeros(2)
    later(out, np.ones(2), np.ones(2))
    for other in (copy.deepcopy(later), pickle.loads(pickle.dumps(later))):
        other.c = 4.0
        other(out, np.ones(2), np.ones(2))
        assert (out == 5.0).all()


def test_a_class_shows_the_kernel_that_ran_last() -> None:
    Later(1.0)(np.zeros(2), np.ones(2), np.ones(2), specialize="interpret")
    assert Later.stencil.provenance == "interpreted"
    assert Later.stencil.__name__ == "Later"


def base_with(k: float) -> type[asp.StencilKernel]:
    class Base(asp.StencilKernel):
        def grown(self, x):
            return x + k

    return Base


def class_of(base: type[asp.StencilKernel], k: float) -> Any:
    class Derived(base):  # type: ignore[misc, valid-type]
        def kernel(self, out, u):
            for p in out.points():
                out[p] = k * self.grown(u[p])

    return Derived


@pytest.mark.parametrize("mode", MODES)
def test_a_name_that_two_methods_take_from_different_places_is_not_mixed_up(mode: str) -> None:
    out = np.zeros(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", asp.LoweringWarning)
        class_of(base_with(5.0), 2.0)()(out, np.ones(2), specialize=mode)
    assert (out == 12.0).all()
    with pytest.raises(asp.LoweringError, match="'k' is one thing in one method"):
        class_of(base_with(5.0), 2.0)()(out, np.ones(2), specialize="require")


@pytest.mark.parametrize("mode", MODES)
def test_an_inherited_method_is_called(mode: str) -> None:
    k, out = 3.0, np.zeros(2)
    class_of(base_with(k), k)()(out, np.ones(2), specialize=mode)
    assert (out == 12.0).all()

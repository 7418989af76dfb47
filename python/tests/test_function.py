"""What @asp.function promises of one call: values, shapes, copies, complaints, rungs."""

import gc
import math
import warnings
import weakref
from typing import Any

import numpy as np
import pytest

import asp

SCALE = 2.0
RUNGS = ["sync", "interpret", "off"]


def law(area, beta=3.0, shift=1.0):  # type: ignore[no-untyped-def]
    """A law with defaults."""
    root = math.sqrt(area)
    if root > 1.0:
        root = root * SCALE
    return beta * root + shift


def both(a, b):  # type: ignore[no-untyped-def]
    return a + b, a * b


POINTS = np.linspace(0.0, 4.0, 41)


def expected(*arguments: Any) -> Any:
    return np.array([law(*point) for point in np.broadcast(*arguments)])


# Rounding: fused operations and vector functions of a few ulp; see prelude.hpp.
def close(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=1e-14, atol=1e-14))


@pytest.mark.parametrize("rung", RUNGS)
def test_numbers_give_a_float_and_arrays_an_array(rung: str) -> None:
    f = asp.function(law, specialize=rung)
    assert type(f(2.0)) is float
    assert close(f(2.0), law(2.0))
    assert close(f(2), law(2))
    assert close(f(np.float32(2.0)), law(2.0))
    assert close(f(True), law(1.0))
    result = f(POINTS)
    assert type(result) is np.ndarray and result.dtype == np.float64
    assert close(result, expected(POINTS))


@pytest.mark.parametrize("rung", RUNGS)
def test_numbers_and_arrays_mix_in_any_place(rung: str) -> None:
    f = asp.function(law, specialize=rung)
    assert close(f(POINTS, 2.0, POINTS), expected(POINTS, 2.0, POINTS))
    assert close(f(2.0, POINTS), expected(2.0, POINTS))
    assert close(f(shift=POINTS, area=4.0), expected(4.0, 3.0, POINTS))
    assert close(f(POINTS, shift=5), expected(POINTS, 3.0, 5.0))


@pytest.mark.parametrize("rung", RUNGS)
def test_shapes_are_kept_whatever_their_dimensions(rung: str) -> None:
    f = asp.function(law, specialize=rung)
    for shape in [(), (1,), (0,), (3, 0), (2, 3), (2, 3, 4, 1)]:
        x = np.ones(shape)
        assert f(x, x).shape == shape
    assert f(np.full((2, 3), 4.0))[1, 2] == law(4.0)


@pytest.mark.parametrize("rung", RUNGS)
def test_several_results_are_a_tuple(rung: str) -> None:
    f = asp.function(both, specialize=rung)
    assert f(2.0, 3.0) == (5.0, 6.0)
    total, product = f(POINTS, 3.0)
    assert close(total, POINTS + 3.0) and close(product, POINTS * 3.0)


@pytest.mark.parametrize("rung", RUNGS)
def test_what_is_written_to_is_written_in_place(rung: str) -> None:
    f = asp.function(law, specialize=rung)
    out = np.empty_like(POINTS)
    address = out.ctypes.data
    assert f(POINTS, out=out) is out
    assert out.ctypes.data == address
    assert close(out, expected(POINTS))
    g = asp.function(both, specialize=rung)
    first, second = np.empty_like(POINTS), np.empty_like(POINTS)
    result = g(POINTS, 2.0, out=(first, second))
    assert result[0] is first and result[1] is second
    assert close(second, POINTS * 2.0)


@pytest.mark.parametrize("rung", RUNGS)
def test_an_argument_may_be_written_over(rung: str) -> None:
    f = asp.function(both, specialize=rung)
    a, b = POINTS.copy(), POINTS + 1.0
    f(a, b, out=(b, a))  # crosswise: all of a point is read before it is written
    assert close(b, POINTS + (POINTS + 1.0)) and close(a, POINTS * (POINTS + 1.0))


def test_arguments_are_not_copied() -> None:
    # NumPy tells tracemalloc of each array's memory; a copy here would be 80 MB.
    import tracemalloc

    f = asp.function(law, specialize="interpret")
    x, out = np.ones(10_000_000), np.empty(10_000_000)
    f(x, out=out)
    tracemalloc.start()
    for _ in range(10):
        f(x, x, x, out=out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_large_arrays_have_the_values_of_small_ones() -> None:
    f = asp.function(law, specialize="sync")
    x = np.linspace(0.0, 4.0, 1_000_003)
    large = f(x)
    assert np.array_equal(large[:1000], f(x[:1000]))
    assert np.array_equal(large[-7:], f(x[-7:]))


@pytest.mark.parametrize("rung", RUNGS)
def test_a_captured_number_that_changes_counts_at_once(rung: str) -> None:
    factor = 2.0

    @asp.function(specialize=rung)
    def f(x):  # type: ignore[no-untyped-def]
        return x * factor + SCALE

    for value in [2.0, 3.0, 2.0, 5, np.float64(0.5)]:
        factor = value
        assert f(10.0) == 10.0 * value + SCALE
        assert f(np.full(3, 10.0))[1] == 10.0 * value + SCALE


def test_a_global_that_changes_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    f = asp.function(law, specialize="interpret")
    before = f(4.0)
    monkeypatch.setitem(globals(), "SCALE", 10.0)
    assert f(4.0) == law(4.0) != before


def test_a_called_function_that_changes_counts_at_once() -> None:
    def inner(x):  # type: ignore[no-untyped-def]
        return x * gain

    @asp.function(specialize="interpret")
    def f(x):  # type: ignore[no-untyped-def]
        return inner(x) + 1.0

    gain = 2.0
    assert f(3.0) == 7.0
    gain = 4.0
    assert f(3.0) == 13.0

    def inner(x):  # type: ignore[no-untyped-def] # noqa: F811
        return -x

    assert f(3.0) == -2.0


def test_a_default_that_changes_counts_at_once() -> None:
    def plain(x, k=2.0):  # type: ignore[no-untyped-def]
        return x * k

    f = asp.function(plain, specialize="interpret")
    assert f(3.0) == 6.0
    plain.__defaults__ = (5.0,)
    assert f(3.0) == 15.0


def test_a_default_that_is_an_array_or_a_zero_may_change_too() -> None:
    def scaled(x: Any, table: Any = np.ones(3)) -> Any:  # noqa: B008
        return x * table

    def angle(x: Any, sign: Any = 0.0) -> Any:
        return np.arctan2(sign, x)

    f = asp.function(scaled, specialize="interpret")
    assert list(f(np.ones(3))) == [1.0, 1.0, 1.0]
    scaled.__defaults__ = (np.full(3, 2.0),)
    assert list(f(np.ones(3))) == [2.0, 2.0, 2.0]
    g = asp.function(angle, specialize="interpret")
    assert g(-1.0) == np.pi
    angle.__defaults__ = (-0.0,)
    assert g(-1.0) == -np.pi


def test_a_function_without_a_text_is_tried_again_when_what_it_captures_has_changed() -> None:
    scope: dict[str, Any] = {"asp": asp, "k": [2.0]}
    exec("@asp.function(specialize='interpret')\ndef f(x): return x * k\n", scope)
    f = scope["f"]
    with pytest.warns(asp.LoweringWarning, match="'k' is a list"), pytest.raises(TypeError):
        f(3.0)
    scope["k"] = 2.0
    assert f(3.0) == 6.0
    assert f.provenance == "interpreted"


def test_a_captured_list_is_never_taken_silently() -> None:
    table = 2.0

    @asp.function(specialize="require")
    def f(x):  # type: ignore[no-untyped-def]
        return x * table

    f(1.0)
    table = [3.0]  # type: ignore[assignment]
    with pytest.raises(asp.LoweringError, match="'table' is a list, which may change"):
        f(1.0)


def test_captured_numbers_that_keep_changing_are_compiled_no_more() -> None:
    value = 0.0

    @asp.function
    def f(x):  # type: ignore[no-untyped-def]
        return x * value

    with pytest.warns(asp.LoweringWarning, match="pass it as an argument") as caught:
        for step in range(40):
            value = float(step)
            assert f(2.0) == 2.0 * step
    assert len(caught) == 1
    f.wait()


def test_functions_call_each_other() -> None:
    @asp.function(specialize="sync")
    def f(x):  # type: ignore[no-untyped-def]
        return helper(x, k=2.0) + helper(x)

    assert f(3.0) == 3.0 * 2.0 + 3.0 * 7.0


@asp.function
def helper(x, k=7.0):  # type: ignore[no-untyped-def]
    return x * k


def test_a_lambda_is_a_function() -> None:
    f = asp.function(lambda x, y: np.maximum(x, y) ** 2, specialize="sync")
    assert f(2.0, 3.0) == 9.0


def test_the_original_is_there() -> None:
    f = asp.function(law)
    assert f.python is law
    assert f.__name__ == "law" and f.__doc__ == "A law with defaults."
    assert isinstance(f, asp.Function)
    assert repr(f) == "<asp.function law>"


def test_a_function_shows_itself() -> None:
    f = asp.function(law, specialize="sync")
    f(POINTS)
    assert "asp::sqrt" in f.source and "// def law(area, beta=3.0, shift=1.0):" in f.source
    assert f.provenance == "specialized"
    for part in ["law: pointwise", "specialized", "variant: chunk = ", "compiled by"]:
        assert part in f.explain()


def test_before_the_first_call_there_is_no_kernel_to_show() -> None:
    with pytest.raises(asp.LoweringError, match="there is no kernel yet; call it first"):
        _ = asp.function(law).source


def halving(x):  # type: ignore[no-untyped-def]
    while x > 1.0:
        x = x / 2.0
    return x


def test_what_cannot_be_lowered_warns_once_and_runs_as_python() -> None:
    f = asp.function(halving)
    line = halving.__code__.co_firstlineno + 1
    with pytest.warns(asp.LoweringWarning) as caught:
        assert f(12.0) == 0.75
    shown = str(caught[0].message)
    assert f"{__file__}:{line}:5: 'while' is not supported here; loops are 'for'" in shown
    assert shown.splitlines()[-1].strip() == "^~~~~"
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(f(np.array([12.0, 3.0])), [0.75, 0.75])
    assert f.provenance == "python"
    assert "'while' is not supported here" in f.explain()


def test_what_cannot_be_lowered_raises_where_a_kernel_is_required() -> None:
    with pytest.raises(asp.LoweringError, match="'while' is not supported here"):
        asp.function(halving, specialize="require")(1.0)


def test_the_mode_is_set_for_a_call_a_block_or_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    f = asp.function(law)
    assert f(4.0, specialize="interpret") == law(4.0)
    with asp.specialize("off"):
        f(4.0)
        assert f.provenance == "python"
        assert f.explain() == "law: runs as Python, specializing is off"
    with asp.specialize("interpret"):
        f(4.0)
        assert f.provenance == "interpreted"
    with asp.specialize("sync"):
        f(4.0)
        assert f.provenance == "specialized"
    for wrong in [lambda: asp.specialize("fast"), lambda: asp.function(law, specialize="fast")]:
        with pytest.raises(asp.InputError, match="= 'fast': expected one of auto, sync, require"):
            wrong()
    monkeypatch.setenv("ASP_SPECIALIZE", "quick")
    with pytest.raises(asp.InputError, match="ASP_SPECIALIZE = 'quick': expected one of"):
        asp.function(law)(1.0)


def test_a_native_kernel_replaces_the_interpreter() -> None:
    @asp.function
    def f(x):  # type: ignore[no-untyped-def]
        return x * 3.0 + 0.125

    assert f(2.0) == 6.125
    f.wait()
    assert f.provenance == "specialized"
    assert f(2.0) == 6.125


def test_a_function_is_lowered_again_when_what_stood_in_the_way_has_changed() -> None:
    table: Any = [3.0]

    @asp.function(specialize="interpret")
    def f(x):  # type: ignore[no-untyped-def]
        return x * table[0]

    with pytest.warns(asp.LoweringWarning, match="'table' is a list"):
        assert f(2.0) == 6.0
    table = (4.0,)
    assert f(2.0) == 8.0
    assert f.provenance == "interpreted"


def test_only_functions_with_plain_parameters_are_taken() -> None:
    with pytest.raises(TypeError, match="asp.function takes a Python function, not 3"):
        asp.function(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="a parameter must not be called 'out'"):
        asp.function(lambda out: out)
    with pytest.raises(TypeError, match="only plain parameters are supported"):
        asp.function(lambda *x: x)


def test_a_function_that_nobody_holds_goes_with_what_it_captured() -> None:
    class Payload:
        pass

    def make() -> tuple[weakref.ref[Any], weakref.ref[Any]]:
        payload = Payload()
        unused = payload

        @asp.function(specialize="interpret")
        def f(x):  # type: ignore[no-untyped-def]
            return x + 1.0 if True else unused + f(x)

        assert f(1.0) == 2.0
        return weakref.ref(f), weakref.ref(payload)

    function, payload = make()
    gc.collect()
    assert function() is None and payload() is None

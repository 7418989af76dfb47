"""asp.callback: Python functions that kernels call back."""

from __future__ import annotations

import gc
import math
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import asp

TABLE_X, TABLE_Y = np.linspace(-10, 10, 41), np.linspace(-10, 10, 41) ** 2
calls: list[int] = []
CHUNK = 4096  # points of one request
MANY = 5 * CHUNK - 100  # enough for several harts, of functions whose native parts take long


@asp.callback
def measured(x: NDArray[np.float64]) -> NDArray[np.float64]:
    calls.append(np.size(x))
    return np.interp(x, TABLE_X, TABLE_Y)


@asp.callback(vectorized=False)
def digits(x: float, base: float) -> float:
    return float(len(f"{x:.3f}")) + base


@asp.function(specialize="interpret")
def force(x: Any, stiffness: Any) -> Any:
    return stiffness * measured(x * 0.5) ** 2 + x


@asp.function(specialize="interpret")
def heavy(x: Any) -> Any:
    """Enough for other harts to help."""
    total = x
    for k in range(1, 21):
        total += math.sin(k * x) ** 2 + math.cos(k * x) ** 2 - 1
    return measured(total)


@asp.function(specialize="interpret")
def nested(x: Any, y: Any) -> Any:
    inner = measured(digits(x, 1.0) / 10)
    return inner + measured(y), inner


def expected_force(x: Any, stiffness: Any) -> Any:
    return stiffness * np.interp(x * 0.5, TABLE_X, TABLE_Y) ** 2 + x


@pytest.mark.parametrize("size", [1, 7, CHUNK, CHUNK + 1, MANY])
def test_a_kernel_with_a_callback_computes_what_python_computes(size: int) -> None:
    x = np.linspace(-3, 3, size)
    calls.clear()
    # rtol: the kernel's square and NumPy's are both one product; the sum is rounded once.
    np.testing.assert_allclose(force(x, 2.0), expected_force(x, 2.0), rtol=1e-15)
    assert sum(calls) == size
    assert len(calls) <= size // CHUNK + 1  # in batches
    stiffness = np.linspace(1, 2, size)
    np.testing.assert_allclose(force(x, stiffness), expected_force(x, stiffness), rtol=1e-15)


@pytest.mark.parametrize("threads", [1, 4])
def test_other_harts_ask_the_thread_that_called(threads: int) -> None:
    x = np.linspace(-3, 3, MANY)
    wanted = np.interp(x, TABLE_X, TABLE_Y)
    right: list[bool] = []

    def work() -> None:
        for _ in range(3):
            # Twenty sums that cancel but for some 1e-15.
            right.append(np.allclose(heavy(x), wanted, rtol=1e-12, atol=1e-12))

    callers = [threading.Thread(target=work) for _ in range(threads)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=60)  # a watchdog
    assert right == [True] * 3 * threads


def test_what_is_raised_while_other_harts_work_reaches_the_caller() -> None:
    @asp.callback
    def refuses(x: Any) -> Any:
        if 0.0 in x:  # in a later chunk
            raise LookupError("no such value")
        return x

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return heavy(x) + refuses(x * 1.0)

    with pytest.raises(LookupError, match="no such value") as error:
        user(np.linspace(-3, 3, MANY + 1 - MANY % 2))
    assert "refuses" in [entry.name for entry in error.traceback]
    assert np.isfinite(heavy(np.ones(MANY))).all()


def test_numbers_give_a_number() -> None:
    assert force(1.5, 2.0) == pytest.approx(expected_force(1.5, 2.0), rel=1e-15)


@pytest.mark.parametrize("size", [3, MANY])
def test_several_and_nested_callbacks_run_in_order(size: int) -> None:
    x, y = np.linspace(0, 2000, size), np.linspace(-1, 1, size)
    both, inner = nested(x, y)
    for i in (0, size // 2, size - 1):
        wanted = np.interp((len(f"{x[i]:.3f}") + 1) / 10, TABLE_X, TABLE_Y)
        assert inner[i] == pytest.approx(wanted, rel=1e-15)
        assert both[i] == pytest.approx(wanted + np.interp(y[i], TABLE_X, TABLE_Y), rel=1e-15)


def test_results_may_go_where_the_arguments_were() -> None:
    x = np.linspace(-3, 3, MANY)
    wanted = expected_force(x, 2.0)
    assert force(x, 2.0, out=x) is x
    np.testing.assert_allclose(x, wanted, rtol=1e-15)


def test_a_callback_inside_a_function_that_is_called_is_found() -> None:
    def half(x: float) -> float:
        return measured(x) / 2

    @asp.function(specialize="interpret")
    def outer(x: Any) -> Any:
        return half(x) + half(2 * x)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(outer(x), [2.5, 10.0], rtol=1e-15)


@pytest.mark.parametrize("size", [10, MANY])
def test_what_a_callback_raises_reaches_the_caller_with_its_traceback(size: int) -> None:
    @asp.callback
    def refuses(x: Any) -> Any:
        raise LookupError("no such value")

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return 2 * refuses(x)

    with pytest.raises(LookupError, match="no such value") as error:
        user(np.ones(size))
    assert "refuses" in [entry.name for entry in error.traceback]
    assert force(1.0, 1.0) > 0  # and the next call is none the worse


@pytest.mark.parametrize("size", [10, MANY])
def test_a_result_of_another_shape_or_kind_is_named(size: int) -> None:
    made: Any = None

    @asp.callback
    def wrong(x: Any) -> Any:
        return made

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return wrong(x)

    made = np.ones(3)
    with pytest.raises(ValueError, match=r"callback 'wrong' returned shape \(3,\): expected \("):
        user(np.ones(size))
    made = "text"
    with pytest.raises(TypeError, match="callback 'wrong' returned a str: expected an array"):
        user(np.ones(size))
    made = None
    with pytest.raises(TypeError, match="callback 'wrong' returned None: expected an array of fl"):
        user(np.ones(size))
    made = np.full(size, 1j)
    with pytest.raises(TypeError, match="'wrong' returned an array of complex128: expected an ar"):
        user(np.ones(size))
    made = 4
    assert (user(np.ones(size)) == 4.0).all()


@pytest.mark.parametrize("size", [10, MANY])
def test_a_result_may_be_a_view_with_strides(size: int) -> None:
    @asp.callback
    def backwards(x: Any) -> Any:
        return x[::-1]

    @asp.callback
    def every_other(x: Any) -> Any:
        return np.repeat(x, 2)[::2]

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return every_other(x) - backwards(x)

    x = np.arange(float(size))
    ends = [range(begin, min(begin + CHUNK, size)) for begin in range(0, size, CHUNK)]
    turned = np.concatenate([x[list(reversed(part))] for part in ends])
    assert (user(x) == x - turned).all()


def test_a_callback_that_resizes_its_argument_is_asked_for_all_points() -> None:
    @asp.callback
    def emptied(x: Any) -> Any:
        x.resize(0, refcheck=False)
        return x

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return emptied(x)

    with pytest.raises(ValueError, match=r"returned shape \(0,\): expected \(4,\)"):
        user(np.ones(4))


@pytest.mark.parametrize(
    ("made", "said"),
    [(None, "None"), (1j, "a complex"), ("1", "a str"), (np.ones(2), "an array of float64")],
)
def test_what_is_no_number_at_a_point_is_named(made: Any, said: str) -> None:
    @asp.callback(vectorized=False)
    def wrong(x: float) -> Any:
        return made

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return wrong(x)

    with pytest.raises(TypeError, match=f"callback 'wrong' returned {said}: expected a number"):
        user(np.ones(3))


def test_a_default_of_a_callback_that_changes_counts_at_once() -> None:
    @asp.callback
    def scaled(x: Any, a: Any = 2.0) -> Any:
        return x * a

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return scaled(x)

    assert user(3.0) == 6.0
    scaled.python.__defaults__ = (5.0,)
    assert user(3.0) == 15.0


def test_a_callback_that_refers_to_its_caller_goes_with_it() -> None:
    class Payload:
        pass

    def make() -> weakref.ref[Any]:
        payload = Payload()

        @asp.callback
        def around(x: Any) -> Any:
            return x if payload else user(x)

        @asp.function(specialize="interpret")
        def user(x: Any) -> Any:
            return around(x)

        assert user(1.0) == 1.0
        return weakref.ref(payload)

    payload = make()
    gc.collect()
    assert payload() is None


@pytest.mark.parametrize("size", [10, MANY])
def test_a_callback_may_call_kernels(size: int) -> None:
    @asp.callback
    def through(x: Any) -> Any:
        return force(x, 2.0)

    @asp.function(specialize="interpret")
    def user(x: Any) -> Any:
        return through(x) - 1

    x = np.linspace(-3, 3, size)
    np.testing.assert_allclose(user(x), expected_force(x, 2.0) - 1, rtol=1e-14, atol=1e-14)


def test_threads_may_call_at_once() -> None:
    x = np.linspace(-3, 3, MANY)
    wanted, right = expected_force(x, 2.0), []

    def work() -> None:
        for _ in range(10):
            right.append(np.allclose(force(x, 2.0), wanted, rtol=1e-15))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)  # a watchdog
    assert right == [True] * 40


INTERRUPTED = """
import os, signal, time
import numpy as np
import asp

@asp.callback
def slow(x):
    os.kill(os.getpid(), signal.SIGINT)
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        pass
    return x

@asp.function(specialize="interpret")
def user(x):
    return slow(x) + 1

try:
    user(np.ones(1000000))
except KeyboardInterrupt:
    print("interrupted")
print("alive")
"""


def test_ctrl_c_ends_the_kernel(tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,  # all its points would take minutes
        check=True,
    )
    assert done.stdout.split() == ["interrupted", "alive"]


def test_a_callback_is_its_function_outside_of_kernels() -> None:
    assert digits(2.0, 1.0) == 6.0
    assert repr(measured) == "<asp.callback measured>"
    with pytest.raises(TypeError, match="asp.callback takes a Python function, not 3"):
        asp.callback(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="expected one plain parameter or more"):
        asp.callback(lambda: 1.0)


def test_where_there_can_be_no_callback_it_is_said() -> None:
    def residual(x: float) -> float:
        return x - measured(x)  # type: ignore[no-any-return]

    solve = asp.newton(residual, unknowns="x", specialize="require")
    with pytest.raises(asp.LoweringError, match="residual calls a callback: only functions of asp"):
        solve(np.ones(1))


def test_signals_that_are_no_concern_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    force(np.ones(MANY), 1.0)
    assert signal.getsignal(signal.SIGINT) is before

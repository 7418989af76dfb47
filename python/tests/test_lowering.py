"""A Python function as a function of the core: what it captures, what is said where it cannot."""

import math
import math as m
import textwrap
import types
from collections.abc import Callable
from math import sqrt as root
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import asp
from asp import _native
from asp._lowering import lower

COUNT = 3
STEEP = True
WEIGHTS = (1.0, 2, 4)
TABLE = [1.0, 2.0]
ARRAY = np.arange(3.0)


def text_of(function: Callable[..., Any]) -> str:
    return str(lower(function)[0])


def parsed(text: str) -> str:
    return str(_native.parse_function(_native.Source("", text, 1), _native.Environment()))


def complaint(function: Callable[..., Any]) -> str:
    with pytest.raises(asp.LoweringError) as caught:
        lower(function)
    return str(caught.value)


def line_of(function: Any) -> int:
    return int(function.__code__.co_firstlineno)


def scaled(a: float, by: float = 2.0) -> float:
    return a * by


def test_captured_numbers_tuples_and_flags_are_constants() -> None:
    rate = 0.25

    def f(x):  # type: ignore[no-untyped-def]
        s = rate if STEEP else 0.0
        for i, w in enumerate(WEIGHTS):
            s += w * x**i
        return s + COUNT

    assert text_of(f) == parsed("def f(x): return 0.25 + 1 + 2 * x + 4 * x**2 + 3")


def test_numpy_scalars_are_numbers() -> None:
    a, b, c = np.float64(0.5), np.float32(2.0), np.int32(3)

    def f(x):  # type: ignore[no-untyped-def]
        return a * x + b * x**c

    assert text_of(f) == parsed("def f(x): return 0.5 * x + 2.0 * x**3")


def test_modules_and_functions_are_known_under_any_name() -> None:
    from numpy import arctan2 as angle

    from asp import sqrt as square_root
    from asp import where

    def f(x, y):  # type: ignore[no-untyped-def]
        return m.sin(x) + root(y) + angle(x, y) + asp.where(x > y, np.exp(x), math.pi)

    def g(x):  # type: ignore[no-untyped-def]
        return where(x > 0.0, square_root(x), asp.maximum(x, 2.0))

    assert "sin(x) + sqrt(y) + atan2(x, y)" in text_of(f)
    assert text_of(g) == parsed("def g(x): return sqrt(x) if x > 0.0 else max(x, 2.0)")


def test_other_functions_are_inlined_with_keywords_and_defaults() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return scaled(x) + scaled(by=3.0, a=x)

    assert text_of(f) == parsed("def f(x): return x * 2 + x * 3")


def test_lambdas_are_told_apart_on_one_line() -> None:
    first, second = lambda x: x + 1, lambda x: x + 2
    assert text_of(first).strip() == "def lambda_(x):\n    return x + 1"
    assert text_of(second).strip() == "def lambda_(x):\n    return x + 2"


def lambdas() -> list[tuple[Callable[..., Any], str]]:
    return [
        (lambda x: x, "x"),
        (lambda x: 1.0, "1.0"),
        (lambda x: lambda x: x + 9, ""),
        (lambda x: x if x > 1 else -x, "x if x > 1 else -x"),
        (lambda x: x + 3, "x + 3"),
        (lambda x: x if 0 < x < 2 and x != 1 else 5, "x if 0 < x < 2 and x != 1 else 5"),
        ((lambda x: lambda x: x * 6)(0), "x * 6"),
        (lambda x: (x, x)[1] * 4, "x * 4"),
        (lambda x, /: sum(k * x for k in range(3)), "sum(k * x for k in range(3))"),
    ]


@pytest.mark.parametrize("at", [0, 1, 3, 4, 5, 6, 7, 8])
def test_any_lambda_is_found_among_its_neighbours(at: int) -> None:
    function, meaning = lambdas()[at]
    wanted = parsed(f"def lambda_(x): return {meaning}")
    assert text_of(function) == wanted


def test_a_lambda_over_lines_may_return_several_results() -> None:
    f = lambda x, y: (  # noqa: E731
        x + y,
        x * y,
    )
    lowered, _ = lower(f)
    assert lowered.arguments == ["x", "y"]
    assert len(lowered.results) == 2


def test_a_complaint_in_a_lambda_has_its_own_place() -> None:
    f = lambda x: x + TABLE[0]  # noqa: E731
    place, _, caret = complaint(f).splitlines()
    line = Path(__file__).read_text().splitlines()[line_of(f) - 1]
    column = line.index("TABLE") + 1
    assert place.startswith(f"{__file__}:{line_of(f)}:{column}: 'TABLE' is a list")
    assert caret.strip() == "^~~~~"


def test_a_complaint_has_file_line_column_and_caret() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        y = x + 1
        return y * unknown_rate  # type: ignore[name-defined] # noqa: F821

    shown = complaint(f)
    assert shown.startswith(f"{__file__}:{line_of(f) + 2}:20: unknown name 'unknown_rate'\n")
    assert shown.splitlines()[2].strip() == "^" + "~" * 11


@pytest.mark.parametrize(
    ("captured", "said"),
    [
        ([1.0], "'captured' is a list, which may change; capture a tuple of numbers"),
        ({"a": 1}, "'captured' is a dict, which may change; capture a tuple of numbers"),
        (ARRAY, "'captured' is an array of shape (3,), whose elements may change; pass it as an"),
        ("a", "'captured' is a str; only numbers, tuples of numbers and functions can be captured"),
        (1j, "'captured' is a complex; only numbers"),
        (object(), "'captured' is an object; only numbers"),
    ],
)
def test_what_may_change_unseen_is_refused_by_name(captured: Any, said: str) -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x + captured

    assert said in complaint(f)


def test_a_complaint_in_a_called_function_names_its_own_line() -> None:
    def inner(x):  # type: ignore[no-untyped-def]
        return x + TABLE

    def outer(x):  # type: ignore[no-untyped-def]
        return inner(x) * 2

    assert complaint(outer).startswith(f"{__file__}:{line_of(inner) + 1}:20: 'TABLE'")


def test_recursion_is_told() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return f(x) + 1

    def g(x):  # type: ignore[no-untyped-def]
        return h(x)

    def h(x):  # type: ignore[no-untyped-def]
        return g(x)

    assert "'f' calls itself" in complaint(f)
    assert "recursion is not supported here" in complaint(g)


def test_captures_notice_a_change() -> None:
    rate = 2.0

    def f(x):  # type: ignore[no-untyped-def]
        return x * rate

    _, captures = lower(f)
    assert all(capture.holds() for capture in captures)
    rate = 3.0
    assert not all(capture.holds() for capture in captures)


def traced(text: str, **names: Any) -> Any:
    scope: dict[str, Any] = {"np": np, "math": math, "asp": asp, **names}
    exec(textwrap.dedent(text), scope)
    return scope["f"]


def test_a_function_without_a_text_is_traced() -> None:
    f = traced("def f(x, y): return np.sqrt(x) * y**2 - abs(x) / 2, 1 + x", k=3)
    assert text_of(f) == parsed("def f(x, y): return sqrt(x) * y**2 - abs(x) / 2, 1 + x")
    g = traced("def f(x): return asp.where((x > 0) & ~(x < k), np.exp(x), k)", k=3)
    assert text_of(g) == parsed("def f(x): return exp(x) if 0 < x and not x < 3 else 3")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("math.sqrt(x)", "write asp.sqrt or np.sqrt instead of math.sqrt"),
        ("x if x > 0 else -x", "write asp.where(condition, a, b)"),
        ("max(x, 1.0)", "write asp.where(condition, a, b), np.minimum, np.maximum"),
        ("(x > 0) * 2", "numbers and conditions are not mixed"),
        ("x + [1]", "a list is no number: [1]"),
        ("undefined", "NameError: name 'undefined' is not defined"),
        ("np.gcd(x, 2)", "np.gcd cannot be lowered here"),
        ("x + table[0]", "'table' is a list, which may change"),
        ("{1: x}", "a dict is no number"),
        ("()", "there is nothing in what is returned"),
    ],
)
def test_what_cannot_be_traced_is_told_with_the_cure(body: str, said: str) -> None:
    shown = complaint(traced(f"def f(x): return {body}", table=[1.0]))
    assert shown.startswith("<string>:1: f: ")
    assert said in shown


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return x + np.random.rand()", "'np.random.rand' is no function that kernels know; call"),
        ("return x + np.loadtxt('a')", "'np.loadtxt' is no function that kernels know"),
        ("return x + time.time()", "'time.time' is no function that kernels know"),
        ("m = np; return x + m.random.rand()", "'np' is no function that kernels know"),
        ("return x + globals()['k']", "'globals' is no function that kernels know"),
        ("global k; k = 2.0; return x", "it assigns to the global 'k'; kernels only compute"),
        ("import time as t; return x + t.time()", "it imports 'time'; kernels only compute"),
        ("return (lambda: x + np.random.rand())()", "'np.random.rand' is no function"),
    ],
)
def test_what_is_not_the_same_at_each_call_is_not_traced(body: str, said: str) -> None:
    import time

    shown = complaint(traced(f"def f(x): {body}", k=1.0, time=time))
    assert shown.startswith("<string>:1: f: ")
    assert said in shown


def test_a_file_that_changed_after_it_was_loaded_is_refused(tmp_path: Path) -> None:
    import importlib.util
    import os

    file = tmp_path / "law.py"
    file.write_text("def f(x):\n    return x + 1\n")
    spec = importlib.util.spec_from_file_location("law", file)
    assert spec is not None and spec.loader is not None
    law = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(law)
    assert "x + 1" in text_of(law.f)
    file.write_text("def f(x):\n    return x + 2\n")
    os.utime(file, (1, 1))
    assert "was changed after 'f' was loaded from it; load it again" in complaint(law.f)


def test_a_cell_of_a_notebook_has_a_text() -> None:
    import linecache

    cell = "def f(x):\n    return x + wrong\n"
    name = "/tmp/ipykernel_1/123.py"
    scope: dict[str, Any] = {}
    exec(compile(cell, name, "exec"), scope)
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    assert complaint(scope["f"]).startswith(f"{name}:2:16: unknown name 'wrong'\n")


def test_names_of_other_modules_are_captured_with_their_dots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tools = types.ModuleType("tools")
    tools.__dict__.update(rho=2.5, table=[1], scaled=scaled, inner=types.ModuleType("inner"))
    tools.inner.depth = 4  # type: ignore[attr-defined]

    def f(x):  # type: ignore[no-untyped-def]
        return tools.scaled(x) + tools.rho + tools.inner.depth

    assert text_of(f) == parsed("def f(x): return x * 2.0 + 2.5 + 4")
    _, captures = lower(f)
    tools.rho = 3.0  # type: ignore[attr-defined]
    assert not all(capture.holds() for capture in captures)

    def g(x):  # type: ignore[no-untyped-def]
        return x + tools.table

    assert "'tools.table' is a list" in complaint(g)


def test_a_method_of_an_object_is_refused_by_name() -> None:
    class Law:
        k = 2.0

    this = Law()

    def f(x):  # type: ignore[no-untyped-def]
        return x * this.k

    assert "'this' is a Law; only numbers, tuples of numbers and functions" in complaint(f)

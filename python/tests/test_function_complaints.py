"""What is said of calls that do not fit, and where there is no compiler."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import asp

POINTS = np.linspace(0.0, 4.0, 41)


def law(area, beta=3.0, shift=1.0):  # type: ignore[no-untyped-def]
    return beta * area**0.5 + shift


def both(a, b):  # type: ignore[no-untyped-def]
    return a + b, a * b


COMPLAINTS: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (
        lambda f: f(POINTS.astype(np.float32)),
        TypeError,
        "'area' is an array of float32 with shape (41,): expected float64; "
        "write area.astype(np.float64)",
    ),
    (lambda f: f(1.0, np.arange(3)), TypeError, "'beta' is an array of int64 with shape (3,)"),
    (lambda f: f(POINTS.astype(">f8")), TypeError, "'area' is an array of >f8"),
    (lambda f: f([1.0]), TypeError, "'area' is a list: expected an array of float64 or a number"),
    (lambda f: f("a"), TypeError, "'area' is a str"),
    (lambda f: f(1j), TypeError, "'area' is a complex"),
    (lambda f: f(None), TypeError, "'area' is a NoneType"),
    (lambda f: f(np.ma.masked_array(POINTS)), TypeError, "'area' is a MaskedArray"),
    (lambda f: f(10**400), OverflowError, "'area' is a whole number beyond all doubles"),
    (
        lambda f: f(POINTS[::2]),
        ValueError,
        "strides (16,): expected an aligned one in C order; write np.ascontiguousarray(area)",
    ),
    (lambda f: f(np.ones((2, 3)).T), ValueError, "strides (8, 24): expected an aligned one in C"),
    (lambda f: f(np.zeros(17, "u1")[1:].view("f8")), ValueError, "expected an aligned one"),
    (
        lambda f: f(POINTS, POINTS[:3].copy()),
        ValueError,
        "'beta' has shape (3,), but 'area' has (41,): expected equal shapes, or numbers",
    ),
    (lambda f: f(np.ones((2, 3)), np.ones(6)), ValueError, "'beta' has shape (6,)"),
    (lambda f: f(), TypeError, "law() misses the argument 'area'"),
    (lambda f: f(1, 2, 3, 4), TypeError, "law() takes 3 arguments (area, beta, shift), not 4"),
    (lambda f: f(1, gamma=2), TypeError, "law() has no parameter 'gamma'"),
    (lambda f: f(1, area=2), TypeError, "law() got parameter 'area' twice"),
    (lambda f: f(POINTS, out=POINTS[1:]), ValueError, "'out' has shape (40,)"),
    (lambda f: f(POINTS[1:], out=POINTS[:-1]), ValueError, "'out' overlaps argument 'area' in p"),
    (lambda f: f(1.0, out=POINTS.copy()), ValueError, "all arguments are numbers"),
    (lambda f: f(POINTS, out=[0.0]), TypeError, "'out' is a list: expected an array of float64"),
    (lambda f: f(POINTS, out=POINTS.astype("f4")), TypeError, "'out' is an array of float32"),
    (lambda f: f(POINTS, out=(POINTS, POINTS)), ValueError, "'out' has 2 arrays: expected 1"),
]


@pytest.mark.parametrize(("call", "kind", "said"), COMPLAINTS)
def test_a_call_that_does_not_fit_is_told(
    call: Callable[[Any], Any], kind: type[Exception], said: str
) -> None:
    f = asp.function(law, specialize="interpret")
    f(POINTS)
    f(1.0)
    with pytest.raises(kind) as caught:
        call(f)
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_a_read_only_array_is_read_but_not_written_to() -> None:
    f = asp.function(law, specialize="interpret")
    fixed = POINTS.copy()
    f(POINTS, out=fixed)
    fixed.flags.writeable = False
    assert np.array_equal(f(fixed), f(fixed.copy()))
    with pytest.raises(ValueError, match="that is read-only"):
        f(POINTS, out=fixed)


def test_results_that_would_overlap_are_refused() -> None:
    f = asp.function(both, specialize="interpret")
    out = np.empty(42)
    with pytest.raises(ValueError, match="two arrays of 'out' overlap"):
        f(POINTS, 1.0, out=(out[:41], out[1:]))


SCRIPT = """
import asp, numpy as np
@asp.function(specialize={mode!r})
def f(x):
    return x * 2.0 + {salt}
print(f(np.ones(3)).tolist())
f.wait()
print(f.explain())
"""


def run_without_compiler(tmp_path: Path, mode: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(mode=mode, salt=0.5))
    environment = {**os.environ, "PATH": "", "ASP_CACHE_DIR": str(tmp_path / "cache")}
    environment.pop("CXX", None)
    environment["ASP_CXX"] = str(tmp_path / "no-such-compiler")
    return subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("mode", ["auto", "sync"])
def test_without_a_compiler_it_is_interpreted_and_says_why(tmp_path: Path, mode: str) -> None:
    ended = run_without_compiler(tmp_path, mode)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("[2.5, 2.5, 2.5]\n")
    assert "interpreted" in ended.stdout
    assert "runs interpreted, several times slower than compiled" in ended.stderr


def test_without_a_compiler_a_required_kernel_raises(tmp_path: Path) -> None:
    ended = run_without_compiler(tmp_path, "require")
    assert ended.returncode == 1
    assert "BackendError" in ended.stderr and "cannot be specialized" in ended.stderr

"""Stencils: every rung gives what the Python source gives."""

# Tests write stencils as users do, without annotations.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import asp
from asp.grid import Edge, dirichlet

Array = NDArray[np.float64]
MODES = ("sync", "interpret")
EDGES = ("none", "periodic", "neumann", dirichlet(0.25))
SHAPES = {1: (37,), 2: (9, 21), 3: (6, 7, 19)}


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape)


def close(a: Array, b: Array) -> bool:
    # One rounding or two apart: compiled kernels contract a * b + c.
    return bool(np.allclose(a, b, rtol=1e-13, atol=1e-14, equal_nan=True))


@asp.stencil
def heat(out, u, c, dt):
    for p in out.interior(1):
        out[p] = u[p] + dt * c[p] * (sum(u[q] for q in u.neighbors(p)) - 2 * len(out.shape) * u[p])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dimensions", SHAPES)
def test_a_sweep_over_the_interior_leaves_the_border(dimensions: int, mode: str) -> None:
    u, c = random(*SHAPES[dimensions]), random(*SHAPES[dimensions], seed=1)
    expected, out = np.full_like(u, 7.0), np.full_like(u, 7.0)
    heat(expected, u, c, 0.1, specialize="off")
    heat(out, u, c, 0.1, specialize=mode)
    assert close(out, expected)
    assert (out[0] == 7.0).all() and (out[..., -1] == 7.0).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edge", EDGES[1:], ids=repr)
@pytest.mark.parametrize("dimensions", SHAPES)
def test_what_is_read_outside_is_what_the_edge_says(
    dimensions: int, edge: Edge | str, mode: str
) -> None:
    @asp.stencil(edge=edge)
    def skewed(out, u):
        for p in out.points():
            q = p + (2,) if len(out.shape) == 1 else p - (1, 2) if len(out.shape) == 2 else p
            out[p] = u[q] - 0.5 * sum(u[r] for r in u.neighbors(p, 2))

    u = random(*SHAPES[dimensions])
    expected, out = np.zeros_like(u), np.zeros_like(u)
    skewed(expected, u, specialize="off")
    skewed(out, u, specialize=mode)
    assert close(out, expected)


@asp.stencil(edge="periodic", feeds={"u": "new"})
def burgers(new, u, dt):
    flux = u.like()
    fastest = 0.0
    for p in u.points():
        a, b = u[p], u[p + 1]
        speed = max(abs(a), abs(b))
        flux[p] = 0.25 * (a * a + b * b) - 0.5 * speed * (b - a)
    for p in u.points():
        new[p] = u[p] - dt * (flux[p] - flux[p - 1])
        fastest = max(fastest, abs(new[p]))
    return fastest


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 2, 7, 1023, 1024, 5000])
def test_loops_over_temporaries_follow_each_other(size: int, mode: str) -> None:
    u = random(size)
    expected, out = np.zeros_like(u), np.zeros_like(u)
    fastest = burgers(expected, u, 0.3, specialize="off")
    assert burgers(out, u, 0.3, specialize=mode) == pytest.approx(fastest, rel=1e-14)
    assert close(out, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("steps", [1, 2, 7, 20])
def test_steps_feed_what_was_written_into_what_is_read(steps: int, mode: str) -> None:
    u = random(300)
    before = u.copy()
    expected, out = np.zeros_like(u), np.zeros_like(u)
    burgers.iterate(steps, expected, u, 0.3, specialize="off")
    burgers.iterate(steps, out, u, 0.3, specialize=mode)
    # Rounding of each step adds up.
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-13)
    assert (u == before).all()


@pytest.mark.parametrize("mode", MODES)
def test_conservative_fluxes_conserve(mode: str) -> None:
    u = random(1000)
    out = np.zeros_like(u)
    burgers.iterate(50, out, u, 0.3, specialize=mode)
    assert out.sum() == pytest.approx(u.sum(), rel=1e-13)


@pytest.mark.parametrize("mode", MODES)
def test_border_and_interior_have_loops_of_their_own(mode: str) -> None:
    @asp.stencil
    def with_border(out, u, t):
        for p in out.interior((1, 2)):
            out[p] = 0.25 * (u[p + (1, 0)] + u[p - (1, 0)] + u[p + (0, 2)] + u[p - (0, 2)])
        for p in out.border((1, 2)):
            out[p] = t + p[0] / out.shape[0] - 2.0 * p[1]

    u = random(11, 13)
    expected, out = np.zeros_like(u), np.zeros_like(u)
    with_border(expected, u, 1.5, specialize="off")
    with_border(out, u, 1.5, specialize=mode)
    assert close(out, expected)


@pytest.mark.parametrize("mode", MODES)
def test_sums_and_extremes_are_returned(mode: str) -> None:
    @asp.stencil
    def statistics(u):
        total, low, high = 0.0, 1e300, -1e300
        for p in u.interior(1):
            total += u[p]
            low = min(low, u[p])
            high = max(high, u[p] - u[p - (0, 1)])
        return total, low, high

    u = random(40, 50)
    expected = statistics(u, specialize="off")
    # A sum of 2000 terms in another order.
    assert statistics(u, specialize=mode) == pytest.approx(expected, rel=1e-13)


def test_a_captured_number_is_read_at_every_call() -> None:
    factor = 2.0

    @asp.stencil
    def scale(out, u):
        for p in out.points():
            out[p] = factor * u[p]

    u, out = random(9), np.zeros(9)
    scale(out, u, specialize="sync")
    assert (out == 2.0 * u).all()
    factor = 3.0
    scale(out, u, specialize="sync")
    assert (out == 3.0 * u).all()


def test_views_are_read_and_written_where_they_are() -> None:
    big, u = np.zeros((20, 30)), random(20, 30)
    heat(big[2:9, 3:17], u[2:9, 3:17], np.ones((7, 14)), 0.1, specialize="sync")
    expected = np.zeros((7, 14))
    heat(expected, u[2:9, 3:17].copy(), np.ones((7, 14)), 0.1, specialize="off")
    assert close(big[2:9, 3:17], expected)
    outside = np.ones_like(big, dtype=bool)
    outside[2:9, 3:17] = False
    assert (big[outside] == 0.0).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (lambda u: (u.copy(), u.astype(np.float32), u, 0.1), TypeError, "'u'.*float32"),
        (lambda u: (u.copy(), u[:-1], u, 0.1), ValueError, r"'u'.*\(7, 9\).*\(8, 9\)"),
        (lambda u: (u.copy(), u[0], u, 0.1), ValueError, "'u'.*2 dimensions.*not 1"),
        (lambda u: (u.copy(), np.asfortranarray(u), u, 0.1), ValueError, "'u'.*stride"),
        (lambda u: (u, u, u.copy(), 0.1), ValueError, "'out'.*'u'"),
        (lambda u: (u.copy(), u, u.copy(), u), TypeError, "'dt'.*number"),
        (lambda u: (u.copy(), u, 1.0, 0.1), TypeError, "'c'.*array"),
        (lambda u: (read_only(u), u, u.copy(), 0.1), ValueError, "'out'.*read-only"),
        (lambda u: (u.copy(), u), TypeError, "misses.*'c'"),
    ],
)
def test_a_bad_argument_is_named(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        heat(*arguments(random(8, 9)), specialize="sync")


def read_only(u: Array) -> Array:
    out = u.copy()
    out.flags.writeable = False
    return out


def test_what_cannot_be_lowered_points_at_the_line() -> None:
    @asp.stencil
    def shifted(out, u):
        for p in out.interior(1):
            out[p] = u[p + 2]

    out, u = np.zeros(9), random(9)
    with pytest.raises(asp.InputError, match=r"test_stencil.py:\d+:\d+.*interior\(2\)") as caught:
        shifted(out, u, specialize="require")
    assert "^" in str(caught.value)


def test_other_threads_run_while_a_sweep_does() -> None:
    u = random(400_000)
    out = np.zeros_like(u)
    burgers.iterate(2, out, u, 0.3, specialize="sync")
    started, done = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        burgers.iterate(1000, out, u, 0.3, specialize="sync")  # one call
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    ticks = 0
    while not done.is_set():
        ticks += 1
        done.wait(1e-3)
    thread.join()
    assert ticks > 3  # one before and one behind it there would be if it held the interpreter


def test_a_kernel_shows_itself() -> None:
    u = random(8, 9)
    heat(u.copy(), u, u, 0.1, specialize="sync")
    assert "stencil" in heat.source
    assert "specialized" in heat.explain()


def test_which_field_feeds_which_is_asked_where_it_is_not_clear() -> None:
    u = random(8, 9)
    with pytest.raises(ValueError, match=r"heat: which field feeds which\?.*feeds=\{'u': 'out'\}"):
        heat.iterate(2, u.copy(), u, u, 0.1)
    with pytest.raises(ValueError, match="steps = 0: expected a whole number, at least 1"):
        burgers.iterate(0, random(9), random(9), 0.1)


def test_an_unknown_edge_is_refused_where_it_stands() -> None:
    with pytest.raises(ValueError, match="edge = 'wrap': expected one of 'none', 'periodic'"):
        asp.stencil(edge="wrap")


@asp.stencil
def backwards(u):
    for p in u.interior(1):
        u[p] = 0.5 * (u[p - 1] + u[p + 1])


@asp.stencil
def outside(out, u):
    for p in out.points():
        out[p] = u[p + 1]


@asp.stencil
def too_early(out, u):
    between = u.like()
    for p in out.points():
        out[p] = between[p]


@asp.stencil
def in_part(out, u):
    between = u.like()
    for p in out.interior(1):
        between[p] = u[p]
    for p in out.points():
        out[p] = between[p]


@asp.stencil
def in_part_beside(out, u):
    between = u.like()
    for p in out.interior(1):
        between[p] = u[p]
    for p in out.interior(1):
        out[p] = between[p + 1]


@pytest.mark.parametrize("mode", ["auto", *MODES])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (backwards, "'u' is written in this loop and read at another"),
        (outside, "'u' is read 1 point outside of the grid"),
        (too_early, "'between' is read before it is written"),
        (in_part, r"'between' is written in interior\(1\) only"),
        (in_part_beside, r"'between' is written in interior\(1\) only"),
    ],
)
def test_a_text_with_a_mistake_never_runs_as_something_else(
    wrong: asp.Stencil, message: str, mode: str
) -> None:
    fields = [random(9, seed=k) for k in range(len(wrong._names))]
    before = [field.copy() for field in fields]
    with pytest.raises(asp.LoweringError, match=message):
        wrong(*fields, specialize=mode)
    assert all((a == b).all() for a, b in zip(fields, before, strict=True))


def test_off_runs_a_text_as_python_whatever_it_says() -> None:
    u = random(9)
    expected = u.copy()
    for i in range(1, 8):
        expected[i] = 0.5 * (expected[i - 1] + expected[i + 1])
    backwards(u, specialize="off")
    assert (u == expected).all()


@pytest.mark.parametrize("mode", ["auto", "require"])
def test_a_callback_is_refused_with_its_place_also_through_a_function(mode: str) -> None:
    @asp.callback
    def measured(x):
        return np.sin(x)

    def doubled(x):
        return 2.0 * measured(x)

    @asp.stencil
    def direct(out, u):
        for p in out.points():
            out[p] = measured(u[p])

    @asp.stencil
    def indirect(out, u):
        for p in out.points():
            out[p] = doubled(u[p])

    u, out = random(5), np.zeros(5)
    for one, name, factor in ((direct, "measured", 1.0), (indirect, "doubled", 2.0)):
        said = f"'{name}' calls back into Python: only functions of asp.function can"
        if mode == "require":
            with pytest.raises(asp.LoweringError, match=said) as error:
                one(out, u, specialize=mode)
            assert str(error.value).endswith("^" + "~" * (len(name) - 1))
        else:
            with pytest.warns(asp.LoweringWarning, match=said):
                one(out, u)
            assert close(out, np.sin(u) * factor)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 3, 8, 67, 1025])
def test_extremes_leave_nan_out_as_python_does(size: int, mode: str) -> None:
    @asp.stencil
    def extremes(u):
        low, high = 5.0, -5.0
        for p in u.points():
            low = min(low, u[p])
            high = max(high, u[p])
        return low, high

    for bad in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        u = random(size)
        u[0], u[-1] = 2.0, -2.0
        u[bad] = np.nan
        assert extremes(u, specialize=mode) == extremes(u, specialize="off")


INTERRUPTED = """
import os, signal, threading, time
import numpy as np
import asp

@asp.stencil(edge="periodic", specialize="interpret")
def grow(new, u):
    for p in u.points():
        new[p] = u[p] + 1.0

u, new = np.zeros((60, 60)), np.zeros((60, 60))
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    grow.iterate(10**12, new, u)
except KeyboardInterrupt:
    print("interrupted")
print((new == new[0, 0]).all(), new[0, 0] > 0, (u == 0).all())
"""


def test_ctrl_c_ends_steps_behind_a_whole_one(tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,  # all its steps would take years
        check=True,
    )
    assert done.stdout.split() == ["interrupted", "True", "True", "True"]


def draw() -> float:
    while True:  # which no kernel has
        return 2.0


@asp.stencil(feeds={"u": "out"})
def doubled(out, u):
    for p in out.points():
        out[p] = draw() * u[p]


@asp.stencil
def doubled_without_feeds(out, u):
    for p in out.points():
        out[p] = draw() * u[p]


def test_what_no_kernel_has_runs_as_python_and_says_so() -> None:
    u, out = random(9), np.zeros(9)
    with pytest.warns(asp.LoweringWarning, match="doubled_without_feeds runs as Python"):
        doubled_without_feeds(out, u)
    assert (out == 2.0 * u).all()


@pytest.mark.filterwarnings("ignore::asp.LoweringWarning")
@pytest.mark.parametrize("mode", ["auto", "off"])
def test_steps_of_what_no_kernel_has_run_as_python(mode: str) -> None:
    u, out = random(9), np.zeros(9)
    doubled.iterate(3, out, u, specialize=mode)
    assert (out == 8.0 * u).all()
    with pytest.raises(ValueError, match=r"which field feeds which is not seen.*feeds="):
        doubled_without_feeds.iterate(3, out, u, specialize=mode)

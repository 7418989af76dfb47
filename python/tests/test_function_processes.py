"""Kernels among threads, forks and the end of the process."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import asp


@asp.function
def law(x, k=2.0):  # type: ignore[no-untyped-def]
    return np.exp(-x) * k + x


def reference(x: np.ndarray, k: float = 2.0) -> np.ndarray:
    return np.exp(-x) * k + x


# Vector functions of a few ulp; see prelude.hpp.
RTOL = 1e-14


def test_threads_share_a_function() -> None:
    points = np.linspace(0.0, 1.0, 300_000)
    wanted = reference(points)

    def work(seed: int) -> bool:
        part = points[: 1 + (seed * 7919) % len(points)]
        return bool(np.allclose(law(part), wanted[: len(part)], rtol=RTOL))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def test_threads_may_call_while_captured_numbers_change() -> None:
    factor = 1.0

    @asp.function(specialize="interpret")
    def f(x):  # type: ignore[no-untyped-def]
        return x * factor

    allowed = {2.0 * value for value in (1.0, 2.0, 3.0)}
    end = time.monotonic() + 1.0
    seen: set[float] = set()

    def call() -> None:
        while time.monotonic() < end:
            seen.add(f(2.0))

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        for factor in (1.0, 2.0, 3.0):
            pass
    for thread in threads:
        thread.join()
    assert seen <= allowed and seen


def test_other_threads_go_on_during_a_large_call() -> None:
    # One thread computes; this one counts. With the lock held, it would count next to nothing
    # during the call: it would be let in at its ends only.
    big = np.full(20_000_000, 0.5)
    out = np.empty_like(big)
    law(big[:10], specialize="interpret")
    marks: list[float] = []

    def compute() -> None:
        marks.append(time.perf_counter())
        law(big, out=out, specialize="interpret")
        marks.append(time.perf_counter())

    thread = threading.Thread(target=compute)
    thread.start()
    while len(marks) < 1:
        time.sleep(0)
    ticks = []
    while thread.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.0005)
    thread.join()
    inside = [tick for tick in ticks if marks[0] + 1e-3 < tick < marks[1] - 1e-3]
    assert len(inside) >= 5


def child_of_fork(connection: "multiprocessing.connection.Connection") -> None:
    points = np.linspace(0.0, 1.0, 200_000)
    small = np.allclose(law(points[:10]), reference(points[:10]), rtol=RTOL)
    large = np.allclose(law(points), reference(points), rtol=RTOL)

    @asp.function
    def fresh(x):  # type: ignore[no-untyped-def]
        return x * 5.0 + 0.0625

    first = fresh(2.0) == 10.0625
    fresh.wait()
    connection.send((small, large, first, fresh.provenance))
    connection.close()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_calls_what_its_parent_called(method: str) -> None:
    points = np.linspace(0.0, 1.0, 200_000)
    law(points)  # threads and a compile in the background are there when the child is made

    @asp.function
    def under_way(x):  # type: ignore[no-untyped-def]
        return x / 3.0 + 0.03125

    under_way(1.0)
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    child = context.Process(target=child_of_fork, args=(theirs,))
    child.start()
    assert ours.poll(60.0)
    assert ours.recv() == (True, True, True, "specialized")
    child.join(30.0)
    assert child.exitcode == 0


def test_a_pool_of_processes_maps_a_function() -> None:
    points = [np.full(5, float(i)) for i in range(8)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map(law, points)
    for result, x in zip(results, points, strict=True):
        assert np.allclose(result, reference(x), rtol=RTOL)


def run(script: Path, text: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    script.write_text(text)
    environment = {**os.environ, "ASP_CACHE_DIR": str(cache)}
    command = [sys.executable, "-X", "faulthandler", str(script)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


AT_ONCE = """
import sys, asp, numpy as np
@asp.function
def f(x):
    return np.sqrt(x) + 1.0
print(f(np.full(3, 4.0)).tolist())
{ending}
"""


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise SystemExit", 0),
        ("f.cycle = f; del f", 0),
        ("sys.modules['kept'] = f", 0),
        ("import threading; threading.Thread(target=f, args=(np.ones(10**6),)).start()", 0),
        ("import atexit; atexit.register(lambda: print(f(1.0)))", 0),
    ],
)
def test_a_script_may_end_while_a_compile_is_under_way(
    tmp_path: Path, ending: str, code: int
) -> None:
    ended = run(tmp_path / "script.py", AT_ONCE.format(ending=ending), tmp_path / "cache")
    assert ended.stdout.startswith("[3.0, 3.0, 3.0]\n")
    assert (ended.returncode, ended.stderr) == (code, "")


def test_an_interrupted_script_ends_as_python_does(tmp_path: Path) -> None:
    ending = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    ended = run(tmp_path / "script.py", AT_ONCE.format(ending=ending), tmp_path / "cache")
    assert ended.returncode in (-signal.SIGINT, 130)
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")


def test_what_one_process_compiled_the_next_one_loads(tmp_path: Path) -> None:
    ending = "f.wait(); print(f.explain())"
    texts = []
    for _ in range(2):
        ended = run(tmp_path / "script.py", AT_ONCE.format(ending=ending), tmp_path / "cache")
        assert (ended.returncode, ended.stderr) == (0, "")
        texts.append(ended.stdout)
    assert "from the disk" not in texts[0]
    assert "from the" in texts[1]


DAEMON = """
import threading, time
import numpy as np
import asp

@asp.callback
def same(x):
    return x

@asp.function(specialize="interpret")
def asking(x):
    for _ in range(60):
        x = np.exp(-x * x)
    return same(x)

@asp.function(specialize="interpret")
def long(x):
    for _ in range(60):
        x = np.exp(-x * x)
    return x

@asp.stencil(edge="periodic", specialize="interpret")
def moved(new, u):
    for p in u.points():
        new[p] = u[p - 1]

solve = asp.newton(lambda x, a: np.exp(x) - a, unknowns="x", specialize="interpret")
u, new = np.ones(300000), np.ones(300000)
calls = {{
    "asking": lambda: asking(u),
    "long": lambda: long(u),
    "iterate": lambda: moved.iterate(10**12, new, u),
    "newton": lambda: solve(u, u),
}}
entered = threading.Event()

def forever():
    entered.set()
    while True:
        calls["{call}"]()

threading.Thread(target=forever, daemon=True).start()
entered.wait()
time.sleep(0.3)
print("end", flush=True)
"""


@pytest.mark.parametrize("call", ["asking", "long", "iterate", "newton"])
def test_a_process_ends_while_a_daemon_thread_is_in_a_kernel(tmp_path: Path, call: str) -> None:
    ended = run(tmp_path / "script.py", DAEMON.format(call=call), tmp_path / "cache")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "end\n", "")

"""asp.bloodflow: what the program does, from Python."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import asp
from asp import bloodflow

from bloodflow_fork import config, network, short

WILLIS = "configs/willis.yaml"


def test_a_case_holds_what_the_files_say_in_si_units() -> None:
    case = bloodflow.load(config())
    trunk, left, _ = case.network.vessels
    assert (trunk.name, trunk.start, trunk.end) == ("trunk", 0, 1)
    assert trunk.length == pytest.approx(0.1, rel=1e-15)
    assert left.radius == pytest.approx((6e-3, 5e-3), rel=1e-15)
    assert case.network.blood.friction == pytest.approx(2 * 11 * math.pi * 0.004 / 1060, rel=1e-15)
    assert case.network.blood.momentum_correction == 1.1
    assert case.network.terminals[1].compliance == 1e-9
    assert case.network.ends(1) == [(0, True), (1, False), (2, False)]
    assert case.schedule.period == 0.8


def test_cells_and_faces_have_the_walls_of_their_places() -> None:
    case = bloodflow.load(config())
    left = case.network.vessel("left")
    assert (left.cells, left.cell_length) == (16, pytest.approx(5e-3, rel=1e-15))
    radius = 6e-3 - 1e-3 * (np.arange(16) + 0.5) / 16
    cells = case.cells
    # rel: rounding of some five operations
    area = cells.reference_area[left.cell_range]
    np.testing.assert_allclose(area, np.pi * radius**2, rtol=1e-14)
    beta = np.sqrt(np.pi) * cells.thickness * cells.young_modulus
    beta /= (1 - cells.poisson_ratio**2) * cells.reference_area
    np.testing.assert_allclose(cells.stiffness, beta, rtol=1e-14)
    assert len(case.faces.vessel) == len(cells.vessel) + 3
    first = case.faces.position[case.faces.vessel == 1]
    np.testing.assert_allclose(first, np.linspace(0, 0.08, 17), atol=1e-17)


def test_an_inlet_gives_its_flow_at_any_time() -> None:
    inlet = bloodflow.load(config()).inlets[0]
    assert inlet(0.15) == pytest.approx(1e-4, rel=1e-14)
    times = np.array([[0.0, 0.1], [0.9, 0.5]])
    expected = np.where(times % 0.8 < 0.3, 1e-4 * np.sin(np.pi * (times % 0.8) / 0.3), 0.0)
    np.testing.assert_allclose(inlet(times), expected, atol=1e-18)


def test_the_start_is_the_steady_flow() -> None:
    case = bloodflow.load(config())
    start, steady = case.start(), case.steady()
    trunk = case.network.vessel("trunk")
    # rel: A (Q/A) is rounded twice
    np.testing.assert_allclose(start.flow[trunk.cell_range], steady.flow[0], rtol=1e-15)
    assert steady.flow[0] == pytest.approx(steady.flow[1] + steady.flow[2], rel=1e-12)
    assert steady.inlet_pressure()[1] == steady.outlet_pressure()[0]


def test_steps_of_the_solver_agree_with_the_plain_reference() -> None:
    case = bloodflow.load(config(numerics={"cell_length_mm": 5, "local_time_stepping": False}))
    native, plain = case.solver(specialize="interpret"), case.solver(backend="reference")
    dt = 0.5 * native.stable_step()
    for solver in (native, plain):
        solver.advance(dt, 50)
    assert native.time == pytest.approx(50 * dt, rel=1e-12)
    # The kernel's inverse square root is wrong by up to 2e-3 of the jumps between cells, and these
    # are the second differences of the state: some 1e-4 of it where the wave begins.
    np.testing.assert_allclose(native.state.area, plain.state.area, rtol=1e-5)
    np.testing.assert_allclose(native.state.velocity, plain.state.velocity, atol=1e-5)
    moved = np.abs(plain.state.velocity - case.start().velocity).max()
    assert moved > 1e-2  # else it says nothing


def test_a_solver_goes_on_from_a_state_that_was_kept() -> None:
    solver = bloodflow.load(config()).solver(specialize="interpret")
    dt = 0.5 * solver.stable_step()
    solver.advance(dt, 3)
    kept = solver.state
    solver.advance(dt, 5)
    once = solver.state
    solver.state = kept
    solver.advance(dt, 5)
    np.testing.assert_array_equal(solver.state.area, once.area)
    with pytest.raises(ValueError, match=r"state.area has shape \(2,\); expected \(48,\)"):
        solver.state = bloodflow.State(0.0, np.ones(2), np.ones(2), np.ones(2))


def test_a_step_that_is_too_long_blows_up_with_a_reason() -> None:
    solver = bloodflow.load(config()).solver(specialize="interpret")
    with pytest.raises(bloodflow.BlowUp, match="trunk|fork|heart|left|right"):
        for _ in range(20):
            solver.advance(1.0)
            solver.stable_step()


def test_check_lists_every_complaint(tmp_path: Path) -> None:
    assert bloodflow.check(WILLIS) == []
    assert bloodflow.check("meshes/willis-alastruey2007.yaml") == []
    wrong = tmp_path / "run.yaml"
    text = {"numerics": {"cfl": 2}, "network": os.path.abspath("meshes/willis-alastruey2007.yaml")}
    wrong.write_text(json.dumps(text))
    complaints = bloodflow.check(wrong)
    assert any("numerics.cfl = 2: expected at most 0.95" in line for line in complaints)
    assert any("inlets: missing" in line for line in complaints)


def test_a_run_converges_and_gives_waveforms() -> None:
    results = bloodflow.run(config(), specialize="interpret")
    assert results.status == "converged"
    assert list(results) == ["trunk", "left", "right"]
    assert results.cycles[-1].remaining_error < 1e-3
    trunk = results["trunk"]
    assert trunk.pressure.shape == trunk.flow.shape == (3, 100) and results.time.shape == (100,)
    np.testing.assert_array_equal(trunk.velocity, trunk.flow / trunk.area)
    # The inlet lets in what the heart ejects, to Newton's tolerance at the node.
    np.testing.assert_allclose(trunk.flow[0], results.case.inlets[0](results.time), atol=1e-12)
    assert results.summary["results"]["vessels"]["trunk"]["mean_flow_ml_s"] == pytest.approx(
        1e6 * trunk.flow[1].mean(), rel=1e-12
    )
    assert "built-in kernels" in results.provenance
    assert "fork" in results.report() and "converged after" in results.report()


def test_a_dictionary_and_files_are_the_same_run(tmp_path: Path) -> None:
    (tmp_path / "network.yaml").write_text(json.dumps(network()))
    (tmp_path / "run.yaml").write_text(json.dumps(short(network="network.yaml")))
    by_file = bloodflow.run(tmp_path / "run.yaml", specialize="interpret", threads=1)
    by_dict = bloodflow.run(short(), specialize="interpret", threads=1)
    np.testing.assert_array_equal(by_file["left"].pressure, by_dict["left"].pressure)
    changed = bloodflow.run(
        tmp_path / "run.yaml", set={"numerics.cell_length_mm": 4}, specialize="interpret"
    )
    assert changed.network.vessel("left").cells == 20


def test_faults_in_a_dictionary_name_the_key() -> None:
    with pytest.raises(asp.InputError, match=r"config:\d+: numerics.cell_lenght_mm: unknown key"):
        bloodflow.load(config(numerics={"cell_lenght_mm": 5}))
    with pytest.raises(asp.InputError, match="config: .* is a function; expected what YAML"):
        bloodflow.load(config(numerics={"cell_length_mm": test_check_lists_every_complaint}))
    with pytest.raises(ValueError, match="backend = 'gpu': expected one of auto, cpu, reference"):
        bloodflow.run(short(), backend="gpu")
    with pytest.raises(ValueError, match="specialize = 'fast': expected one of auto, sync"):
        bloodflow.run(short(), specialize="fast")
    with pytest.raises(ValueError, match="threads = 0: expected at least 1"):
        bloodflow.run(short(), threads=0)


def test_a_run_that_fails_says_where_and_why() -> None:
    flow = {"type": "constant", "flow_ml_s": 20000}
    start = {"mode": "transient", "duration_s": 0.05, "start": "rest"}
    wild = config(inlets=[{"node": "heart", "flow": flow}], run=start, output={})
    results = bloodflow.run(wild, specialize="interpret")
    assert results.status == "failed" and "trunk" in results.failure


def test_results_are_saved_as_the_program_writes_them(tmp_path: Path) -> None:
    results = bloodflow.run(short(), specialize="interpret")
    files = results.save(tmp_path / "out")
    assert [file.name for file in files] == ["results.h5", "report.svg"]
    assert all(file.stat().st_size > 1000 for file in files)


def test_a_run_goes_on_from_its_file(tmp_path: Path) -> None:
    bloodflow.run(short(0.02), output=tmp_path, specialize="interpret", threads=1)
    resumed = bloodflow.run(
        short(0.04), resume=tmp_path / "results.h5", specialize="interpret", threads=1
    )
    whole = bloodflow.run(short(0.04), specialize="interpret", threads=1)
    np.testing.assert_array_equal(resumed["left"].flow, whole["left"].flow)


def test_waveforms_become_an_xarray_dataset() -> None:
    pytest.importorskip("xarray")
    results = bloodflow.run(short(), specialize="interpret")
    data = results.to_xarray()
    at_end = data.pressure.sel(vessel="left", place="outlet")
    np.testing.assert_array_equal(at_end, results["left"].pressure[2])
    assert data.flow.attrs["units"] == "m^3/s"


def test_progress_is_told_and_may_end_the_run() -> None:
    told: list[tuple[int, float]] = []
    bloodflow.run(config(), specialize="interpret", progress=lambda c, p: told.append((c, p)))
    assert told[0][0] == 1 and told[-1][0] > 1
    assert all(0.0 <= part <= 1.0 + 1e-12 for _, part in told)

    def refuse(cycle: int, part: float) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough") as error:
        bloodflow.run(config(), specialize="interpret", progress=refuse)
    assert "refuse" in [entry.name for entry in error.traceback]


def test_other_threads_run_meanwhile() -> None:
    long = short(0.5, numerics={"cell_length_mm": 0.5})
    done, counts = threading.Event(), [0]

    def count() -> None:
        while not done.is_set():
            counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counts[0]
    bloodflow.run(long, specialize="interpret", threads=1, progress=False)
    during = counts[0] - before
    done.set()
    thread.join()
    assert during > 1000  # with the GIL held it would not have counted at all


INTERRUPTED = """
import os, signal, sys, threading, time
sys.path.insert(0, sys.argv[1])
import asp
from bloodflow_fork import short

def interrupt(cycle, part):
    if part > 0:
        os.kill(os.getpid(), signal.SIGINT)

try:
    asp.bloodflow.run(short(1000.0), output=sys.argv[2], specialize="interpret", progress=interrupt)
except KeyboardInterrupt as error:
    print(type(error).__name__, error.results.status, 0 < error.results.time[-1] < 1000)
"""


def test_ctrl_c_ends_a_run_at_its_next_step_with_valid_files(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, here, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["Interrupted", "interrupted", "True"]
    file = tmp_path / "results.h5"
    more = {"run.duration_s": 0.02}
    resumed = bloodflow.run(short(1000.0), set=more, resume=file, specialize="interpret")
    assert resumed.status == "converged" and resumed.time[0] == 0.0


def test_a_handler_of_the_users_is_obeyed() -> None:
    class Stop(Exception):
        pass

    def stop(number: int, frame: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with pytest.raises(Stop):
            bloodflow.run(
                short(1000.0),
                specialize="interpret",
                progress=lambda cycle, part: os.kill(os.getpid(), signal.SIGUSR1),
            )
    finally:
        signal.signal(signal.SIGUSR1, before)

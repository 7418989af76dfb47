"""The examples run, agree with what they compare themselves with, and say how fast they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).parents[2]
examples = root / "python" / "examples"


def output_of(name: str, *arguments: str) -> str:
    """What a person sees who starts the example from the project's folder."""
    done = subprocess.run(
        [sys.executable, examples / name, *arguments],
        cwd=root,
        env={**os.environ, "ASP_SPECIALIZE": "auto"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def number_in(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


def test_heat_in_a_plate() -> None:
    text = output_of("heat_stencil.py", "--size", "200", "--steps", "100")
    assert number_in(text, r"largest difference from its own Python: (\S+)") < 1e-12
    number_in(text, r"as Python .* ns, (\d+) times as long")  # how many is no test's matter


@pytest.mark.parametrize("specialize", ["sync", "interpret"])
def test_the_circle_of_willis_agrees_with_bloodflow(specialize: str) -> None:
    text = output_of("circle_of_willis.py", "--steps", "200", "--specialize", specialize)
    # bloodflow's fluxes take an approximate root for the difference between two states, 2e-3 of it.
    assert number_in(text, r"areas differ by (\S+) of themselves") < 2e-5


def test_the_circle_of_willis_is_its_own_reference() -> None:
    text = output_of("circle_of_willis.py", "--steps", "2", "--specialize", "off")
    assert number_in(text, r"areas differ by (\S+) of themselves") < 2e-5


def test_the_circle_of_willis_is_short() -> None:
    assert len((examples / "circle_of_willis.py").read_text().splitlines()) <= 250


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(examples / "willis.ipynb", as_version=4)
    # Its kernel is a process of its own: this Python, with what this process finds.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(examples)}}
    ).execute()
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1


def test_powers_beside_scipy_and_a_preconditioner() -> None:
    text = output_of("akx.py", "--size", "20", "--k", "4", "--degree", "6")
    # |A| is 1: four products of seven terms of up to 5
    assert number_in(text, r"largest difference from scipy: (\S+)") < 1e-14
    assert "same bits as plain products: True" in text
    number_in(text, r"plan.powers: .* ns, (\S+) times as fast")  # how many is no test's matter
    alone = number_in(text, r"alone +(\d+) steps")
    assert 3 * number_in(text, r"polynomial +(\d+) steps") < alone


def test_a_mixture_of_unknown_size_is_found_and_drawn() -> None:
    text = output_of("gmm_quickstart.py", "--samples", "3000")
    assert re.search(r"^ +4 +\S+  <$", text, re.MULTILINE)  # as many clouds as there are
    for letter, share in zip("abcd", (0.4, 0.3, 0.2, 0.1)):
        found = number_in(text, rf"(?m)^  {letter} +(\d\.\d\d) +-?\d")
        assert abs(found - share) < 0.03  # three standard errors of a share of 3000 points
        assert text.count(letter) > 20
    # rounding, of 20 iterations in double precision
    assert number_in(text, r"log-likelihoods of a sample differ by (\S+)") < 1e-9

"""The examples of solvers, callbacks and laws run, and say what they are to show."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_newton_batch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    load("newton_batch", monkeypatch).main(systems=1000)
    shown = capsys.readouterr().out
    assert "1000 pipes" in shown and "asp.newton, 10 at a time" in shown


def test_callback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    load("callback", monkeypatch).main(points=3000)
    shown = capsys.readouterr().out
    assert "asp.callback" in shown and "one point" in shown


def test_tube_law(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    load("tube_law", monkeypatch).main(cell_length=10.0, points=1000)
    shown = capsys.readouterr().out
    assert "systolic pressure: elastic" in shown and "asp.function" in shown

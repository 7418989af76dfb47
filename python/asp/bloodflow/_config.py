"""What a caller gives: a run as a file or a dictionary, changes to it, functions in it."""

from __future__ import annotations

import inspect
import json
import os
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from .._errors import warn
from .._lowering import lower

Config = str | os.PathLike[str] | Mapping[str, Any]
Overrides = Mapping[str, Any] | Iterable[str] | None
Law = Callable[..., float]
Inflow = Callable[[float], float]


@dataclass(frozen=True)
class Functions:
    """Python functions in place of a run file's formulas; None: as the file has it."""

    tube_law: Law | None = None
    friction: Law | None = None
    inflow: Inflow | Mapping[str, Inflow] | None = None


def open_case(config: Config, overrides: Overrides, functions: Functions) -> _native.BloodflowCase:
    """Reads a run, solves its steady start and makes its mesh."""
    inflow = functions.inflow
    if inflow is None:
        inflow = {}
    elif not isinstance(inflow, Mapping):
        inflow = {"": inflow}
    with Notices() as notices:
        return _native.bloodflow_open(
            run_text(config),
            override_lines(overrides),
            physics(functions),
            {node: sampled(function) for node, function in inflow.items()},
            notices.say,
        )


def run_text(config: Config) -> str | _native.BloodflowText:
    """The path of a run file, or the text that a dictionary stands for."""
    if not isinstance(config, Mapping):
        return os.fspath(config)
    network = config.get("network")
    if not isinstance(network, Mapping):
        return _native.BloodflowText("config", _as_yaml("config", config), None)
    rest = {key: value for key, value in config.items() if key != "network"}
    rest["network"] = "network"
    return _native.BloodflowText("config", _as_yaml("config", rest), _as_yaml("network", network))


def _as_yaml(name: str, value: object) -> str:
    try:
        return json.dumps(value, indent=1, allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise _native.InputError(f"{name}: {error}; expected what YAML can hold") from None


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{value!r} is a {type(value).__name__}")


def override_lines(overrides: Overrides) -> list[str]:
    """ "key=value" for each; a value is a Python value, or YAML text where it is a string."""
    if overrides is None:
        return []
    if isinstance(overrides, str):
        raise TypeError(f"set = {overrides!r}: expected a dictionary, or a list: [{overrides!r}]")
    if not isinstance(overrides, Mapping):
        return list(overrides)
    return [f"{key}={_override(key, value)}" for key, value in overrides.items()]


def _override(key: str, value: object) -> str:
    return value if isinstance(value, str) else " ".join(_as_yaml(key, value).split())


def physics(functions: Functions) -> _native.BloodflowFunctions:
    """The laws, lowered to formulas.

    Raises
    ------
    LoweringError
        Names what cannot be lowered, with file, line and caret.
    """
    laws = _native.BloodflowFunctions()
    if functions.tube_law is not None:
        known = _native.bloodflow_tube_law_symbols()
        laws.set_tube_law(lower(functions.tube_law, known)[0], text_of(functions.tube_law))
    if functions.friction is not None:
        known = _native.bloodflow_friction_symbols()
        laws.set_friction(lower(functions.friction, known)[0], text_of(functions.friction))
    return laws


def text_of(function: Callable[..., Any]) -> str:
    """Its source, for the record of a run; its name where there is none."""
    plain = getattr(function, "python", function)
    try:
        return textwrap.dedent(inspect.getsource(plain)).strip()
    except (OSError, TypeError):
        return str(getattr(plain, "__name__", plain))


def sampled(inflow: Inflow) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A function of one moment as one of many."""

    def at(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([float(inflow(t)) for t in times.tolist()])

    return at


class Notices:
    """Collects what a run has to say that ends nothing, and gives it out as warnings."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def __enter__(self) -> Notices:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self.lines:
            warn(line, RuntimeWarning)

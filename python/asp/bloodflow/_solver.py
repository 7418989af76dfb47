"""bloodflow's time steps, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .. import _native
from .._modes import checked_threads, native_mode
from ._config import Notices
from ._modes import is_reference

Array = NDArray[np.float64]


def _none() -> Array:
    return np.empty(0)


@dataclass(frozen=True)
class State:
    """All that the next step depends on, in the network's order.

    Attributes
    ----------
    time : [s]
    area, velocity : [cells] A [m^2], u = Q/A [m/s]
    terminal_state : [terminals] capacitor pressure [Pa], or a formula's state; 0 where none
    end_unknown : [2 vessels] A^(1/4) at inlet and outlet [m^(1/2)]; empty: to be found from cells
    end_velocity : [2 vessels] [m/s]
    head : [nodes] potential, total or static [m^2/s^2]
    """

    time: float
    area: Array
    velocity: Array
    terminal_state: Array
    end_unknown: Array = field(default_factory=_none)
    end_velocity: Array = field(default_factory=_none)
    head: Array = field(default_factory=_none)

    @property
    def flow(self) -> Array:
        """[cells] Q [m^3/s]"""
        return self.area * self.velocity


class Solver:
    """Advances a case in time; begins at its start."""

    def __init__(
        self, case: _native.BloodflowCase, *, backend: str, specialize: str | None, threads: int
    ) -> None:
        self._case = case
        reference, mode = is_reference(backend), native_mode(specialize)
        harts = checked_threads(threads)
        with Notices() as notices:
            self._native = _native.BloodflowSolver(case, reference, mode, harts, notices.say)

    @property
    def time(self) -> float:
        """[s]"""
        return self._native.time

    @property
    def kernel(self) -> str:
        """How its kernels came to be, in words."""
        return self._native.description

    def stable_step(self) -> float:
        """Largest stable step [s] from the present state. Raises `BlowUp` where there is none."""
        return self._native.stable_step()

    def advance(self, dt: float, steps: int = 1) -> None:
        """Takes steps of `dt` [s], at most the stable step; releases the GIL.

        A vessel of level l takes 2**l steps for each of them. Raises `BlowUp` where a node has no
        solution.
        """
        self._native.advance(dt, steps)

    @property
    def state(self) -> State:
        """A copy of the present state."""
        return State(**self._native.state())

    @state.setter
    def state(self, state: State) -> None:
        cells = len(self._case.start()["area"])
        for name in ("area", "velocity"):
            shape = getattr(state, name).shape
            if shape != (cells,):
                raise ValueError(f"state.{name} has shape {shape}; expected ({cells},)")
        self._native.load(
            state.time,
            state.area,
            state.velocity,
            state.terminal_state,
            state.end_unknown,
            state.end_velocity,
            state.head,
        )

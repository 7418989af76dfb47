"""Networks and what follows from a run file: mesh, walls, inflow, the state at the start."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from ._config import Config, Functions, Inflow, Law, Overrides, open_case, override_lines
from ._solver import Solver, State

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """Where vessels end.

    Attributes
    ----------
    position : [m]
    total_pressure : p + rho u^2/2 is the same in all vessels that meet, else p
    loss_coefficient : minor loss, in velocity heads of a branch
    """

    name: str
    position: tuple[float, float, float]
    total_pressure: bool
    loss_coefficient: float


@dataclass(frozen=True)
class Vessel:
    """One arterial segment; pairs are (at its inlet, at its outlet), linear between them.

    Attributes
    ----------
    start, end : numbers of its nodes; flow from `start` to `end` is positive
    length : [m]
    radius : [m] at the reference pressure
    wall_thickness : [m]
    young_modulus, reference_pressure : [Pa]
    cells : number of cells, each of `cell_length` [m]
    first_cell : place of its cells in arrays of all cells, see `cell_range`
    level : it takes 2**level steps while a vessel of level 0 takes one
    """

    name: str
    start: int
    end: int
    length: float
    radius: tuple[float, float]
    wall_thickness: tuple[float, float]
    young_modulus: tuple[float, float]
    poisson_ratio: float
    reference_pressure: float
    cells: int
    cell_length: float
    first_cell: int
    level: int

    @property
    def cell_range(self) -> slice:
        """Its cells in arrays of all cells."""
        return slice(self.first_cell, self.first_cell + self.cells)


@dataclass(frozen=True)
class Terminal:
    """What lies behind an outlet.

    Attributes
    ----------
    node : number of the node
    kind : "closed"; "resistance", p = p_distal + R Q; "windkessel", p = p_C + R_proximal Q with
        C dp_C/dt = Q - (p_C - p_distal)/R_distal; "reflection"; "formula"
    proximal_resistance, distal_resistance : [Pa s/m^3]; total R of a resistance is their sum
    compliance : [m^3/Pa]
    distal_pressure : [Pa]
    reflection_coefficient : of pressure, relative to the reference state
    """

    node: int
    kind: str
    proximal_resistance: float
    distal_resistance: float
    compliance: float
    distal_pressure: float
    reflection_coefficient: float


@dataclass(frozen=True)
class Inlet:
    """Flow fed into a node; call it with times [s] for the flow [m^3/s].

    Attributes
    ----------
    node : number of the node
    period : [s], None where the flow does not repeat
    mean : [m^3/s] over a period
    """

    node: int
    period: float | None
    mean: float
    _case: _native.BloodflowCase = field(repr=False, compare=False)
    _number: int = field(repr=False, compare=False)

    def __call__(self, time: ArrayLike) -> Any:
        """Flow [m^3/s] at a time or an array of times [s], of the same shape."""
        return self._case.inflow(self._number, np.asarray(time, dtype=np.float64))


@dataclass(frozen=True)
class Blood:
    """A Newtonian fluid whose velocity profile is u (zeta + 2)/zeta (1 - (r/R)^zeta).

    Attributes
    ----------
    density : [kg/m^3]
    viscosity : [Pa s]
    profile_exponent : zeta
    momentum_correction : alpha, so that the momentum flux is alpha Q^2/A
    friction : K [m^2/s], so that dQ/dt = -K Q/A
    """

    density: float
    viscosity: float
    profile_exponent: float
    momentum_correction: float
    friction: float


@dataclass(frozen=True)
class Numerics:
    """How the equations are solved.

    Attributes
    ----------
    cell_length : [m] asked for; each vessel has its own, which divides its length
    levels : of time steps; 1: all vessels take the same step
    smooth_fraction, smooth_velocity : changes from cell to cell below which nothing is limited, of
        sqrt(A) relative to itself and of u [m/s]
    """

    cell_length: float
    min_cells: int
    cfl: float
    local_time_stepping: bool
    levels: int
    smooth_fraction: float
    smooth_velocity: float


@dataclass(frozen=True)
class Schedule:
    """How far a run goes: to the periodic state ("periodic") or for a time ("transient").

    Attributes
    ----------
    period, duration : [s], 0 in the other mode
    sample_interval : [s] of a transient run's waveforms
    """

    mode: str
    period: float
    duration: float
    tolerance: float
    max_cycles: int
    samples_per_cycle: int
    sample_interval: float


@dataclass(frozen=True)
class Places:
    """Where cells or faces lie and what wall they have; all arrays are [places], in vessel order.

    Attributes
    ----------
    vessel : its number
    position : [m] from the vessel's inlet
    reference_area : A0 [m^2]
    stiffness : beta [Pa/m], p = reference_pressure + beta (sqrt(A) - sqrt(A0)) of an elastic wall
    reference_pressure : [Pa]
    thickness, young_modulus, poisson_ratio : h [m], E [Pa], nu
    elevation : potential of the height [m^2/s^2], 0 without gravity
    """

    vessel: NDArray[np.int32]
    position: Array
    reference_area: Array
    stiffness: Array
    reference_pressure: Array
    thickness: Array
    young_modulus: Array
    poisson_ratio: Array
    elevation: Array


@dataclass(frozen=True)
class Network:
    """Vessels between nodes, and what lies behind their ends."""

    name: str
    origin: str
    gravity: tuple[float, float, float]
    blood: Blood
    nodes: tuple[Node, ...]
    vessels: tuple[Vessel, ...]
    terminals: tuple[Terminal, ...]

    def vessel(self, name: str) -> Vessel:
        """The vessel of that name. Raises `KeyError`."""
        for vessel in self.vessels:
            if vessel.name == name:
                return vessel
        raise KeyError(f"{name!r}: expected one of {', '.join(v.name for v in self.vessels)}")

    def ends(self, node: int) -> list[tuple[int, bool]]:
        """Ends of vessels at a node: (vessel, True at its outlet), in the order of the vessels."""
        found = [(v, False) for v, vessel in enumerate(self.vessels) if vessel.start == node]
        found += [(v, True) for v, vessel in enumerate(self.vessels) if vessel.end == node]
        return sorted(found)


@dataclass(frozen=True)
class Steady:
    """Steady flow through a network under its inlets' mean flows.

    Attributes
    ----------
    flow : [vessels] m^3/s
    pressure : [nodes] static, Pa
    residual : largest imbalance of a node over the largest flow
    """

    network: Network
    flow: Array
    pressure: Array
    iterations: int
    residual: float

    def inlet_pressure(self) -> Array:
        """[vessels] Pa"""
        return self.pressure[[v.start for v in self.network.vessels]]

    def outlet_pressure(self) -> Array:
        """[vessels] Pa"""
        return self.pressure[[v.end for v in self.network.vessels]]


class Case:
    """A run that has been read: its network, its mesh, and all that its solver starts from."""

    def __init__(self, native: _native.BloodflowCase) -> None:
        self._native = native

    @cached_property
    def network(self) -> Network:
        native = self._native
        return Network(
            native.name,
            native.origin,
            native.gravity,
            Blood(**native.blood()),
            tuple(Node(**node) for node in native.nodes()),
            tuple(Vessel(**vessel) for vessel in native.vessels()),
            tuple(Terminal(**terminal) for terminal in native.terminals()),
        )

    @cached_property
    def inlets(self) -> tuple[Inlet, ...]:
        inlets = enumerate(self._native.inlets())
        return tuple(Inlet(**inlet, _case=self._native, _number=i) for i, inlet in inlets)

    @cached_property
    def numerics(self) -> Numerics:
        return Numerics(**self._native.numerics())

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(**self._native.schedule())

    @cached_property
    def cells(self) -> Places:
        """The middles of all cells; a vessel's are at its `cell_range`."""
        return Places(**self._native.cells())

    @cached_property
    def faces(self) -> Places:
        """The faces of all cells: in each vessel one more than it has cells."""
        return Places(**self._native.faces())

    def start(self) -> State:
        """The state that a run begins with; the ends of vessels follow from its cells."""
        return State(**self._native.start())

    def steady(self) -> Steady:
        """Steady flow under the inlets' mean flows. Raises `InputError` where there is none."""
        return Steady(self.network, **self._native.steady())

    def solver(
        self, *, backend: str = "auto", specialize: str | None = None, threads: int = 1
    ) -> Solver:
        """bloodflow's own solver at the start of the run, to be advanced step by step.

        Parameters
        ----------
        backend : "auto", "cpu" (vectorized kernels) or "reference" (the plain implementation)
        specialize : see `run`
        threads : harts that it keeps for its life
        """
        return Solver(self._native, backend=backend, specialize=specialize, threads=threads)

    def __repr__(self) -> str:
        vessels, cells = len(self.network.vessels), len(self.cells.vessel)
        return f"<Case {self.network.name}: {vessels} vessels, {cells} cells>"


def load(
    config: Config,
    *,
    set: Overrides = None,
    tube_law: Law | None = None,
    friction: Law | None = None,
    inflow: Inflow | dict[str, Inflow] | None = None,
) -> Case:
    """Reads a run and the network that it names. The arguments are those of `run`.

    Raises
    ------
    InputError
        All complaints about both files.
    """
    return Case(open_case(config, set, Functions(tube_law, friction, inflow)))


def check(path: str | os.PathLike[str], *, set: Overrides = None) -> list[str]:
    """Complaints about a run file or a network file, as `bloodflow check` has them.

    Returns
    -------
    list of str
        One for each fault, with file, line and what was expected; empty where the file is good.
    """
    return _native.bloodflow_complaints(os.fspath(path), override_lines(set))


def steady(config: Config, *, set: Overrides = None) -> Steady:
    """Steady flow under the inlets' mean flows, as `bloodflow steady` has it.

    Raises
    ------
    InputError
        The files are wrong, or there is no steady flow.
    """
    # A run that starts at rest has a steady flow too; one that cannot start with it says so here.
    return load(config, set=set).steady()

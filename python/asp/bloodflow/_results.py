"""What a run leaves behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from ._case import Case, Network

Array = NDArray[np.float64]
PLACES = ("inlet", "middle", "outlet")


@dataclass(frozen=True)
class Waveforms:
    """One vessel over time; all arrays are [3, samples]: at its inlet, middle and outlet.

    Attributes
    ----------
    area : [m^2]
    flow : [m^3/s]
    velocity : [m/s]
    pressure : [Pa]
    """

    area: Array
    flow: Array
    velocity: Array
    pressure: Array


@dataclass(frozen=True)
class Fields:
    """Whole fields, where the run file asks for them.

    Attributes
    ----------
    time : [samples] s
    area, flow : [samples, cells] m^2, m^3/s, in single precision
    """

    time: Array
    area: NDArray[np.float32]
    flow: NDArray[np.float32]


@dataclass(frozen=True)
class Cycle:
    """How far one cycle was from the one before.

    Attributes
    ----------
    pressure_change : largest over all cells, over the vessel's pulse pressure
    flow_change : largest over all cells, over the vessel's largest flow
    mass_drift : change of the volume held, over the volume pumped
    remaining_error : estimated distance from the periodic state, in the same measures
    extrapolated : the next cycle started from an extrapolated state
    seconds : wall time
    steps : of level 0
    """

    cycle: int
    pressure_change: float
    flow_change: float
    mass_drift: float
    remaining_error: float
    extrapolated: bool
    seconds: float
    steps: int


class Results(Mapping[str, Waveforms]):
    """A run's results: waveforms by the vessel's name, and how the run went.

    A periodic run keeps the latest cycle, a transient one all of its time.
    """

    def __init__(self, native: _native.BloodflowOutcome, case: Case) -> None:
        self._native = native
        self.case = case

    @property
    def network(self) -> Network:
        return self.case.network

    @property
    def status(self) -> str:
        """ "converged" (or done), "not_converged", "interrupted" or "failed"."""
        return self._native.status

    @property
    def failure(self) -> str:
        """Why the run failed: vessel, place, time and likely cause; empty where it did not."""
        return self._native.failure

    @cached_property
    def time(self) -> Array:
        """[samples] s"""
        return self._native.time()

    def __getitem__(self, vessel: str) -> Waveforms:
        number = self.network.vessels.index(self.network.vessel(vessel))
        return Waveforms(**self._native.series(number))

    def __iter__(self) -> Iterator[str]:
        return (vessel.name for vessel in self.network.vessels)

    def __len__(self) -> int:
        return len(self.network.vessels)

    @cached_property
    def fields(self) -> Fields:
        """Of no samples where the run file asks for none."""
        return Fields(**self._native.fields())

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        return tuple(Cycle(**cycle) for cycle in self._native.cycles())

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run in numbers, as `bloodflow --summary` writes it."""
        summary: dict[str, Any] = json.loads(self._native.summary())
        return summary

    @property
    def provenance(self) -> str:
        """How the kernels came to be: rung of the ladder, wall, instruction set."""
        return self._native.kernel

    @property
    def source(self) -> str:
        """C++ of the kernels that were made for this run; empty where none were."""
        return self._native.source

    def report(self, *, colour: bool = False) -> str:
        """The run at a glance, as the program shows it at its end."""
        return self._native.report(colour)

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Writes what the program writes: results.h5, report.svg and the tubes for ParaView.

        Raises
        ------
        BackendError
            A file cannot be written.
        """
        return self._native.save(os.fspath(folder))

    def to_xarray(self) -> Any:
        """Waveforms as an `xarray.Dataset`.

        Variables area [m^2], flow [m^3/s], velocity [m/s] and pressure [Pa] over the dimensions
        (vessel, place, time).
        """
        try:
            import xarray
        except ImportError:
            raise ImportError("to_xarray needs xarray: pip install xarray") from None
        all_of = [self[name] for name in self]
        units = {"area": "m^2", "flow": "m^3/s", "velocity": "m/s", "pressure": "Pa"}
        dimensions = ("vessel", "place", "time")
        variables = {
            name: (dimensions, np.stack([getattr(w, name) for w in all_of]), {"units": unit})
            for name, unit in units.items()
        }
        coordinates = {
            "vessel": list(self),
            "place": list(PLACES),
            "time": ("time", self.time, {"units": "s"}),
        }
        about = {"network": self.network.name, "status": self.status, "kernel": self.provenance}
        return xarray.Dataset(variables, coordinates, about)

    def __repr__(self) -> str:
        return f"<Results of {self.network.name}: {self.status}, {len(self.time)} samples>"

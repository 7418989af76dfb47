"""Pulse waves in networks of arteries: what the program ``bloodflow`` does, from Python.

    results = asp.bloodflow.run("configs/willis.yaml")
    print(results.report())
    results["basilar"].pressure[1]          # [Pa] at the middle, over results.time

All numbers are SI. A run is a path of a run file, or a dictionary with the same keys.
"""

from .._native import BloodflowBlowUp as BlowUp
from ._case import (
    Blood,
    Case,
    Inlet,
    Network,
    Node,
    Numerics,
    Places,
    Schedule,
    Steady,
    Terminal,
    Vessel,
    check,
    load,
    steady,
)
from ._results import Cycle, Fields, Results, Waveforms
from ._run import Interrupted, run
from ._solver import Solver, State

__all__ = [
    "Blood",
    "BlowUp",
    "Case",
    "Cycle",
    "Fields",
    "Inlet",
    "Interrupted",
    "Network",
    "Node",
    "Numerics",
    "Places",
    "Results",
    "Schedule",
    "Solver",
    "State",
    "Steady",
    "Terminal",
    "Vessel",
    "Waveforms",
    "check",
    "load",
    "run",
    "steady",
]

"""Three arteries that fork, small enough for a test."""

from __future__ import annotations

from typing import Any


def network() -> dict[str, Any]:
    bed = {"type": "windkessel", "proximal_resistance_pa_s_m3": 4e7}
    wall = {"wall": "soft"}
    places = {"heart": [0, 0, 0], "fork": [0, 0, 100]}
    places |= {"left_end": [-40, 0, 160], "right_end": [30, 0, 150]}
    return {
        "name": "fork",
        "blood": {"density_kg_m3": 1060, "viscosity_mpa_s": 4, "velocity_profile_exponent": 9},
        "walls": {"soft": {"young_modulus_kpa": 400, "reference_pressure_mmhg": 75}},
        "nodes": [{"id": name, "position_mm": at} for name, at in places.items()],
        "vessels": [
            {"name": "trunk", "from": "heart", "to": "fork", "length_mm": 100}
            | {"radius_mm": 8, "wall_thickness_mm": 1}
            | wall,
            {"name": "left", "from": "fork", "to": "left_end", "length_mm": 80}
            | {"radius_mm": [6, 5], "wall_thickness_mm": 0.8}
            | wall,
            {"name": "right", "from": "fork", "to": "right_end", "length_mm": 60}
            | {"radius_mm": 5, "wall_thickness_mm": 0.7}
            | wall,
        ],
        "terminals": [
            {"node": "left_end", "distal_resistance_pa_s_m3": 6e8, "compliance_m3_pa": 1.5e-9}
            | bed,
            {"node": "right_end", "distal_resistance_pa_s_m3": 9e8, "compliance_m3_pa": 1e-9} | bed,
        ],
    }


def config(**changes: Any) -> dict[str, Any]:
    """A run of it; `changes` take the place of whole sections."""
    heart = {"type": "half_sine", "peak_ml_s": 100, "duration_s": 0.3, "period_s": 0.8}
    return {
        "network": network(),
        "inlets": [{"node": "heart", "flow": heart}],
        "numerics": {"cell_length_mm": 5},
        "run": {"mode": "periodic", "tolerance": 1e-3},
        "output": {"waveforms": {"samples_per_cycle": 100}},
    } | changes


def short(duration: float = 0.02, **changes: Any) -> dict[str, Any]:
    """The same for a moment."""
    run = {"mode": "transient", "duration_s": duration}
    return config(run=run, output={"waveforms": {"sample_interval_ms": 1}}) | changes

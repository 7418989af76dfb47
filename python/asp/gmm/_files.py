"""Model files, as the program ``gmm`` reads and writes them."""

from __future__ import annotations

import dataclasses
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _native
from ._fit import Outcome, fit_options

if TYPE_CHECKING:
    from ._gaussian_mixture import GaussianMixture


def write(mixture: GaussianMixture, path: Path) -> None:
    """What is known of a mixture and how it was fitted."""
    native = mixture._fitted()
    report = getattr(mixture, "report_", None)
    repairs = [] if report is None else [dataclasses.astuple(r) for r in report.repairs]
    single = report is not None and report.dtype == np.float32
    state = _native.GmmFitState(
        native,
        list(getattr(mixture, "lower_bounds_", [])),
        getattr(mixture, "converged_", False),
        repairs,
    )
    seed = int(mixture.random_state) if isinstance(mixture.random_state, Integral) else 0
    starts = int(mixture.n_init)
    options = fit_options(mixture._settings(), len(native.weights), seed, starts)
    _native.gmm_write_model(path, state, options, "single" if single else "double")


def read(path: Path) -> tuple[Outcome, dict[str, Any], np.dtype[Any]]:
    """Where a fit ended, parameters of its constructor, and the samples' dtype."""
    state, parameters, precision = _native.gmm_read_model(path)
    parameters["n_components"] = len(state.mixture.weights)
    parameters["covariance_type"] = state.mixture.covariance
    dtype = np.dtype(np.float32 if precision == "single" else np.float64)
    return Outcome.of(state), parameters, dtype

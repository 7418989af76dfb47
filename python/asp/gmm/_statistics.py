"""Expected sufficient statistics: what samples say about a mixture, as a value that adds."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from ._frames import as_weights
from ._gaussian_mixture import GaussianMixture
from ._online import parts_of
from ._parameters import as_finite, check_parameters


class Statistics:
    """What samples say about a mixture: all that a step of EM or an adaptation needs of them.

    They add: statistics of parts of the data, made anywhere, are added to those of all; what has
    left a window is subtracted; a factor makes each sample count so often. They can be pickled.
    `asp.gmm.statistics` makes them. With r the responsibility of component m for sample x, times
    the sample's weight, and a = about[m]:

    Attributes
    ----------
    covariance_type : {"full", "tied", "diag", "spherical"}
    about : ndarray, shape (n_components, n_features)
        The points a that moments are taken about: the mixture's means.
    weight : ndarray, shape (n_components,)
        Sums of r.
    first : ndarray, shape (n_components, n_features)
        Sums of r (x - a).
    second : ndarray
        Sums of r (x - a)(x - a)^T. "full": lower triangles, row by row, of shape (n_components,
        n_features (n_features + 1) / 2); "tied": their sum, of 1 row; "diag": the diagonals, of
        shape (n_components, n_features); "spherical": their sums, of 1 column.
    log_likelihood : float
        Sum over the samples, by their weights [nats].
    total_weight : float
    samples : int
    """

    def __init__(self, native: _native.GmmStatistics) -> None:
        self._native = native
        self.covariance_type: str = native.covariance
        self.about: NDArray[np.float64] = native.about
        self.weight: NDArray[np.float64] = native.weight
        self.first: NDArray[np.float64] = native.first
        self.second: NDArray[np.float64] = native.second
        self.log_likelihood: float = native.log_likelihood
        self.total_weight: float = native.total_weight
        self.samples: int = native.frames

    def __add__(self, other: Statistics) -> Statistics:
        return self._with(other, operator.iadd)

    def __sub__(self, other: Statistics) -> Statistics:
        return self._with(other, operator.isub)

    def __mul__(self, factor: float) -> Statistics:
        scaled = self._native.copy()
        scaled *= as_finite("factor", factor)
        return Statistics(scaled)

    __rmul__ = __mul__

    def _with(self, other: Statistics, act: Any) -> Statistics:
        if not isinstance(other, Statistics):
            return NotImplemented
        mine, theirs = self._kind(), other._kind()
        if mine != theirs:
            raise ValueError(f"statistics of {theirs}: expected of {mine}")
        return Statistics(act(self._native.copy(), other._native))

    def _kind(self) -> str:
        components, features = self.about.shape
        return f"{components} {self.covariance_type} components in {features} dimensions"

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, parts_of(self._native)

    def __repr__(self) -> str:
        return f"<Statistics of {self.samples} samples under {self._kind()}>"

    def mixture(self, reg_covar: float = 1e-6) -> GaussianMixture:
        """The mixture of the greatest likelihood for these statistics: an M-step.

        Parameters
        ----------
        reg_covar : float
            Added to each variance.

        Returns
        -------
        GaussianMixture
            Its `lower_bound_` is that of the mixture that the statistics were made with.
        """
        check_parameters("mixture", {"reg_covar": reg_covar})
        found, repairs = _native.gmm_m_step(self._native, _native.GmmMStepOptions(float(reg_covar)))
        return GaussianMixture._of(found, repairs, self._native, reg_covar)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes an HDF5 file, whole or not at all; `BackendError` where it cannot be written."""
        _native.gmm_write_statistics(Path(path), self._native)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Statistics:
        """From a file of `save`; `InputError` names the file and what is wrong with it."""
        return cls(_native.gmm_read_statistics(Path(path)))


def _unpickled(*parts: Any) -> Statistics:
    return Statistics(_native.GmmStatistics(*parts))


def statistics(
    mixture: GaussianMixture, X: Any, sample_weight: ArrayLike | None = None
) -> Statistics:
    """What samples say about a mixture: an E-step and the sums of an M-step, in one pass.

    Parameters
    ----------
    mixture : GaussianMixture
        Fitted.
    X : array_like, shape (n_samples, n_features)
    sample_weight : array_like, shape (n_samples,), optional

    Returns
    -------
    Statistics

    Raises
    ------
    NotFittedError
    ValueError
        Other features than the mixture's; a NaN or infinity.
    """
    native = mixture._fitted()
    rows = mixture._rows(X)
    weights = as_weights(sample_weight, rows)
    return Statistics(_native.gmm_statistics(native, rows, weights, *mixture._how()))


PARTS = ("weights", "means", "covariances")


def map_adapt(
    prior: GaussianMixture,
    X: Any,
    relevance: float | dict[str, float] = 16.0,
    *,
    sample_weight: ArrayLike | None = None,
    iterations: int = 1,
) -> GaussianMixture:
    """A mixture between a prior and the one that new samples ask for: maximum a posteriori.

    Parameters
    ----------
    prior : GaussianMixture
        Fitted, say a universal background model. It stays as it is.
    X : array_like, shape (n_samples, n_features)
    relevance : float or dict
        As how many samples of each component the prior counts. ``{"means": 16.0}``: for means
        alone, the prior's "weights" and "covariances" staying; 0: the samples alone.
    sample_weight : array_like, shape (n_samples,), optional
    iterations : int
        Of E-step and adaptation.

    Returns
    -------
    GaussianMixture
        With the parameters of `prior`.

    Raises
    ------
    NotFittedError
    ValueError
        Relevance that is negative, or of what is no part of a mixture; samples as of
        `GaussianMixture.score_samples`.
    """
    native = _relevance(relevance)
    if iterations < 1:
        raise ValueError(f"iterations = {iterations}: expected at least 1")
    options = _native.GmmMStepOptions(float(prior.reg_covar))
    begin = now = prior._fitted()
    rows = prior._rows(X)
    weights = as_weights(sample_weight, rows)
    repairs: list[tuple[str, int, int, str]] = []
    for _ in range(iterations):
        found = _native.gmm_statistics(now, rows, weights, *prior._how())
        now, repairs = _native.gmm_map_step(found, begin, native, options)
    return GaussianMixture._of(now, repairs, found, prior.reg_covar, prior)


def _relevance(relevance: float | dict[str, float]) -> _native.GmmRelevance:
    factors = relevance if isinstance(relevance, dict) else dict.fromkeys(PARTS, relevance)
    for name, factor in factors.items():
        if name not in PARTS:
            raise ValueError(f"relevance[{name!r}]: expected one of {', '.join(PARTS)}")
        if as_finite("relevance", factor) < 0.0:
            raise ValueError(f"relevance = {factor}: expected a finite number, at least 0")
    rates = {part: float(factors.get(part, 0.0)) for part in PARTS}
    return _native.GmmRelevance(
        rates["weights"],
        rates["means"],
        rates["covariances"],
        "weights" not in factors,
        "means" not in factors,
        "covariances" not in factors,
    )

"""The estimator."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from .._errors import warn
from . import _exceptions, _files
from ._fit import EM, Given, Outcome, hart_count
from ._fitted import FittedMixture
from ._frames import as_rows, as_weights, feature_names
from ._online import Learned, Window, learn
from ._parameters import Random, check_parameters
from ._report import Report, repairs_of
from ._sklearn import ForSklearn

Array = NDArray[Any]


class GaussianMixture(FittedMixture, ForSklearn):
    """Gaussian mixture, fitted by expectation-maximization: scikit-learn's estimator, faster.

    Constructor, methods, attributes, warnings and errors are those of
    ``sklearn.mixture.GaussianMixture``, which is not needed. In addition a fit does not fail (what
    is degenerate is repaired and told in `report_`), samples have weights, `partial_fit` goes on
    with new data, and float32 samples are worked on in float32 without harm to variances.

    Parameters
    ----------
    n_components : int
        Gaussians in the mixture.
    covariance_type : {"full", "tied", "diag", "spherical"}
        Each component's own matrix, one matrix for all, own diagonal matrices, or own multiples of
        the unit matrix.
    tol : float
        A fit has converged when the mean log-likelihood of a sample [nats] changes by less.
    reg_covar : float
        Added to each variance, in the units of the data squared.
    max_iter : int
        Iterations at most; 0: the start is all that is made.
    n_init : int
        Starts, of which the one of the greatest likelihood is kept.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}
        How to start: Lloyd's algorithm, its seeds alone, random responsibilities, means at random
        samples.
    weights_init : array_like, shape (n_components,), optional
    means_init : array_like, shape (n_components, n_features), optional
    precisions_init : array_like, optional
        Inverse covariances, of the shape of `covariances_`. What is given takes the place of what
        `init_params` finds.
    random_state : int, RandomState, Generator or None
        Where starts and `sample` get their random numbers from; None: NumPy's global state.
    warm_start : bool
        Whether `fit` goes on from what an earlier one found.
    verbose, verbose_interval : int
        1: starts, and each so many iterations, are printed; 2: also times and changes.
    threads : int, optional
        Harts to use; by default all that are idle. Results have the same bits for any number.

    Attributes
    ----------
    weights_ : ndarray, shape (n_components,)
    means_ : ndarray, shape (n_components, n_features)
    covariances_, precisions_, precisions_cholesky_ : ndarray
        Of shape (n_components, n_features, n_features) for "full", (n_features, n_features) for
        "tied", (n_components, n_features) for "diag", (n_components,) for "spherical".
        precision = U U^T with U, upper triangular, in `precisions_cholesky_`. These parameters have
        the samples' precision; what is computed with them has not lost a digit to that.
    converged_ : bool
    n_iter_ : int
        Iterations of the start that was kept.
    lower_bound_ : float
        Mean log-likelihood of a sample [nats], before the last iteration.
    lower_bounds_ : list of float
        The same of each iteration.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X was a data frame with strings for names.
    report_ : Report
        What was repaired, how the likelihood rose, how long it took.
    """

    converged_: bool
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]
    report_: Report
    _learned: Learned | Window

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: Random = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.threads = threads

    def fit(self, X: Any, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Finds the mixture of the greatest likelihood for samples.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            A C-contiguous array of float32 or float64 is not copied, and worked on in its own
            precision; what else there is becomes float64.
        y : ignored
        sample_weight : array_like, shape (n_samples,), optional
            How often each sample counts: finite, at least 0.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Parameters of no use, a NaN or infinity (with its row and column), fewer samples than
            components, weights that are negative or all 0.
        TypeError
            X is sparse, or no array of numbers.
        KeyboardInterrupt
            Ctrl-C. The fit ends after the iteration under way, and what it has reached is kept as
            if `max_iter` had been so many: with `warm_start` the next fit goes on from there. While
            the first start is looked for there is nothing to keep.

        Warns
        -----
        ConvergenceWarning
            The best start did not converge within `max_iter` iterations.
        """
        self._fit(X, sample_weight)
        return self

    def fit_predict(
        self, X: Any, y: object = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int64]:
        """Fits, and gives each sample's component; see `fit`.

        Returns
        -------
        ndarray of int64, shape (n_samples,)
        """
        rows = self._fit(X, sample_weight)
        return self._components(self._native_mixture(), rows)

    def partial_fit(
        self,
        X: Any,
        y: object = None,
        sample_weight: ArrayLike | None = None,
        *,
        decay: float = 0.6,
        least_step: float = 0.0,
        window: int | None = None,
    ) -> Self:
        """Learns from one more batch of samples, by a step of stepwise EM.

        The first batch gives a mixture to start from, and is taken whole. What is known moves
        towards the k-th batch by max(k^-decay, least_step), whatever the batch's size. An earlier
        `fit` counts as as many batches as it had such numbers of samples.

        With a `window` the mixture is one step of EM for the last batches alone: what those say is
        kept, and taken away again when they leave. An earlier `fit`, or batches learned without a
        window, then only give the mixture that the next batch is seen with.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            As of `fit`; the first batch has at least as many samples as there are components.
        y : ignored
        sample_weight : array_like, shape (n_samples,), optional
            Within the batch.
        decay : float
            Above 0.5 and at most 1: 1 never forgets, less forgets the poor first steps.
        least_step : float
            From 0 to 1. Above 0 the mixture follows data that change.
        window : int, optional
            Batches that the mixture is made of; decay and step are then not asked.

        Returns
        -------
        self
            `n_iter_` and `lower_bounds_` go on with each batch and its mean log-likelihood before
            it was learned.

        Raises
        ------
        ValueError, TypeError
            As of `fit`; decay, step or window out of range; other features than before.
        KeyboardInterrupt
            Ctrl-C while the first batch's start is looked for: nothing is learned.
        """
        began = time.perf_counter()
        parameters = self._settings()
        check_parameters(type(self).__name__, parameters)
        names = feature_names(X)
        is_first = not hasattr(self, "means_")
        if is_first:
            rows = as_rows(X, type(self).__name__, hart_count(self.threads))
            self._check_count(rows)
        else:
            rows = self._rows(X)
        em = EM(rows, as_weights(sample_weight, rows), parameters)
        found, learned = learn(self, em, decay, least_step, window)
        before = getattr(self, "lower_bounds_", [])
        outcome = Outcome(found.mixture, [*before, found.log_likelihood], repairs=found.repairs)
        seen = len(rows) + (self.report_.samples if hasattr(self, "report_") else 0)
        self._keep(outcome, (seen, rows.shape[1]), rows.dtype, time.perf_counter() - began)
        self._learned = learned
        if is_first:
            self._set_features(rows.shape[1], names)
        return self

    def _fit(self, X: Any, sample_weight: ArrayLike | None) -> Array:
        began = time.perf_counter()
        parameters = self._settings()
        check_parameters(type(self).__name__, parameters)
        names = feature_names(X)
        rows = as_rows(X, type(self).__name__, hart_count(self.threads), least=2)
        weights = as_weights(sample_weight, rows)
        self._check_count(rows)
        given = Given.of(parameters, rows.shape[1])
        em = EM(rows, weights, parameters)
        if self.warm_start and hasattr(self, "converged_"):
            # That of a batch says nothing of all.
            before = -np.inf if hasattr(self, "_learned") else self.lower_bound_
            outcome = em.go_on(self._mixture_for(rows), before)
        else:
            outcome = em.fit(given)
        if outcome.error is None or outcome.trace:
            self._keep(outcome, rows.shape, rows.dtype, time.perf_counter() - began)
            self._set_features(rows.shape[1], names)
        if outcome.error is not None:
            raise outcome.error
        if not self.converged_ and self.max_iter > 0:
            warn(
                "Best performing initialization did not converge. Try different init parameters, "
                "or increase max_iter, tol, or check for degenerate data.",
                _exceptions.convergence_warning(),
            )
        return rows

    def _check_count(self, rows: Array) -> None:
        if len(rows) < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {len(rows)}"
            )

    def _mixture_for(self, rows: Array) -> _native.GmmMixture:
        """Where a fit goes on; `ValueError` where these samples or parameters are others."""
        mixture = self._native_mixture()
        components, features = mixture.means.shape
        for name, now, then in (
            ("n_components", self.n_components, components),
            ("n_features", rows.shape[1], features),
        ):
            if now != then:
                raise ValueError(
                    f"{name} = {now!r}: expected {then!r}, as of the mixture to go on from"
                )
        return mixture

    def _keep(
        self, outcome: Outcome, shape: tuple[int, ...], dtype: np.dtype[Any], seconds: float
    ) -> None:
        self._set_mixture(outcome.mixture, dtype)
        self.__dict__.pop("_learned", None)
        self.converged_ = outcome.converged
        self.n_iter_ = len(outcome.trace)
        self.lower_bound_ = outcome.lower_bound
        self.lower_bounds_ = outcome.trace
        self.report_ = Report(
            repairs=repairs_of(outcome.repairs),
            log_likelihood=np.array(outcome.trace),
            greatest_fall=outcome.greatest_fall,
            starts=outcome.starts,
            seconds=seconds,
            samples=shape[0],
            features=shape[1],
            dtype=dtype,
        )

    def _set_features(self, count: int, names: Array | None) -> None:
        self.n_features_in_ = count
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    @classmethod
    def _of(
        cls,
        mixture: _native.GmmMixture,
        repairs: list[tuple[str, int, int, str]],
        statistics: _native.GmmStatistics,
        reg_covar: float,
        like: GaussianMixture | None = None,
    ) -> GaussianMixture:
        """One that was made by a step on statistics, with the parameters of another."""
        components, features = mixture.means.shape
        parameters = {} if like is None else like._settings()
        made = cls(
            **parameters
            | {
                "n_components": components,
                "covariance_type": mixture.covariance,
                "reg_covar": reg_covar,
            }
        )
        mean = statistics.log_likelihood / statistics.total_weight
        outcome = Outcome(mixture, [mean], repairs=repairs)
        dtype = np.dtype(np.float64) if like is None else like.weights_.dtype
        made._keep(outcome, (statistics.frames, features), dtype, 0.0)
        made._set_features(features, None if like is None else like._names)
        return made

    # Files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a model file, as the program ``gmm`` does: HDF5, whole or not at all.

        Parameters
        ----------
        path : path

        Raises
        ------
        NotFittedError
        BackendError
            It cannot be written.
        """
        _files.write(self, Path(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """A mixture from a model file, of `save` or of ``gmm train``.

        Parameters
        ----------
        path : path

        Returns
        -------
        GaussianMixture
            With the parameters of its training, less random state, weights and given starts.

        Raises
        ------
        InputError
            The file is none, or not complete; with its name and dataset.
        """
        outcome, parameters, dtype = _files.read(Path(path))
        made = cls._with_settings(parameters)
        features = outcome.mixture.means.shape[1]
        made._keep(outcome, (0, features), dtype, np.nan)
        made._set_features(features, None)
        return made

"""What a mixture can be asked, whoever made it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from . import _exceptions, _mixture
from ._fit import hart_count, kernel_mode
from ._frames import as_rows, check_names
from ._parameters import Parameters, Random, random_state_of

Array = NDArray[Any]


class FittedMixture(Parameters):
    """A mixture in scikit-learn's attributes."""

    covariance_type: str
    random_state: Random
    threads: int | None
    weights_: Array
    means_: Array
    covariances_: Array
    precisions_: Array
    precisions_cholesky_: Array
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    _exact: tuple[NDArray[np.float64], ...]
    _digest: tuple[int, ...]

    def score_samples(self, X: Any) -> Array:
        """Log-likelihood of each sample.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples,)
            [nats], of the samples' precision.

        Raises
        ------
        NotFittedError
        ValueError
            Other features than in the fit; a NaN or infinity.
        """
        return self._scores(self._fitted(), X)

    def score(self, X: Any, y: object = None) -> float:
        """Mean log-likelihood of a sample [nats]; see `score_samples`."""
        return float(self.score_samples(X).mean(dtype=np.float64))

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The most probable component of each sample; errors as of `score_samples`.

        Returns
        -------
        ndarray of int64, shape (n_samples,)
        """
        return self._components(self._fitted(), self._rows(X))

    def predict_proba(self, X: Any) -> Array:
        """Probabilities of the components, given each sample; errors as of `score_samples`.

        Returns
        -------
        ndarray, shape (n_samples, n_components)
            Of the samples' precision.
        """
        mixture = self._fitted()
        return _native.gmm_responsibilities(mixture, self._rows(X), *self._how())

    def bic(self, X: Any) -> float:
        """Bayesian information criterion for these samples; the lower, the better."""
        mixture = self._fitted()
        scores = self._scores(mixture, X)
        price = math.log(len(scores)) * mixture.free_parameters
        return float(price - 2.0 * scores.sum(dtype=np.float64))

    def aic(self, X: Any) -> float:
        """Akaike information criterion for these samples; the lower, the better."""
        mixture = self._fitted()
        scores = self._scores(mixture, X)
        price = 2.0 * mixture.free_parameters
        return float(price - 2.0 * scores.sum(dtype=np.float64))

    def sample(self, n_samples: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Draws from the mixture, with the random numbers of `random_state`.

        Parameters
        ----------
        n_samples : int

        Returns
        -------
        X : ndarray, shape (n_samples, n_features)
        y : ndarray of int64, shape (n_samples,)
            The components they are from, one after another.
        """
        self._fitted()
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        weights, means, covariances = self._parts()
        random = random_state_of(self.random_state)
        counts = random.multinomial(n_samples, weights)
        drawn = []
        for m, (mean, count) in enumerate(zip(means, counts)):
            covariance = covariances if self.covariance_type == "tied" else covariances[m]
            if self.covariance_type in ("full", "tied"):
                drawn.append(random.multivariate_normal(mean, covariance, int(count)))
            else:
                normal = random.standard_normal(size=(int(count), len(mean)))
                drawn.append(mean + normal * np.sqrt(covariance))
        return np.vstack(drawn), np.repeat(np.arange(len(counts)), counts)

    def _n_parameters(self) -> int:
        # Known to scikit-learn's users by this name.
        return self._native_mixture().free_parameters

    def _scores(self, mixture: _native.GmmMixture, X: Any) -> Array:
        return _native.gmm_log_likelihood(mixture, self._rows(X), *self._how())

    def _components(self, mixture: _native.GmmMixture, rows: Array) -> NDArray[np.int64]:
        return _native.gmm_components(mixture, rows, *self._how()).astype(np.int64)

    def _how(self) -> tuple[int, str]:
        return hart_count(self.threads), kernel_mode()

    def _rows(self, X: Any) -> Array:
        name = type(self).__name__
        check_names(self._names, X, name)
        rows = as_rows(X, name, hart_count(self.threads))
        expected = self.means_.shape[1]
        if rows.shape[1] != expected:
            raise ValueError(
                f"X has {rows.shape[1]} features, but {name} is expecting {expected} features as "
                "input."
            )
        return rows

    # The mixture: what stands in the attributes, whoever wrote it there

    def _fitted(self) -> _native.GmmMixture:
        if not hasattr(self, "means_") or not hasattr(self, "precisions_cholesky_"):
            raise _exceptions.not_fitted(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with "
                "appropriate arguments before using this estimator."
            )
        return self._native_mixture()

    def _set_mixture(self, mixture: _native.GmmMixture, dtype: np.dtype[Any]) -> None:
        covariances = _mixture.covariances_of(mixture)
        cholesky = _mixture.precisions_cholesky_of(mixture)
        precisions = _mixture.precisions_from_cholesky(mixture.covariance, cholesky)
        self._exact = (mixture.weights, mixture.means, covariances)
        self.weights_, self.means_, self.covariances_ = (
            part.astype(dtype, copy=False) for part in self._exact
        )
        self.precisions_ = precisions.astype(dtype, copy=False)
        self.precisions_cholesky_ = cholesky.astype(dtype, copy=False)
        self._digest = self._digest_now()

    def _digest_now(self) -> tuple[int, ...]:
        parts = (self.weights_, self.means_, self.precisions_cholesky_)
        return _mixture.digest(*parts, getattr(self, "covariances_", parts[0]))

    @property
    def _names(self) -> Array | None:
        return getattr(self, "feature_names_in_", None)

    def _native_mixture(self) -> _native.GmmMixture:
        return _mixture.native_mixture(self.covariance_type, *self._parts())

    def _parts(self) -> tuple[NDArray[np.float64], ...]:
        """Weights, means and covariances in double precision: as the fit has found them, or where
        an attribute was changed since, what the attributes say. `precisions_cholesky_` then
        decides, as in scikit-learn."""
        kind, cholesky = self.covariance_type, np.asarray(self.precisions_cholesky_)
        shape = _mixture.covariance_shape(kind, *np.asarray(self.means_).shape)
        if cholesky.shape != shape:
            raise ValueError(
                f"precisions_cholesky_ has shape {cholesky.shape}: expected {shape}, "
                f"covariance_type being {kind!r}"
            )
        if getattr(self, "_digest", None) == self._digest_now():
            return self._exact
        covariances = _mixture.covariances_from_cholesky(kind, cholesky.astype(np.float64))
        return (
            np.asarray(self.weights_, np.float64),
            np.asarray(self.means_, np.float64),
            covariances,
        )

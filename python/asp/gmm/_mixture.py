"""Mixtures between scikit-learn's arrays and the core."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native

Array = NDArray[np.float64]


def covariance_shape(covariance_type: str, components: int, features: int) -> tuple[int, ...]:
    """Of `covariances_`, `precisions_` and `precisions_cholesky_`."""
    return {
        "full": (components, features, features),
        "tied": (features, features),
        "diag": (components, features),
        "spherical": (components,),
    }[covariance_type]


def native_mixture(
    covariance_type: str, weights: Array, means: Array, covariances: Array
) -> _native.GmmMixture:
    """From scikit-learn's arrays."""
    components, features = means.shape
    rows, columns = {
        "full": (components, features * features),
        "tied": (1, features * features),
        "diag": (components, features),
        "spherical": (components, 1),
    }[covariance_type]
    return _native.GmmMixture(
        covariance_type,
        np.ascontiguousarray(weights, np.float64),
        np.ascontiguousarray(means, np.float64),
        np.ascontiguousarray(covariances, np.float64).reshape(rows, columns),
    )


def covariances_of(mixture: _native.GmmMixture) -> Array:
    """In scikit-learn's shape."""
    return _shaped(mixture, mixture.covariances)


def precisions_cholesky_of(mixture: _native.GmmMixture) -> Array:
    """Upper triangular U with precision = U U^T, or 1 / standard deviation. `InputError` where a
    covariance is not positive definite."""
    factors = _shaped(mixture, mixture.whitening_factors)
    if mixture.covariance in ("full", "tied"):
        factors = np.ascontiguousarray(np.swapaxes(factors, -1, -2))
    return factors


def precisions_from_cholesky(covariance_type: str, cholesky: Array) -> Array:
    """U U^T."""
    if covariance_type in ("full", "tied"):
        product: Array = cholesky @ np.swapaxes(cholesky, -1, -2)
        return product
    squares: Array = cholesky**2
    return squares


def covariances_from_cholesky(covariance_type: str, cholesky: Array) -> Array:
    """(U U^T)^-1."""
    if covariance_type in ("full", "tied"):
        inverse = np.linalg.inv(cholesky)
        product: Array = np.swapaxes(inverse, -1, -2) @ inverse
        return product
    variances: Array = 1.0 / cholesky**2
    return variances


def digest(*arrays: NDArray[Any]) -> tuple[int, ...]:
    """Changes when a value of these arrays does."""
    flat = (np.ascontiguousarray(array).reshape(-1) for array in arrays)
    return tuple(_native.gmm_digest(values.view(np.uint8)) for values in flat)


def checked_weights(weights: Any, components: int) -> Array:
    """`weights_init`; `ValueError` in scikit-learn's words."""
    weights = _numbers("weights", weights, (components,))
    if (weights < 0.0).any() or (weights > 1.0).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.max():.5f}, min value {weights.min():.5f}"
        )
    if abs(1.0 - weights.sum()) > 1e-6:  # float32 sums are as good
        raise ValueError(
            "The parameter 'weights' should be normalized, but got sum(weights) = "
            f"{weights.sum():.5f}"
        )
    checked: Array = weights
    return checked


def checked_means(means: Any, components: int, features: int) -> Array:
    """`means_init`; `ValueError` in scikit-learn's words."""
    return _numbers("means", means, (components, features))


def covariances_from_precisions(
    covariance_type: str, precisions: Any, components: int, features: int
) -> Array:
    """From `precisions_init`; `ValueError` in scikit-learn's words."""
    shape = covariance_shape(covariance_type, components, features)
    precisions = _numbers(f"{covariance_type} precision", precisions, shape)
    if covariance_type in ("diag", "spherical"):
        if (precisions <= 0.0).any():
            raise ValueError(f"'{covariance_type} precision' should be positive")
        variances: Array = 1.0 / precisions
        return variances
    if not (
        np.allclose(precisions, np.swapaxes(precisions, -1, -2))
        and (np.linalg.eigvalsh(precisions) > 0.0).all()
    ):
        raise ValueError(f"'{covariance_type} precision' should be symmetric, positive-definite")
    inverse = np.linalg.inv(precisions)
    symmetric: Array = 0.5 * (inverse + np.swapaxes(inverse, -1, -2))
    return symmetric


def _shaped(mixture: _native.GmmMixture, values: Array) -> Array:
    components, features = mixture.means.shape
    return values.reshape(covariance_shape(mixture.covariance, components, features))


def _numbers(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"The parameter '{name}' contains NaN or infinity")
    return array

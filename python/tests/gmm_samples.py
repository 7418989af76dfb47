"""Samples for the tests of asp.GaussianMixture, and places to start from."""

from __future__ import annotations

from typing import Any

import numpy as np

KINDS = ("full", "tied", "diag", "spherical")
CENTRES = np.array([[0.0, 0.0, 0.0], [4.0, 3.0, -2.0], [-5.0, 1.0, 2.0]])


def clusters(samples: int = 600, dtype: Any = np.float64, seed: int = 0) -> Any:
    """Three clusters in three dimensions, of deviations 1, 0.5 and 2, that overlap a little."""
    random = np.random.default_rng(seed)
    which = np.arange(samples) % 3
    scale = np.array([1.0, 0.5, 2.0])[which, np.newaxis]
    return (CENTRES[which] + scale * random.standard_normal((samples, 3))).astype(dtype)


def given(kind: str) -> dict[str, Any]:
    """Means near the clusters' centres, and all that a fit needs beside them."""
    precisions = {
        "full": np.stack([np.eye(3) + 0.1 * m for m in range(3)]),
        "tied": np.eye(3) + 0.1,
        "diag": np.array([[1.0, 0.5, 2.0], [1.0, 1.0, 1.0], [0.25, 0.5, 1.0]]),
        "spherical": np.array([1.0, 2.0, 0.5]),
    }
    return {
        "n_components": 3,
        "covariance_type": kind,
        "weights_init": np.array([0.25, 0.25, 0.5]),
        "means_init": CENTRES + np.array([[1.0], [-1.0], [0.5]]),
        "precisions_init": precisions[kind],
    }

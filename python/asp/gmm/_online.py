"""What a mixture has learned, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _native


def parts_of(statistics: _native.GmmStatistics) -> tuple[Any, ...]:
    """What `_native.GmmStatistics` is made of: it can be pickled."""
    return (
        statistics.covariance,
        statistics.about,
        statistics.weight,
        statistics.first,
        statistics.second,
        statistics.log_likelihood,
        statistics.total_weight,
        statistics.frames,
    )


@dataclass(frozen=True, eq=False)
class Learned:
    """Decaying statistics of a total weight of 1, and of how many batches they are."""

    parts: tuple[Any, ...]
    batches: int

    @classmethod
    def of(cls, fit: _native.GmmOnlineFit) -> Learned:
        """After a batch."""
        return cls(parts_of(fit.statistics), fit.batches)

    @classmethod
    def of_mixture(cls, mixture: _native.GmmMixture, samples: int, batches: int) -> Learned:
        """What samples would have said that were distributed as a mixture is."""
        components, features = mixture.means.shape
        kind, weights, second = mixture.covariance, mixture.weights, mixture.covariances
        if kind in ("full", "tied"):
            rows, columns = np.tril_indices(features)
            second = second[:, rows * features + columns]
        if kind == "spherical":
            second = second * features
        if kind != "tied":
            second = second * weights[:, np.newaxis]
        first = np.zeros((components, features))
        parts = (kind, mixture.means, weights, first, np.ascontiguousarray(second))
        return cls((*parts, 0.0, 1.0, samples), batches)

    def fit(self, mixture: _native.GmmMixture) -> _native.GmmOnlineFit:
        """To learn on."""
        return _native.GmmOnlineFit(mixture, _native.GmmStatistics(*self.parts), self.batches)

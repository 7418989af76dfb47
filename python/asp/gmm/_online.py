"""What a mixture has learned, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _native
from ._fit import EM, Given
from ._parameters import MOST, as_finite, random_state_of, seed_from

if TYPE_CHECKING:
    from ._gaussian_mixture import GaussianMixture


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


@dataclass(frozen=True, eq=False)
class Window:
    """Statistics of the last batches, each as it was seen when it came, and their sum."""

    fit: _native.GmmWindowFit

    def __reduce__(self) -> tuple[Any, ...]:
        held = [parts_of(statistics) for statistics in self.fit.held]
        return _unpickled, (parts_of(self.fit.sum), held, self.fit.subtractions, self.fit.batches)


def _unpickled(
    sum_: tuple[Any, ...], held: list[tuple[Any, ...]], subtractions: int, batches: int
) -> Window:
    statistics = [_native.GmmStatistics(*parts) for parts in held]
    total = _native.GmmStatistics(*sum_)
    return Window(_native.GmmWindowFit(total, statistics, subtractions, batches))


def learn(
    mixture: GaussianMixture, em: EM, decay: float, least_step: float, window: int | None
) -> tuple[_native.GmmOnlineFit | _native.GmmWindowFit, Learned | Window]:
    """A batch: where it leads, and what it leaves to go on from."""
    return _step(mixture, em, decay, least_step) if window is None else _slide(mixture, em, window)


def _step(
    mixture: GaussianMixture, em: EM, decay: float, least_step: float
) -> tuple[_native.GmmOnlineFit, Learned]:
    """What is known, moved towards a batch."""
    steps = (as_finite("decay", decay), as_finite("least_step", least_step))
    native, options = _before(mixture, em)
    if native is None:
        begin = _native.GmmOnlineFit()
    elif not hasattr(mixture, "means_"):
        begin = _native.GmmOnlineFit(native, None, 0)
    else:
        begin = _learned_by(mixture, native, len(em.rows)).fit(native)
    found = _native.gmm_partial_fit(begin, em.rows, em.weights, options, *steps, *em.how)
    return found, Learned.of(found)


def _slide(mixture: GaussianMixture, em: EM, batches: int) -> tuple[_native.GmmWindowFit, Window]:
    """A window of so many batches, moved on by one."""
    is_count = isinstance(batches, Integral) and not isinstance(batches, bool)
    if not (is_count and 1 <= batches <= MOST):
        raise ValueError(f"window = {batches!r}: expected a whole number from 1 to {MOST}")
    native, options = _before(mixture, em)
    learned = getattr(mixture, "_learned", None)
    begin = _native.GmmWindowFit()
    if isinstance(learned, Window) and _is_of(learned.fit.sum, native):
        begin = learned.fit
    found = _native.gmm_slide(begin, native, em.rows, em.weights, options, int(batches), *em.how)
    return found, Window(found)


def _is_of(statistics: _native.GmmStatistics, native: _native.GmmMixture | None) -> bool:
    """Whether they are of such a mixture: its attributes may have been written by hand since."""
    return native is not None and (statistics.covariance, statistics.about.shape) == (
        native.covariance,
        native.means.shape,
    )


def _before(
    mixture: GaussianMixture, em: EM
) -> tuple[_native.GmmMixture | None, _native.GmmFitOptions]:
    """The mixture that a batch meets, None where the first batch is to find one."""
    if hasattr(mixture, "means_"):
        return mixture._mixture_for(em.rows), em.options()
    seed = seed_from(random_state_of(mixture.random_state))
    given = Given.of(em.p, em.rows.shape[1])
    if given.is_none:
        return None, em.options(seed)
    native, _, error = em.start(given, seed)
    if error is not None:
        raise error
    return native, em.options(seed)


def _learned_by(mixture: GaussianMixture, native: _native.GmmMixture, samples: int) -> Learned:
    """In batches of about so many samples."""
    learned = getattr(mixture, "_learned", None)
    if isinstance(learned, Learned) and _is_of(_native.GmmStatistics(*learned.parts), native):
        return learned
    seen = mixture.report_.samples if hasattr(mixture, "report_") else 0
    return Learned.of_mixture(native, seen, max(1, round(seen / samples)))

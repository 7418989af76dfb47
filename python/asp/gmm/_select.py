"""How many components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike

from ._gaussian_mixture import GaussianMixture

Criterion = Literal["bic", "aic"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Mixtures of different numbers of components, compared.

    Attributes
    ----------
    best : GaussianMixture
        The one of the least criterion.
    criterion : {"bic", "aic"}
    scores : dict
        The criterion by the number of components.
    mixtures : dict
        By the number of components.
    """

    best: GaussianMixture
    criterion: Criterion
    scores: dict[int, float]
    mixtures: dict[int, GaussianMixture]

    def __str__(self) -> str:
        """A line for each number of components."""
        lines = [f"components {self.criterion:>16}"]
        for count, score in self.scores.items():
            mark = "  <" if self.mixtures[count] is self.best else ""
            lines.append(f"{count:>10} {score:>16.6g}{mark}")
        return "\n".join(lines)


def select(
    X: Any,
    n_components: Iterable[int],
    criterion: Criterion = "bic",
    *,
    sample_weight: ArrayLike | None = None,
    **parameters: Any,
) -> Selection:
    """Fits mixtures of different numbers of components, and says which describes samples best.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
    n_components : iterable of int
        To be tried.
    criterion : {"bic", "aic"}
        Bayesian or Akaike information criterion, for these samples.
    sample_weight : array_like, shape (n_samples,), optional
        Of the fits and of the criterion.
    **parameters
        Of `GaussianMixture`.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        Nothing to choose from, no such criterion, and what `GaussianMixture.fit` refuses.
    """
    if criterion not in ("bic", "aic"):
        raise ValueError(f"criterion = {criterion!r}: expected 'bic' or 'aic'")
    mixtures = {
        int(count): GaussianMixture(count, **parameters).fit(X, sample_weight=sample_weight)
        for count in n_components
    }
    if not mixtures:
        raise ValueError("n_components is empty: expected numbers of components to try")
    scores = {
        count: mixture._criterion(criterion, X, sample_weight)
        for count, mixture in mixtures.items()
    }
    best = min(scores, key=scores.__getitem__)
    return Selection(mixtures[best], criterion, scores, mixtures)

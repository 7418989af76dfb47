"""How many components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal

from numpy.typing import ArrayLike

from .. import _native
from ._fit import hart_count, kernel_mode
from ._frames import as_rows, as_weights, feature_names
from ._gaussian_mixture import GaussianMixture
from ._many import mixture_of, options_of, parameters_of

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
        As of `GaussianMixture.fit`.
    n_components : iterable of int
        To be tried, each at most the number of samples.
    criterion : {"bic", "aic"}
        Bayesian or Akaike information criterion, for these samples.
    sample_weight : array_like, shape (n_samples,), optional
        Of the fits and of the criterion.
    **parameters
        Of `GaussianMixture`, as of `fit_many`.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        Nothing to choose from, no such criterion, and what `GaussianMixture.fit` refuses.
    TypeError
        Parameters that there are not.
    KeyboardInterrupt
        Ctrl-C: nothing is kept.
    """
    if criterion not in ("bic", "aic"):
        raise ValueError(f"criterion = {criterion!r}: expected 'bic' or 'aic'")
    checked = parameters_of("select", parameters)
    harts = hart_count(checked["threads"])
    rows = as_rows(X, "select", harts)
    weights = as_weights(sample_weight, rows)
    counts = _counts(n_components, len(rows))
    candidates, best, error = _native.gmm_select(
        rows,
        weights,
        counts,
        options_of(checked, counts[0]),
        criterion == "bic",
        harts,
        kernel_mode(),
    )
    if error is not None:
        raise error
    names = feature_names(X)
    mixtures = {
        count: mixture_of(state, checked, rows.shape, rows.dtype, names)
        for count, (state, _, _) in zip(counts, candidates)
    }
    scores = {
        count: bic if criterion == "bic" else aic
        for count, (_, bic, aic) in zip(counts, candidates)
    }
    return Selection(mixtures[counts[best]], criterion, scores, mixtures)


def _counts(n_components: Iterable[int], samples: int) -> list[int]:
    counts = list(dict.fromkeys(n_components))
    if not counts:
        raise ValueError("n_components is empty: expected numbers of components to try")
    for count in counts:
        if not isinstance(count, Integral) or count < 1:
            raise ValueError(f"n_components has {count!r}: expected whole numbers, at least 1")
        if count > samples:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {count}, n_samples = "
                f"{samples}"
            )
    return [int(count) for count in counts]

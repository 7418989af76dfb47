"""Thousands of small mixtures in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from . import _fit
from ._frames import as_rows, as_weights, feature_names
from ._gaussian_mixture import GaussianMixture
from ._parameters import check_parameters, random_state_of, seed_from

NOT_HERE = (
    "weights_init",
    "means_init",
    "precisions_init",
    "warm_start",
    "verbose",
    "verbose_interval",
)


def fit_many(
    X: Any,
    index_lists: Iterable[ArrayLike],
    n_components: int | Sequence[int] = 1,
    *,
    starts: Sequence[GaussianMixture] | None = None,
    sample_weight: ArrayLike | None = None,
    **parameters: Any,
) -> list[GaussianMixture]:
    """Fits a mixture to each of many choices of samples, without copying them.

    Harts work on different mixtures, so that this is for many that are small. Each mixture is, to
    the bit, what ``GaussianMixture(n_components, **parameters).fit(X[indices])`` finds if
    `random_state` is a number.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        As of `GaussianMixture.fit`.
    index_lists : iterable of array_like
        For each mixture the numbers of its samples, or a mask of bools, shape (n_samples,). They
        may overlap.
    n_components : int or sequence of int
        Of all, or of each.
    starts : sequence of GaussianMixture, optional
        A fitted mixture for each to start from, which then decides on its components.
    sample_weight : array_like, shape (n_samples,), optional
    **parameters
        Of `GaussianMixture`, less those for given starts, `warm_start` and `verbose`.

    Returns
    -------
    list of GaussianMixture
        Whether each has converged says its `converged_`: nothing is warned of.

    Raises
    ------
    ValueError
        As of `GaussianMixture.fit`, for the first choice it holds for, with its number; an index
        out of range.
    TypeError
        Indices that are no whole numbers; parameters that there are not.
    KeyboardInterrupt
        Ctrl-C: nothing is kept.
    """
    checked = parameters_of("fit_many", parameters)
    rows = as_rows(X, "fit_many", _fit.hart_count(checked["threads"]))
    weights = as_weights(sample_weight, rows)
    chosen = [_indices(number, given, rows) for number, given in enumerate(index_lists)]
    components = _counts(n_components, chosen, starts)
    options = options_of(checked, 1)
    states, error = _native.gmm_fit_many(
        rows,
        weights,
        chosen,
        components,
        _native_starts(starts, rows, checked["covariance_type"]),
        options,
        _fit.hart_count(checked["threads"]),
        _fit.kernel_mode(),
    )
    if error is not None:
        raise error
    names = feature_names(X)
    return [
        mixture_of(state, checked, (len(indices), rows.shape[1]), rows.dtype, names)
        for state, indices in zip(states, chosen)
    ]


def parameters_of(owner: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """All of a constructor's, those given among them; `TypeError` for what is none of them here."""
    known = GaussianMixture().get_params()
    for name in parameters:
        if name not in known or name in NOT_HERE:
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}")
    checked = known | parameters
    check_parameters(owner, checked)
    return checked


def options_of(checked: dict[str, Any], components: int) -> _native.GmmFitOptions:
    """For the core."""
    seed = seed_from(random_state_of(checked["random_state"]))
    return _fit.fit_options(checked, components, seed, int(checked["n_init"]))


def _indices(number: int, given: ArrayLike, rows: NDArray[Any]) -> NDArray[np.int64]:
    indices = np.asarray(given)
    name = f"index_lists[{number}]"
    if indices.dtype == bool:
        if indices.shape != rows.shape[:1]:
            raise ValueError(
                f"{name} has shape {indices.shape}: expected a mask of {rows.shape[:1]}"
            )
        indices = np.flatnonzero(indices)
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
        raise TypeError(
            f"{name} has dtype {indices.dtype} and shape {indices.shape}: expected whole numbers "
            "in one dimension"
        )
    wrong = np.flatnonzero((indices < 0) | (indices >= len(rows)))
    if len(wrong):
        raise ValueError(
            f"{name}[{wrong[0]}] = {indices[wrong[0]]}: expected one of {len(rows)} samples from 0 "
            "on"
        )
    return np.ascontiguousarray(indices, dtype=np.int64)


def _counts(
    n_components: int | Sequence[int],
    chosen: list[NDArray[np.int64]],
    starts: Sequence[GaussianMixture] | None,
) -> list[int]:
    counts = np.asarray(n_components)
    if counts.ndim == 0:
        counts = np.full(len(chosen), counts)
    if counts.shape != (len(chosen),) or (counts.size and counts.dtype.kind not in "iu"):
        raise ValueError(
            f"n_components has dtype {counts.dtype} and shape {counts.shape}: expected a whole "
            f"number, or one for each of {len(chosen)} index lists"
        )
    for number, (count, indices) in enumerate(zip(counts, chosen)):
        if count < 1:
            raise ValueError(f"n_components[{number}] = {count}: expected at least 1")
        if len(indices) < max(1, count if starts is None else 1):
            raise ValueError(
                f"index_lists[{number}]: Expected n_samples >= n_components but got n_components = "
                f"{count}, n_samples = {len(indices)}"
            )
    if starts is not None and len(starts) != len(chosen):
        raise ValueError(f"starts has {len(starts)} mixtures: expected {len(chosen)}")
    return [int(count) for count in counts]


def _native_starts(
    starts: Sequence[GaussianMixture] | None, rows: NDArray[Any], kind: str
) -> list[_native.GmmMixture]:
    natives = [] if starts is None else [start._fitted() for start in starts]
    for number, native in enumerate(natives):
        found = (native.covariance, native.means.shape[1])
        if found != (kind, rows.shape[1]):
            raise ValueError(
                f"starts[{number}] is {found[0]} in {found[1]} dimensions: expected {kind} in "
                f"{rows.shape[1]}"
            )
    return natives


def mixture_of(
    state: _native.GmmFitState,
    checked: dict[str, Any],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    names: NDArray[Any] | None,
) -> GaussianMixture:
    """The estimator that a fit of the core is."""
    made = GaussianMixture(**checked | {"n_components": len(state.mixture.weights)})
    outcome = _fit.Outcome.of(state)
    outcome.starts = int(checked["n_init"])
    made._keep(outcome, shape, dtype, np.nan)
    made._set_features(shape[1], names)
    return made

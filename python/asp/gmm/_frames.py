"""What a caller's data are to the kernels: float32 or float64, copied only where they must be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _native
from .._errors import warn

Array = NDArray[Any]


def as_rows(X: Any, owner: str, threads: int, least: int = 1) -> Array:
    """X as a C-contiguous array [N, D] of finite float32 or float64.

    Such an array is not copied; other real numbers become float64. `ValueError` and `TypeError` say
    what is wrong, for `owner` and in scikit-learn's words, since there are programs that read them.
    """
    rows = _numbers(X)
    if rows.ndim != 2:
        raise ValueError(_wrong_rank(rows, owner))
    for size, what, minimum in ((rows.shape[0], "sample", least), (rows.shape[1], "feature", 1)):
        if size < minimum:
            raise ValueError(
                f"Found array with {size} {what}(s) (shape={rows.shape}) while a minimum of "
                f"{minimum} is required by {owner}."
            )
    bad = _native.gmm_first_not_finite(rows, threads)
    if bad is not None:
        value = rows[bad[0], bad[1]]
        what = "NaN" if np.isnan(value) else f"infinity or a value too large for {rows.dtype!r}"
        raise ValueError(
            f"Input X contains {what}: X[{bad[0]}, {bad[1]}] = {value}: expected finite numbers"
        )
    return rows


def as_weights(sample_weight: Any, rows: Array) -> Array | None:
    """One weight for each row, of its dtype; `ValueError` for others than finite and at least 0."""
    if sample_weight is None:
        return None
    count = len(rows)
    weights = np.asarray(sample_weight)
    if weights.dtype.kind not in "buif":
        weights = weights.astype(np.float64)
    if weights.ndim == 0:
        weights = np.full(count, weights)
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weights.ndim}D array. Expected "
            f"either a scalar value or a 1D array of length {count}."
        )
    if weights.shape != (count,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(count,)}!")
    # Looked at in what they came in: a small weight may be 0 in float32.
    wrong = np.flatnonzero(~((weights >= 0) & np.isfinite(weights)))
    if len(wrong):
        place, value = f"sample_weight[{wrong[0]}]", weights[wrong[0]]
        if value < 0:
            raise ValueError(
                f"{place} = {value}: expected finite numbers, at least 0. Negative values in data "
                "passed to `sample_weight`"
            )
        raise ValueError(
            f"Input sample_weight contains {value}: {place}: expected finite numbers, at least 0"
        )
    weights = np.ascontiguousarray(weights, dtype=rows.dtype)
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def feature_names(X: Any) -> Array | None:
    """Names of a data frame's columns, where all are strings."""
    columns = getattr(X, "columns", None)
    if columns is None or callable(columns) or not hasattr(X, "shape"):
        return None
    names = np.asarray(list(columns), dtype=object)
    if not len(names):
        return None
    types = sorted({type(name).__qualname__ for name in names})
    if len(types) > 1 and "str" in types:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your "
            f"input has {types} as feature name / column name types. If you want feature names to "
            "be stored and validated, you must convert them all to strings, by using X.columns = "
            "X.columns.astype(str) for example. Otherwise you can remove feature / column names "
            "from your input data, or convert them all to a non-string data type."
        )
    return names if types == ["str"] else None


def check_names(fitted: Array | None, X: Any, owner: str) -> None:
    """`ValueError` where a data frame's columns are not those of the fit; warns where only one of
    the two has names."""
    given = feature_names(X)
    if given is None and fitted is not None:
        warn(
            f"X does not have valid feature names, but {owner} was fitted with feature names",
            UserWarning,
        )
    elif given is not None and fitted is None:
        warn(f"X has feature names, but {owner} was fitted without feature names", UserWarning)
    elif given is not None and fitted is not None and list(given) != list(fitted):
        raise ValueError(_wrong_names(set(fitted), set(given)))


def _numbers(X: Any) -> Array:
    """X as an array of float32 or float64, in one piece."""
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. Use '.toarray()' to convert "
            "to a dense numpy array."
        )
    if np.ma.is_masked(X):
        raise ValueError("X is an array with masked values: expected all to be there")
    values = np.asarray(X)
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: X has dtype {values.dtype}")
    if values.dtype.kind not in "biufOSU":
        raise TypeError(f"X has dtype {values.dtype}: expected real numbers")
    if values.dtype == object and hasattr(X, "to_numpy"):
        values = X.to_numpy(dtype=np.float64, na_value=np.nan)
    dtype = np.float32 if values.dtype == np.float32 else np.float64
    try:
        return np.require(values, dtype, ["C", "A"])
    except (TypeError, ValueError) as error:
        raise type(error)(f"X has dtype {values.dtype}: {error}") from error


def _wrong_rank(rows: Array, owner: str) -> str:
    if rows.ndim > 2:
        return f"Found array with dim {rows.ndim}, while dim <= 2 is required by {owner}."
    kind = "1D" if rows.ndim else "scalar"
    return (
        f"Expected 2D array, got {kind} array instead: X has shape {rows.shape}. Reshape your data "
        "either using array.reshape(-1, 1) if your data has a single feature or "
        "array.reshape(1, -1) if it contains a single sample."
    )


def _wrong_names(fitted: set[str], given: set[str]) -> str:
    lines = ["The feature names should match those that were passed during fit."]
    for title, names in (
        ("Feature names unseen at fit time:", sorted(given - fitted)),
        ("Feature names seen at fit time, yet now missing:", sorted(fitted - given)),
    ):
        if names:
            lines += [title, *(f"- {name}" for name in names[:5])]
            lines += ["- ..."] if len(names) > 5 else []
    if given == fitted:
        lines.append("Feature names must be in the same order as they were in fit.")
    return "\n".join(lines) + "\n"

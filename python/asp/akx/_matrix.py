"""What a caller's matrix is to the kernels: three arrays, copied only where they must be."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES = (np.float64, np.float32, np.complex128, np.complex64)


@dataclass
class Matrix:
    """Compressed sparse rows, and what had to be done to get them.

    Attributes
    ----------
    row_start : [rows + 1]
    column : [nonzeros] int32 or int64, rising in each row
    value : [nonzeros]
    remarks : what was copied or converted
    owner : the scipy matrix whose arrays these are
    """

    row_start: NDArray[np.int64]
    column: NDArray[Any]
    value: NDArray[Any]
    owner: Any
    remarks: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.row_start) - 1


def scipy_part(name: str) -> Any:
    """A part of scipy, which is there where its matrices are."""
    try:
        return importlib.import_module(f"scipy.{name}")
    except ImportError:
        raise ImportError("asp.akx needs scipy: pip install scipy") from None


def matrix_of(A: Any) -> Matrix:
    """The arrays of any square scipy.sparse matrix; `TypeError` or `ValueError` where it is none."""
    if not scipy_part("sparse").issparse(A):
        kind = type(A)
        raise TypeError(
            f"A is a {kind.__module__}.{kind.__qualname__}: expected a matrix or array of "
            "scipy.sparse"
        )
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        shape = " x ".join(map(str, A.shape))
        raise ValueError(f"A is {shape}: expected a square matrix")
    if A.shape[0] == 0:
        raise ValueError("A is 0 x 0: expected at least one row")
    remarks: list[str] = []
    value_type = _dtype_of(A.dtype)
    if A.format != "csr":
        remarks.append(f"A is {A.format}: a copy in csr")
        A = A.tocsr()
    if A.dtype != value_type:
        remarks.append(f"A has dtype {A.dtype}: a copy of its values in {value_type}")
        A = A.astype(value_type)
    return _arrays(_canonical(A, remarks), remarks)


def _dtype_of(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """That of the kernel: the same, or one that holds all of the values."""
    if dtype in DTYPES:
        return dtype
    if dtype.kind in "biu":
        return np.dtype(np.float64)
    known = ", ".join(np.dtype(d).name for d in DTYPES)
    raise TypeError(f"A has dtype {dtype}: expected {known}, or whole numbers")


def _canonical(A: Any, remarks: list[str]) -> Any:
    # Row starts that fall would lead scipy astray; the kernel says what is wrong with them.
    if (np.diff(A.indptr) < 0).any() or A.has_canonical_format:
        return A
    before = A.nnz
    said = "duplicate entries" if A.has_sorted_indices else "columns that do not rise"
    A = A.copy()
    A.sum_duplicates()
    summed = f", {before - A.nnz} of {before} entries added to others" if A.nnz < before else ""
    remarks.append(f"A has {said}: a sorted copy{summed}")
    return A


def _arrays(A: Any, remarks: list[str]) -> Matrix:
    column, value = np.ascontiguousarray(A.indices), np.ascontiguousarray(A.data)
    if column is not A.indices or value is not A.data:
        remarks.append("A's arrays do not lie in one piece: a copy")
    # scipy has row starts of the columns' type; there are few of them.
    row_start = np.ascontiguousarray(A.indptr, dtype=np.int64)
    return Matrix(row_start, column, value, A, remarks)

"""Matrices for the tests of asp.akx, with |A| about 1 so that powers neither grow nor vanish."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse


def _as(A: Any, dtype: Any, index: Any) -> Any:
    A = sparse.csr_array(A).astype(dtype)
    A.sum_duplicates()
    A.indices, A.indptr = A.indices.astype(index), A.indptr.astype(index)
    return A


def laplacian(n: int) -> Any:
    """7 points on n x n x n, eigenvalues 4 (sin^2 + sin^2 + sin^2) of i pi / (2 (n + 1))."""
    line = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n))
    eye = sparse.eye_array(n)
    plane = sparse.kron(line, eye) + sparse.kron(eye, line)
    cube = sparse.kron(plane, eye) + sparse.kron(sparse.eye_array(n * n), line)
    return _as(cube, float, np.int32)


def poisson(n: int, dtype: Any = np.float64, index: Any = np.int32) -> Any:
    """The same over 12, and for complex numbers turned by i where it points forward."""
    A = laplacian(n) / 12.0
    if np.dtype(dtype).kind == "c":
        A = sparse.tril(A) + 1j * sparse.triu(A, 1)
    return _as(A, dtype, index)


def band(n: int, dtype: Any = np.float64, index: Any = np.int32) -> Any:
    """40 n rows of 5 entries at random within 30 of the diagonal, unsymmetric; one row is empty."""
    random = np.random.default_rng(n)
    rows = np.repeat(np.arange(40 * n), 5)
    columns = np.clip(rows + random.integers(-30, 31, rows.size), 0, 40 * n - 1)
    values = random.uniform(-0.2, 0.2, rows.size)
    keep = rows != 7
    return _as(
        sparse.coo_array((values[keep], (rows[keep], columns[keep])), shape=(40 * n, 40 * n)),
        dtype,
        index,
    )


def graph(n: int, dtype: Any = np.float64, index: Any = np.int32) -> Any:
    """20 n rows of 8 entries anywhere, two of them dense."""
    random = np.random.default_rng(n)
    size = 20 * n
    A = sparse.random_array((size, size), density=8 / size, rng=random).tolil()
    A[3, :] = random.uniform(-1.0, 1.0, size) / size
    A[size - 1, :] = random.uniform(-1.0, 1.0, size) / size
    return _as(A.tocsr() / 8.0, dtype, index)

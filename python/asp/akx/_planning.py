"""``asp.akx.plan`` and calls that need no plan."""

from __future__ import annotations

import operator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from .._modes import checked_threads, native_mode
from ._bases import (
    MOST_LEVELS,
    Polynomial,
    Recurrence,
    check_basis,
    check_count,
    check_number,
)
from ._matrix import matrix_of
from ._plan import Keep, Plan
from ._vectors import as_array

Method = Literal["plain", "implicit", "explicit"]
Storage = Literal["csr", "slices", "blocks"]
TileShape = Literal["bands", "compact"]
Numbering = Literal["given", "length", "levels"]

_ALL = 2**63 - 1


def plan(
    A: Any,
    k: int = 8,
    *,
    keep: Keep = "basis",
    vectors: int = 1,
    recurrence: str | Recurrence = "monomial",
    threads: int | None = None,
    method: Method | None = None,
    storage: Storage | None = None,
    block: int | None = None,
    depth: int | None = None,
    tile_kib: int | None = None,
    tile_shape: TileShape | None = None,
    numbering: Numbering | None = None,
    budget: float = 30.0,
) -> Plan:
    """Decides how the powers of a matrix are made, and makes it ready for them.

    What is not given is chosen. Releases the GIL. The plan keeps the matrix' arrays alive; they
    must not change while it is in use.

    Parameters
    ----------
    A : matrix or array of scipy.sparse, shape (n, n)
        CSR with int32 or int64 indices and float64, float32, complex128 or complex64 values is not
        copied; what else is done is said in the plan's `remarks`.
    k : int
        Products with A.
    keep : {"basis", "polynomial"}
        Whether all vectors are wanted, or only sums of them, which is sooner done.
    vectors : int
        At once, 1 to 8.
    recurrence : {"monomial", "newton", "chebyshev"} or Recurrence
        The basis that is meant where a call names no other.
    threads : int, optional
        Harts to use; by default all that are idle.
    method : {"plain", "implicit", "explicit"}, optional
    storage : {"csr", "slices", "blocks"}, optional
    block : int, optional
        Rows and columns of a block, 1 to 6.
    depth : int, optional
        Levels made in one sweep over the matrix, 1 to k.
    tile_kib : int, optional
        Of matrix and vectors in a tile [KiB].
    tile_shape : {"bands", "compact"}, optional
        How implicit tiles are cut.
    numbering : {"given", "length", "levels"}, optional
        Of rows inside the plan: x and what is made of it have the matrix' own. Another is
        considered where rows read from everywhere and there is a budget.
    budget : float
        Products that planning and timing candidates may cost; 0: the model or an earlier tuning
        decides.

    Returns
    -------
    Plan

    Raises
    ------
    TypeError, ValueError
        An argument's name, what it is and what was expected; a value of A that is not finite, with
        its row and column.
    """
    check_count("k", k, MOST_LEVELS)
    check_count("vectors", vectors, 8)
    _check_choice("keep", keep, ("basis", "polynomial"))
    _check_choice("method", method, (None, "plain", "implicit", "explicit"))
    _check_choice("storage", storage, (None, "csr", "slices", "blocks"))
    _check_choice("tile_shape", tile_shape, (None, "bands", "compact"))
    _check_choice("numbering", numbering, (None, "given", "length", "levels"))
    limited = (("block", block, 6), ("depth", depth, k), ("tile_kib", tile_kib, 2**30))
    for name, value, most in limited:
        if value is not None:
            check_count(name, value, most)
    check_number("budget", budget)
    if not 0.0 <= budget < float("inf"):
        raise ValueError(f"budget = {budget}: expected a number of products, 0 or more")
    check_basis("recurrence", recurrence)
    if isinstance(recurrence, Recurrence) and recurrence.k != k:
        raise ValueError(f"recurrence has k = {recurrence.k}: expected {k}")
    has_recurrence = not (recurrence == "monomial" or getattr(recurrence, "is_monomial", False))
    harts = _ALL if threads is None else min(checked_threads(threads), _ALL)
    matrix = matrix_of(A)
    options = _native.AkxOptions(
        operator.index(k),
        keep == "basis",
        operator.index(vectors),
        has_recurrence,
        method,
        storage,
        block,
        depth,
        tile_kib,
        tile_shape,
        numbering,
        float(budget),
    )
    kernel = _native.akx_plan(
        matrix.row_start, matrix.column, matrix.value, options, harts, native_mode(None)
    )
    return Plan(
        matrix,
        kernel,
        k=operator.index(k),
        keep=keep,
        vectors=operator.index(vectors),
        recurrence=recurrence,
        threads=harts,
    )


def powers(
    A: Any, x: NDArray[Any], k: int, basis: str | Recurrence = "monomial"
) -> NDArray[Any]:
    """x, A x, ..., A^k x, or another basis, by a plan for this one call, which times nothing.

    Parameters
    ----------
    A : matrix or array of scipy.sparse, shape (n, n)
    x : ndarray, shape (n,) or (m, n), m up to 8
    k : int
    basis : {"monomial", "newton", "chebyshev"} or Recurrence

    Returns
    -------
    ndarray, shape (k + 1, n) or (k + 1, m, n)
    """
    return plan(A, k, vectors=_vectors_of(x), recurrence=basis, budget=0.0).powers(x)


def polynomial(
    A: Any,
    x: NDArray[Any],
    coefficients: Polynomial | ArrayLike,
    basis: str | Recurrence | None = None,
) -> NDArray[Any]:
    """p(A) x, by a plan for this one call, which times nothing.

    Parameters
    ----------
    A : matrix or array of scipy.sparse, shape (n, n)
    x : ndarray, shape (n,) or (m, n), m up to 8
    coefficients : array_like, shape (k + 1,), or Polynomial
    basis : {"monomial", "newton", "chebyshev"} or Recurrence, optional
        "monomial" by default; a `Polynomial` has its own.

    Returns
    -------
    ndarray of the shape of x
    """
    if isinstance(coefficients, Polynomial):
        k, recurrence = coefficients.recurrence.k, coefficients.recurrence
    else:
        k, recurrence = as_array("coefficients", coefficients).size - 1, None
        if not 1 <= k <= MOST_LEVELS:
            raise ValueError(
                f"coefficients has {k + 1} values: expected at least 2"
                + (f", at most {MOST_LEVELS + 1}" if k > MOST_LEVELS else "")
            )
    planned = plan(
        A,
        k,
        keep="polynomial",
        vectors=_vectors_of(x),
        recurrence=basis or recurrence or "monomial",
        budget=0.0,
    )
    return planned.polynomial(x, coefficients, basis)


def _vectors_of(x: object) -> int:
    shape = as_array("x", x).shape
    if len(shape) == 2 and not 1 <= shape[0] <= 8:
        raise ValueError(f"x has shape {shape}: expected 1 to 8 vectors")
    return int(shape[0]) if len(shape) == 2 else 1


def _check_choice(name: str, value: object, known: tuple[object, ...]) -> None:
    if not any(value is word or (isinstance(value, str) and value == word) for word in known):
        words = ", ".join(str(word) for word in known if word is not None)
        raise ValueError(f"{name} = {value!r}: expected one of {words}")

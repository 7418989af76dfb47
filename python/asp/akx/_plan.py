"""How the powers of one matrix are made, and making them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from . import _report
from ._bases import Polynomial, Recurrence, check_basis, monomial_basis
from ._matrix import Matrix
from ._operator import PolynomialOperator
from ._vectors import Array, as_array, as_vectors, check_finite, check_out, raise_overflow

Keep = Literal["basis", "polynomial"]


@dataclass(frozen=True)
class Candidate:
    """One way to do it.

    Attributes
    ----------
    method : "plain", "implicit" or "explicit"
        k products one after the other; each row of each level once, in an order that stays in the
        caches; tiles with ghost rows of their own.
    storage : "csr", "slices" or "blocks"
    block : rows and columns of a block
    depth : levels made in one sweep over the matrix
    tile_kib : of matrix and vectors in a tile [KiB]
    tile_shape : "bands" as rows are numbered, or "compact"; of implicit tiles
    numbering : "given"; or inside the plan, by "length" (long rows first) or "levels" (reverse
        Cuthill-McKee)
    modelled : seconds for k levels, by the model
    measured : the same as timed here, or None
    description : all this in words
    """

    method: str
    storage: str
    block: int
    depth: int
    tile_kib: int
    tile_shape: str
    numbering: str
    modelled: float
    measured: float | None
    description: str


class BasisAndGram(NamedTuple):
    """What `Plan.gram` gives.

    Attributes
    ----------
    basis : [k + 1, n]
    gram : [k + 1, k + 1] V^H V, where the vectors of the basis are the columns of V
    projected : [k + 1] V^H r, or None
    """

    basis: NDArray[Any]
    gram: NDArray[Any]
    projected: NDArray[Any] | None


class Plan:
    """What `asp.akx.plan` makes: a matrix made ready, and what was decided about it.

    Attributes
    ----------
    k : levels above x
    keep : "basis" or "polynomial"
    vectors : at once
    shape, dtype, nonzeros : of the matrix
    method, storage, block, depth, tile_kib, tile_shape, numbering : see `Candidate`
    reason : why this way
    considered : list of Candidate, best first
    speedup : over the best plain product here, where both were timed, or None
    break_even : calls after which planning and tuning are paid, or None
    redundancy : products made over products needed
    tiles : how many
    fill : stored over true nonzeros
    matrix_bytes, csr_bytes : of what the plan keeps of the matrix, and of CSR
    work_bytes : of vectors that the plan keeps for a numbering of its own
    nonzero_seconds : modelled, for each nonzero and level [s]
    planning_seconds, tuning_seconds : what the plan has cost [s]
    structure : hash of sizes and pattern
    remarks : list of str, what of the matrix had to be copied or converted
    """

    # What of the native plan is handed on under its own name.
    reason: str
    speedup: float | None
    break_even: float | None
    redundancy: float
    tiles: int
    fill: float
    matrix_bytes: int
    work_bytes: int
    csr_bytes: int
    nonzero_seconds: float
    planning_seconds: float
    tuning_seconds: float
    structure: int

    def __init__(
        self,
        matrix: Matrix,
        kernel: _native.AkxKernel,
        *,
        k: int,
        keep: Keep,
        vectors: int,
        recurrence: str | Recurrence,
        threads: int,
    ) -> None:
        self.k, self.keep, self.vectors = k, keep, vectors
        self.shape = (matrix.rows, matrix.rows)
        self.dtype: np.dtype[Any] = matrix.value.dtype
        self.nonzeros = len(matrix.value)
        self.remarks = list(matrix.remarks)
        self._matrix, self._kernel, self._threads = matrix, kernel, threads
        self._is_settled = False
        self._basis, self._known = recurrence, {"monomial": monomial_basis(k)}
        self._read_plan()

    def _settle(self) -> None:
        if not self._is_settled:
            self._is_settled = True
            self._read_plan()

    def _read_plan(self) -> None:
        """Take over what the kernel knows of its plan, which the first call settles."""
        found = self._kernel.plan()
        self.chosen = Candidate(**found.pop("chosen"))
        self.considered = [Candidate(**one) for one in found.pop("considered")]
        self.method, self.storage = self.chosen.method, self.chosen.storage
        self.block, self.depth = self.chosen.block, self.chosen.depth
        self.tile_kib, self.tile_shape = self.chosen.tile_kib, self.chosen.tile_shape
        self.numbering = self.chosen.numbering
        for name, value in found.items():
            setattr(self, name, value)

    @property
    def memory_ratio(self) -> float:
        """Memory of what the plan keeps of the matrix over that of CSR."""
        return self.matrix_bytes / max(1, self.csr_bytes)

    def powers(
        self,
        x: NDArray[Any],
        basis: str | Recurrence | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """x and the k vectors after it.

        Parameters
        ----------
        x : ndarray, shape (n,) or (m, n)
            Of the matrix's dtype; m as many vectors as the plan is for.
        basis : {"monomial", "newton", "chebyshev"} or Recurrence, optional
            By default the plan's. For "newton" and "chebyshev" the spectrum is estimated with 2k
            steps of Arnoldi's process, once for each plan.
        out : ndarray, shape (k + 1, n) or (k + 1, m, n), optional
            To write to, C-contiguous. `x` may be ``out[0]``.

        Returns
        -------
        ndarray, shape (k + 1, n) or (k + 1, m, n)

        Raises
        ------
        TypeError
            A wrong dtype or shape.
        OverflowError
            The last level is not finite, where what overflows before mostly ends; the message names
            the first level that is not.
        """
        self._require_basis("powers")
        levels, result = self._levels(x, out)
        native = self.recurrence_of(basis).native
        level = self._kernel.powers(levels, native, self._threads)
        self._settle()
        self._check_levels(levels, level)
        return result

    def gram(
        self,
        x: NDArray[Any],
        r: NDArray[Any] | None = None,
        basis: str | Recurrence | None = None,
        *,
        doubled: bool = False,
    ) -> BasisAndGram:
        """The basis, and its inner products taken while the vectors are in cache.

        Parameters
        ----------
        x : ndarray, shape (n,)
        r : ndarray, shape (n,), optional
            Its inner products with the basis are wanted too.
        basis : str or Recurrence, optional
            As in `powers`.
        doubled : bool
            Add up with twice the working precision; real numbers only.
        """
        self._require_basis("gram")
        if not isinstance(doubled, (bool, np.bool_)):
            raise TypeError(f"doubled = {doubled!r}: expected True or False")
        if self.vectors != 1:
            raise ValueError(f"vectors = {self.vectors}: expected 1, a Gram matrix is of one basis")
        levels, result = self._levels(x, None)
        matrix = np.zeros((self.k + 1, self.k + 1), self.dtype)
        projected = None if r is None else np.zeros(self.k + 1, self.dtype)
        if r is not None:
            r = np.ascontiguousarray(as_vectors(r, self.shape[0], 1, self.dtype, "r")[0])
        level = self._kernel.gram(
            levels,
            self.recurrence_of(basis).native,
            matrix,
            r,
            projected,
            bool(doubled),
            self._threads,
        )
        self._settle()
        self._check_levels(levels, level)
        return BasisAndGram(result, matrix, projected)

    def polynomial(
        self,
        x: NDArray[Any],
        coefficients: Polynomial | ArrayLike,
        basis: str | Recurrence | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """p(A) x, without keeping the basis.

        Parameters
        ----------
        x : ndarray, shape (n,) or (m, n)
        coefficients : array_like, shape (k + 1,), or Polynomial
            Of the vectors of the basis, that of x first. A `Polynomial` has its own basis.
        basis : str or Recurrence, optional
            As in `powers`.
        out : ndarray of the shape of x, optional

        Raises
        ------
        TypeError
            A wrong dtype or shape.
        OverflowError
            The result is not finite.
        """
        given = as_array("x", x)
        vectors = as_vectors(given, self.shape[0], self.vectors, self.dtype)
        if not vectors.flags.c_contiguous:
            raise TypeError("x is not C-contiguous: pass numpy.ascontiguousarray(x)")
        p = self.polynomial_of(coefficients, basis)
        result = np.empty(given.shape, self.dtype) if out is None else out
        check_out("out", result, given.shape, self.dtype)
        if np.may_share_memory(result, vectors):
            raise ValueError("out shares memory with x: expected another array")
        fine = self._kernel.polynomial(
            vectors,
            p.recurrence.native,
            p.coefficients,
            result.reshape(vectors.shape),
            self._threads,
        )
        self._settle()
        if not fine:
            check_finite(vectors)
            raise OverflowError(
                f"p(A) x of degree {self.k} overflows {self.dtype}: take a basis that scales, or a "
                "smaller k"
            )
        return result

    def as_linear_operator(
        self, coefficients: Polynomial | ArrayLike, basis: str | Recurrence | None = None
    ) -> Any:
        """z = p(A) x as a `scipy.sparse.linalg.LinearOperator`; see `PolynomialOperator`."""
        return PolynomialOperator(self, coefficients, basis).as_linear_operator()

    def recurrence_of(self, basis: str | Recurrence | None = None) -> Recurrence:
        """What a basis means for this matrix: numbers, where it was a name."""
        basis = self._basis if basis is None else basis
        if isinstance(basis, Recurrence):
            if basis.k != self.k:
                raise ValueError(f"basis has k = {basis.k}: expected the plan's, {self.k}")
            return basis
        check_basis("basis", basis)
        if basis in self._known:
            return self._known[basis]
        if self.dtype.kind == "c":
            raise ValueError(
                f"basis = {basis!r}: the spectrum of a complex matrix is not estimated; give an "
                "asp.akx.Recurrence"
            )
        native = self._kernel.basis_named(basis, self.k)
        self._known[basis] = Recurrence(native.a, native.b, native.c)
        return self._known[basis]

    def polynomial_of(
        self, coefficients: Polynomial | ArrayLike, basis: str | Recurrence | None = None
    ) -> Polynomial:
        """Coefficients with the basis that they are for."""
        if isinstance(coefficients, Polynomial):
            if basis is not None:
                raise ValueError("basis: a Polynomial has its own; expected None")
            self.recurrence_of(coefficients.recurrence)
            return coefficients
        return Polynomial(self.recurrence_of(basis), coefficients)

    def report(self) -> str:
        """What was decided and why, as text of some lines."""
        return _report.text_of(self)

    def explain_kernel(self) -> str:
        """How its native kernel came to be, in words."""
        return self._kernel.explain()

    def kernel_source(self) -> str:
        """Of the kernel made for this plan; empty where it is a built-in one."""
        return self._kernel.source()

    def __repr__(self) -> str:
        n = self.shape[0]
        return (
            f"<Plan of {n} x {n}, {self.nonzeros} nonzeros, {self.dtype}, k = {self.k}, "
            f"{self.keep}: {self.chosen.description}>"
        )

    def _levels(self, x: NDArray[Any], out: NDArray[Any] | None) -> tuple[Array, Array]:
        """The basis as kernels see it, [k + 1, m, n], with x in place; and as the caller does."""
        given = as_array("x", x)
        vectors = as_vectors(given, self.shape[0], self.vectors, self.dtype)
        shape = (self.k + 1, *given.shape)
        result = np.empty(shape, self.dtype) if out is None else out
        check_out("out", result, shape, self.dtype)
        levels = result.reshape(self.k + 1, *vectors.shape)
        levels[0] = vectors
        return levels, result

    def _check_levels(self, levels: Array, level: int | None) -> None:
        if level is not None:
            check_finite(levels[0])
            raise_overflow(level, self.k, self.dtype)

    def _require_basis(self, name: str) -> None:
        if self.keep != "basis":
            raise ValueError(f"{name} needs a plan with keep='basis'; this one has {self.keep!r}")

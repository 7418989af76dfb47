"""p(A) as a linear operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._bases import Polynomial, Recurrence
from ._matrix import scipy_part
from ._vectors import as_array

if TYPE_CHECKING:
    from ._plan import Plan


class PolynomialOperator:
    """z = p(A) x, for scipy's iterative solvers: as their operator or their preconditioner `M`.

    Parameters
    ----------
    plan : Plan
        Of the matrix, for as many products as p has.
    coefficients : Polynomial or array_like, shape (k + 1,)
        Of the vectors of the basis.
    basis : str or Recurrence, optional
        As in `Plan.polynomial`.

    Attributes
    ----------
    shape : (n, n)
    dtype : that of the matrix
    """

    def __init__(
        self,
        plan: Plan,
        coefficients: Polynomial | ArrayLike,
        basis: str | Recurrence | None = None,
    ) -> None:
        if not hasattr(plan, "polynomial_of"):
            raise TypeError(f"plan is a {type(plan).__name__}: expected what asp.akx.plan makes")
        self.plan = plan
        self.polynomial = plan.polynomial_of(coefficients, basis)
        self.shape = plan.shape
        self.dtype = plan.dtype

    def matvec(self, x: ArrayLike) -> NDArray[Any]:
        """p(A) x of shape (n,) or (n, 1), as scipy wants it. `x` is converted where that loses
        nothing but digits."""
        given = as_array("x", x)
        if not np.can_cast(given.dtype, self.dtype, "same_kind"):
            raise TypeError(f"x has dtype {given.dtype}: expected {self.dtype}")
        if given.shape not in ((self.shape[0],), (self.shape[0], 1)):
            raise TypeError(f"x has shape {given.shape}: expected ({self.shape[0]},)")
        flat = np.ascontiguousarray(given.reshape(-1), dtype=self.dtype)
        if self.plan.vectors > 1:
            return self.matmat(flat[:, np.newaxis]).reshape(given.shape)
        return self.plan.polynomial(flat, self.polynomial).reshape(given.shape)

    def matmat(self, x: ArrayLike) -> NDArray[Any]:
        """p(A) X of shape (n, m), several columns at once where the plan is for several."""
        given = as_array("x", x)
        if given.ndim != 2 or given.shape[0] != self.shape[0]:
            raise TypeError(f"x has shape {given.shape}: expected ({self.shape[0]}, m)")
        if not np.can_cast(given.dtype, self.dtype, "same_kind"):
            raise TypeError(f"x has dtype {given.dtype}: expected {self.dtype}")
        together = self.plan.vectors
        result = np.empty(given.shape, self.dtype)
        for begin in range(0, given.shape[1], together):
            part = given[:, begin : begin + together].T
            block = np.zeros((together, self.shape[0]), self.dtype)
            block[: len(part)] = part
            found = self.plan.polynomial(block, self.polynomial).reshape(block.shape)
            result[:, begin : begin + together] = found[: len(part)].T
        return result

    def __matmul__(self, x: ArrayLike) -> NDArray[Any]:
        return self.matvec(x) if as_array("x", x).ndim == 1 else self.matmat(x)

    def as_linear_operator(self) -> Any:
        """The same as a `scipy.sparse.linalg.LinearOperator`, which adds and multiplies."""
        operators = scipy_part("sparse.linalg")
        return operators.LinearOperator(
            self.shape, matvec=self.matvec, matmat=self.matmat, dtype=self.dtype
        )

    def __repr__(self) -> str:
        n = self.shape[0]
        degree = self.polynomial.recurrence.k
        return f"<{n} x {n} PolynomialOperator of degree {degree}, {self.dtype}>"

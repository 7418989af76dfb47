"""Powers of a sparse matrix: x, A x, ..., A^k x or p(A) x, sooner than by k products.

    plan = asp.akx.plan(A, k=8)
    basis = plan.powers(x)          # [9, n], to the bit what nine products would have given
    print(plan.report())

`A` is any matrix of scipy.sparse. Whatever a plan decides, and however many threads work on it: the
bits are those of products in CSR that add up each row from its first column to its last with fused
multiply-adds.
"""

from ._bases import (
    Polynomial,
    Recurrence,
    chebyshev_basis,
    chebyshev_smoother,
    chebyshev_smoother_4,
    newton_basis,
)
from ._operator import PolynomialOperator
from ._plan import BasisAndGram, Candidate, Plan
from ._planning import plan, polynomial, powers

__all__ = [
    "BasisAndGram",
    "Candidate",
    "Plan",
    "Polynomial",
    "PolynomialOperator",
    "Recurrence",
    "chebyshev_basis",
    "chebyshev_smoother",
    "chebyshev_smoother_4",
    "newton_basis",
    "plan",
    "polynomial",
    "powers",
]

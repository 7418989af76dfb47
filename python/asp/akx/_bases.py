"""Bases by a three-term recurrence, and polynomials in them."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _native
from ._vectors import as_array

MOST_LEVELS = 1000
NAMES = ("monomial", "newton", "chebyshev")


@dataclass(frozen=True, init=False, eq=False)
class Recurrence:
    """Vectors of a basis: ``x[p + 1] = a[p] A x[p] + b[p] x[p] + c[p] x[p - 1]``.

    Parameters
    ----------
    a, b, c : array_like, shape (k,)
        Real and finite; `c` begins with 0. The monomial basis has a = 1, b = c = 0.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]

    def __init__(self, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> None:
        for name, values in (("a", a), ("b", b), ("c", c)):
            object.__setattr__(self, name, _numbers(f"recurrence.{name}", values))
        if not len(self.a) == len(self.b) == len(self.c):
            raise ValueError(
                f"recurrence: a, b and c have {len(self.a)}, {len(self.b)} and {len(self.c)} "
                "values: expected as many of each"
            )
        if self.k and self.c[0] != 0.0:
            raise ValueError(f"recurrence.c[0] = {self.c[0]}: expected 0, x[0] has no predecessor")

    @property
    def k(self) -> int:
        """Levels above x."""
        return len(self.a)

    @property
    def is_monomial(self) -> bool:
        """Whether x[p] is A^p x."""
        return bool((self.a == 1.0).all() and (self.b == 0.0).all() and (self.c == 0.0).all())

    @functools.cached_property
    def native(self) -> _native.AkxRecurrence:
        """As the kernels take it."""
        return _native.AkxRecurrence(self.a, self.b, self.c)

    def __repr__(self) -> str:
        return f"Recurrence(a={self.a.tolist()}, b={self.b.tolist()}, c={self.c.tolist()})"


@dataclass(frozen=True, init=False, eq=False)
class Polynomial:
    """p(A) x = sum of ``coefficients[p] x[p]`` in the basis of a recurrence.

    Parameters
    ----------
    recurrence : Recurrence
    coefficients : array_like, shape (k + 1,)
    """

    recurrence: Recurrence
    coefficients: NDArray[np.float64]

    def __init__(self, recurrence: Recurrence, coefficients: ArrayLike) -> None:
        if not isinstance(recurrence, Recurrence):
            kind = type(recurrence).__name__
            raise TypeError(f"recurrence has type {kind}: expected a Recurrence")
        object.__setattr__(self, "recurrence", recurrence)
        values = _numbers("coefficients", coefficients)
        object.__setattr__(self, "coefficients", values)
        if len(values) != recurrence.k + 1:
            raise ValueError(
                f"coefficients has {len(values)} values: expected {recurrence.k + 1}, one for each "
                f"level of a basis with k = {recurrence.k}"
            )

    def __call__(self, t: ArrayLike) -> NDArray[np.float64]:
        """p of numbers: what p(A) does to the eigenvectors of these eigenvalues."""
        t = np.asarray(t, dtype=np.float64)
        before, now = np.zeros_like(t), np.ones_like(t)
        total: NDArray[np.float64] = self.coefficients[0] * now
        r = self.recurrence
        for a, b, c, factor in zip(r.a, r.b, r.c, self.coefficients[1:]):
            before, now = now, a * t * now + b * now + c * before
            total = total + factor * now
        return total


def monomial_basis(k: int) -> Recurrence:
    """A^p x."""
    return Recurrence(np.ones(k), np.zeros(k), np.zeros(k))


def newton_basis(shifts: Iterable[complex], scale: float = 1.0) -> Recurrence:
    """The basis x[p + 1] = scale (A - shift[p]) x[p], in real arithmetic.

    Parameters
    ----------
    shifts : sequence of numbers
        Best estimates of eigenvalues, each far from those before. A complex number and its
        conjugate stand side by side; `InputError` where they do not.
    scale : float
        One over the norm of A or so keeps the vectors from growing.
    """
    check_number("scale", scale)
    numbers = as_array("shifts", shifts if isinstance(shifts, np.ndarray) else _listed(shifts))
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iufc"):
        raise TypeError(
            f"shifts has dtype {numbers.dtype} and shape {numbers.shape}: expected numbers in one "
            "dimension"
        )
    return _of_native(_native.akx_newton_basis([complex(s) for s in numbers], float(scale)))


def chebyshev_basis(k: int, low: float, high: float) -> Recurrence:
    """Chebyshev polynomials of the interval of A's eigenvalues: x[p] is never longer than x.

    Parameters
    ----------
    k : int
        Levels above x.
    low, high : float
        Bounds of the eigenvalues, low < high.
    """
    check_count("k", k, MOST_LEVELS)
    _check_interval(low, high)
    native = _native.akx_chebyshev_basis(k, 0.5 * (low + high), 0.5 * (high - low))
    return _of_native(native)


def chebyshev_smoother(degree: int, low: float, high: float) -> Polynomial:
    """p(A) near the inverse of A: as many steps of Chebyshev's iteration from zero.

    Parameters
    ----------
    degree : int
        Products with A in one p(A) x.
    low, high : float
        Bounds of the eigenvalues to be damped, 0 < low < high. A smoother of a multigrid method
        takes a low well above the least eigenvalue; a preconditioner takes the least itself.
    """
    check_count("degree", degree, MOST_LEVELS)
    _check_interval(low, high)
    if not low > 0.0:
        raise ValueError(f"low = {low}: expected a number above 0")
    return _polynomial_of_native(_native.akx_chebyshev_smoother(degree, low, high))


def chebyshev_smoother_4(degree: int, high: float) -> Polynomial:
    """Chebyshev polynomials of the fourth kind: a smoother that needs only an upper bound.

    Parameters
    ----------
    degree : int
        Products with A in one p(A) x.
    high : float
        Upper bound of the eigenvalues.
    """
    check_count("degree", degree, MOST_LEVELS)
    check_number("high", high)
    if not (high > 0.0 and math.isfinite(high)):
        raise ValueError(f"high = {high}: expected a finite number above 0")
    return _polynomial_of_native(_native.akx_chebyshev_smoother_4(degree, high))


def check_count(name: str, value: object, most: int | None = None) -> None:
    """`TypeError` or `ValueError` unless it is a whole number from 1 to `most`."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} = {value!r}: expected a whole number")
    if number < 1 or (most is not None and number > most):
        wanted = "at least 1" if most is None else f"1 to {most}"
        raise ValueError(f"{name} = {number}: expected {wanted}")


def check_number(name: str, value: object) -> None:
    """`TypeError` unless it is a real number."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise TypeError(f"{name} = {value!r}: expected a number")


def check_basis(name: str, basis: object) -> None:
    """`TypeError` or `ValueError` unless it is a basis' name or its recurrence."""
    if isinstance(basis, Recurrence):
        return
    if not isinstance(basis, str):
        raise TypeError(f"{name} has type {type(basis).__name__}: expected a name or a Recurrence")
    if basis not in NAMES:
        raise ValueError(f"{name} = {basis!r}: expected one of {', '.join(NAMES)}, or a Recurrence")


def _check_interval(low: float, high: float) -> None:
    check_number("low", low)
    check_number("high", high)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"low = {low}, high = {high}: expected finite numbers, low < high")


def _listed(values: Iterable[complex]) -> list[complex]:
    try:
        return list(values)
    except TypeError:
        kind = type(values).__name__
        raise TypeError(f"shifts is a {kind}: expected a sequence of numbers") from None


def _numbers(name: str, values: ArrayLike | Sequence[float]) -> NDArray[np.float64]:
    array = as_array(name, values)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} has dtype {array.dtype} and shape {array.shape}: expected real numbers in one "
            "dimension"
        )
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        at = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}[{at}] = {array[at]}: expected a finite number")
    array.flags.writeable = False
    return array


def _of_native(native: _native.AkxRecurrence) -> Recurrence:
    return Recurrence(native.a, native.b, native.c)


def _polynomial_of_native(
    native: tuple[_native.AkxRecurrence, NDArray[np.float64]],
) -> Polynomial:
    return Polynomial(_of_native(native[0]), native[1])

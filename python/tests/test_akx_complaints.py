"""asp.akx: what cannot be done is said, with the name, what it is and what was expected."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import asp
from asp import akx

from akx_matrices import poisson

A = poisson(4)
X = np.ones(64)
PLAN = akx.plan(A, k=3)


def said(error: type[Exception], act: Callable[[], object]) -> str:
    with pytest.raises(error) as raised:
        act()
    message = str(raised.value)
    assert "\n" not in message
    return message


def matrix(dtype: Any = np.float64, **changes: tuple[int, Any]) -> Any:
    """A diagonal matrix of four rows with some entries of its arrays changed."""
    B = sparse.csr_array(np.diag([1.0, 2.0, 3.0, 4.0])).astype(dtype)
    for name, (place, value) in changes.items():
        getattr(B, name)[place] = value
    return B


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.eye(3), TypeError, "A is a numpy.ndarray: expected a matrix or array of scipy.sparse"),
        ([[1.0]], TypeError, "A is a builtins.list: expected a matrix or array of scipy.sparse"),
        (sparse.csr_array((3, 4)), ValueError, "A is 3 x 4: expected a square matrix"),
        (sparse.coo_array([1.0, 2.0]), ValueError, "A is 2: expected a square matrix"),
        (sparse.csr_matrix((0, 0)), ValueError, "A is 0 x 0: expected at least one row"),
        (
            matrix(np.longdouble),
            TypeError,
            f"A has dtype {np.dtype(np.longdouble)}: expected float64, float32, complex128, "
            "complex64, or whole numbers",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_square_sparse_matrix(wrong: Any, error: Any, message: str) -> None:
    assert said(error, lambda: akx.plan(wrong)) == message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_found(value: float) -> None:
    message = said(ValueError, lambda: akx.plan(matrix(data=(2, value))))
    assert message == "A: row 2: column 2: expected a finite value"


def test_a_column_outside_is_found() -> None:
    message = said(ValueError, lambda: akx.plan(matrix(indices=(1, 7))))
    assert message == "A: row 1: column 7: expected 0 to 3"


def test_row_starts_that_fall_are_found() -> None:
    message = said(ValueError, lambda: akx.plan(matrix(indptr=(2, 10**6))))
    assert message.startswith("A: row ")


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("k", 0, ValueError, "k = 0: expected 1 to 1000"),
        ("k", -2, ValueError, "k = -2: expected 1 to 1000"),
        ("k", 2**40, ValueError, f"k = {2**40}: expected 1 to 1000"),
        ("k", 2.5, TypeError, "k = 2.5: expected a whole number"),
        ("k", True, TypeError, "k = True: expected a whole number"),
        ("vectors", 9, ValueError, "vectors = 9: expected 1 to 8"),
        ("keep", "all", ValueError, "keep = 'all': expected one of basis, polynomial"),
        ("method", "x", ValueError, "method = 'x': expected one of plain, implicit, explicit"),
        ("storage", "ell", ValueError, "storage = 'ell': expected one of csr, slices, blocks"),
        ("tile_shape", "x", ValueError, "tile_shape = 'x': expected one of bands, compact"),
        (
            "numbering",
            "rcm",
            ValueError,
            "numbering = 'rcm': expected one of given, length, levels",
        ),
        ("method", ["x"], ValueError, "method = ['x']: expected one of plain, implicit, explicit"),
        ("block", 7, ValueError, "block = 7: expected 1 to 6"),
        ("depth", 9, ValueError, "depth = 9: expected 1 to 8"),
        ("tile_kib", 0, ValueError, "tile_kib = 0: expected 1 to 1073741824"),
        ("tile_kib", 2**70, ValueError, f"tile_kib = {2**70}: expected 1 to 1073741824"),
        ("tile_kib", "1", TypeError, "tile_kib = '1': expected a whole number"),
        ("threads", 0, ValueError, "threads = 0: expected at least 1"),
        ("threads", 1.5, TypeError, "threads = 1.5: expected a whole number"),
        ("budget", -1.0, ValueError, "budget = -1.0: expected a number of products, 0 or more"),
        ("budget", "30", TypeError, "budget = '30': expected a number"),
        ("budget", None, TypeError, "budget = None: expected a number"),
        (
            "recurrence",
            "krylov",
            ValueError,
            "recurrence = 'krylov': expected one of monomial, newton, chebyshev, or a Recurrence",
        ),
        (
            "recurrence",
            3,
            TypeError,
            "recurrence has type int: expected a name or a Recurrence",
        ),
        (
            "recurrence",
            akx.Recurrence([1.0], [0.0], [0.0]),
            ValueError,
            "recurrence has k = 1: expected 8",
        ),
    ],
)
def test_an_option_out_of_range(name: str, value: Any, error: Any, message: str) -> None:
    options: dict[str, Any] = {name: value}
    assert said(error, lambda: akx.plan(A, **options)) == message


@pytest.mark.parametrize("call", ["powers", "polynomial", "gram"])
@pytest.mark.parametrize(
    "wrong",
    [np.ones(63), np.ones(64, np.float32), np.ones((2, 64)), np.ones(64, complex), np.ones(())],
    ids=lambda x: f"{x.dtype}-{x.shape}",
)
def test_a_vector_of_the_wrong_dtype_or_shape(call: str, wrong: Any) -> None:
    act = {
        "powers": lambda: PLAN.powers(wrong),
        "polynomial": lambda: PLAN.polynomial(wrong, [1.0, 2.0, 3.0, 4.0]),
        "gram": lambda: PLAN.gram(wrong),
    }[call]
    assert said(TypeError, act) == (
        f"x has dtype {wrong.dtype} and shape {wrong.shape}: expected float64 and shape (64,)"
    )


def test_several_vectors_are_as_many_as_planned() -> None:
    plan = akx.plan(A, k=2, vectors=3)
    assert said(TypeError, lambda: plan.powers(X)) == (
        "x has dtype float64 and shape (64,): expected float64 and shape (3, 64)"
    )
    assert said(ValueError, lambda: plan.gram(np.ones((3, 64)))) == (
        "vectors = 3: expected 1, a Gram matrix is of one basis"
    )


def test_doubled_precision_is_for_real_numbers() -> None:
    plan = akx.plan(poisson(3, np.complex128), k=2)
    assert said(ValueError, lambda: plan.gram(np.ones(27, complex), doubled=True)) == (
        "gram: doubled precision: expected a real matrix"
    )


def test_a_vector_in_pieces() -> None:
    act = lambda: PLAN.polynomial(np.ones(128)[::2], [1.0, 2.0, 3.0, 4.0])  # noqa: E731
    assert said(TypeError, act) == "x is not C-contiguous: pass numpy.ascontiguousarray(x)"


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (
            np.empty((3, 64)),
            TypeError,
            "out has dtype float64 and shape (3, 64): expected dtype float64 and shape (4, 64)",
        ),
        (
            np.empty((4, 64), np.float32),
            TypeError,
            "out has dtype float32 and shape (4, 64): expected dtype float64 and shape (4, 64)",
        ),
        (
            [0.0],
            TypeError,
            "out has type list: expected dtype float64 and shape (4, 64)",
        ),
        (np.empty((64, 4)).T, TypeError, "out is not C-contiguous and writable"),
        (np.broadcast_to(X, (4, 64)), TypeError, "out is not C-contiguous and writable"),
    ],
    ids=["rows", "dtype", "list", "order", "read-only"],
)
def test_what_cannot_be_written_to(out: Any, error: Any, message: str) -> None:
    assert said(error, lambda: PLAN.powers(X, out=out)) == message


def test_a_result_over_its_own_vector() -> None:
    x = X.copy()
    message = said(ValueError, lambda: PLAN.polynomial(x, [1.0, 2.0, 3.0, 4.0], out=x))
    assert message == "out shares memory with x: expected another array"


def test_what_a_plan_does_not_keep() -> None:
    plan = akx.plan(A, k=2, keep="polynomial")
    assert said(ValueError, lambda: plan.powers(X)) == (
        "powers needs a plan with keep='basis'; this one has 'polynomial'"
    )
    assert said(ValueError, lambda: plan.gram(X)) == (
        "gram needs a plan with keep='basis'; this one has 'polynomial'"
    )


def test_a_basis_that_does_not_fit() -> None:
    two = akx.Recurrence([1.0, 1.0], [0.0, 0.0], [0.0, 0.0])
    assert said(ValueError, lambda: PLAN.powers(X, basis=two)) == (
        "basis has k = 2: expected the plan's, 3"
    )
    assert said(ValueError, lambda: PLAN.powers(X, basis="legendre")) == (
        "basis = 'legendre': expected one of monomial, newton, chebyshev, or a Recurrence"
    )
    p = akx.Polynomial(two, [1.0, 2.0, 3.0])
    assert said(ValueError, lambda: akx.plan(A, k=2).polynomial(X, p, basis="newton")) == (
        "basis: a Polynomial has its own; expected None"
    )
    complex_plan = akx.plan(poisson(3, np.complex128), k=2)
    assert said(ValueError, lambda: complex_plan.powers(np.ones(27, complex), "newton")) == (
        "basis = 'newton': the spectrum of a complex matrix is not estimated; give an "
        "asp.akx.Recurrence"
    )


@pytest.mark.parametrize(
    ("abc", "error", "message"),
    [
        (
            ([1.0], [0.0, 0.0], [0.0]),
            ValueError,
            "recurrence: a, b and c have 1, 2 and 1 values: expected as many of each",
        ),
        (
            ([1.0], [0.0], [2.0]),
            ValueError,
            "recurrence.c[0] = 2.0: expected 0, x[0] has no predecessor",
        ),
        (
            ([1.0, np.nan], [0.0] * 2, [0.0] * 2),
            ValueError,
            "recurrence.a[1] = nan: expected a finite number",
        ),
        (
            ([1.0], [1j], [0.0]),
            TypeError,
            "recurrence.b has dtype complex128 and shape (1,): expected real numbers in one "
            "dimension",
        ),
    ],
    ids=["lengths", "first", "nan", "complex"],
)
def test_a_recurrence_that_is_none(abc: Any, error: Any, message: str) -> None:
    assert said(error, lambda: akx.Recurrence(*abc)) == message


def test_coefficients_that_are_too_few() -> None:
    assert said(ValueError, lambda: PLAN.polynomial(X, [1.0, 2.0])) == (
        "coefficients has 2 values: expected 4, one for each level of a basis with k = 3"
    )
    assert said(ValueError, lambda: akx.polynomial(A, X, [1.0])) == (
        "coefficients has 1 values: expected at least 2"
    )


@pytest.mark.parametrize("bounds", [(2.0, 1.0), (1.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_an_interval_that_is_none(bounds: tuple[float, float]) -> None:
    low, high = bounds
    message = f"low = {low}, high = {high}: expected finite numbers, low < high"
    assert said(ValueError, lambda: akx.chebyshev_basis(3, low, high)) == message
    assert said(ValueError, lambda: akx.chebyshev_smoother(3, low, high)) == message


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: akx.chebyshev_basis(3, "a", 1.0), "low = 'a': expected a number"),
        (lambda: akx.chebyshev_basis(3, 0.0, None), "high = None: expected a number"),
        (lambda: akx.chebyshev_smoother(2, 1.0, 2j), "high = 2j: expected a number"),
        (lambda: akx.chebyshev_smoother_4(2, [1.0]), "high = [1.0]: expected a number"),
        (lambda: akx.newton_basis([1.0], "x"), "scale = 'x': expected a number"),
        (lambda: akx.newton_basis(3), "shifts is a int: expected a sequence of numbers"),
        (
            lambda: akx.newton_basis(["a"]),
            "shifts has dtype <U1 and shape (1,): expected numbers in one dimension",
        ),
        (
            lambda: akx.Recurrence([[1.0], [1.0, 2.0]], [0.0], [0.0]),
            "recurrence.a is a list: expected an array, all rows as long",
        ),
        (
            lambda: akx.Polynomial(None, [1.0]),
            "recurrence has type NoneType: expected a Recurrence",
        ),
        (
            lambda: akx.PolynomialOperator(A, [1.0]),
            "plan is a csr_array: expected what asp.akx.plan makes",
        ),
        (
            lambda: PLAN.powers([[1.0], [1.0, 2.0]]),
            "x is a list: expected an array, all rows as long",
        ),
        (
            lambda: akx.powers(A, [[1.0], [1.0, 2.0]], 2),
            "x is a list: expected an array, all rows as long",
        ),
        (lambda: PLAN.gram(X, doubled="yes"), "doubled = 'yes': expected True or False"),
        (
            lambda: PLAN.gram(X, np.ones(3)),
            "r has dtype float64 and shape (3,): expected float64 and shape (64,)",
        ),
    ],
    ids=str,
)
def test_an_argument_of_the_wrong_kind_is_named(act: Callable[[], object], message: str) -> None:
    assert said(TypeError, act) == message


def test_more_than_can_be_done_at_once() -> None:
    assert said(ValueError, lambda: akx.powers(A, np.ones((9, 64)), 2)) == (
        "x has shape (9, 64): expected 1 to 8 vectors"
    )
    assert said(ValueError, lambda: akx.polynomial(A, X, np.ones(1002))) == (
        "coefficients has 1002 values: expected at least 2, at most 1001"
    )
    assert said(ValueError, lambda: akx.chebyshev_basis(2**40, 0.0, 1.0)) == (
        f"k = {2**40}: expected 1 to 1000"
    )
    assert akx.plan(A, threads=2**70).k == 8


def test_a_numbering_that_does_not_go_with_the_rest() -> None:
    act = lambda: akx.plan(A, method="explicit", numbering="levels")  # noqa: E731
    assert said(asp.InputError, act) == (
        "numbering = levels: expected given, where tiles are explicit"
    )


def test_smoothers_need_positive_eigenvalues() -> None:
    assert said(ValueError, lambda: akx.chebyshev_smoother(3, -1.0, 1.0)) == (
        "low = -1.0: expected a number above 0"
    )
    assert said(ValueError, lambda: akx.chebyshev_smoother_4(3, 0.0)) == (
        "high = 0.0: expected a finite number above 0"
    )
    assert said(ValueError, lambda: akx.chebyshev_smoother_4(0, 1.0)) == (
        "degree = 0: expected 1 to 1000"
    )


def test_a_torn_pair_of_shifts() -> None:
    message = said(asp.InputError, lambda: akx.newton_basis([3.0, 1.0 + 2.0j]))
    assert message.startswith("Newton basis: shifts[1] = 1") and "expected its conjugate" in message


@pytest.mark.parametrize(
    ("dtype", "level"), [(np.float64, 4), (np.float32, 2), (np.complex128, 4)], ids=str
)
def test_a_basis_that_overflows_names_its_level(dtype: Any, level: int) -> None:
    B = (sparse.eye_array(9, format="csr") * (1e30 if dtype == np.float32 else 1e80)).astype(dtype)
    plan = akx.plan(B, k=6)
    assert said(OverflowError, lambda: plan.powers(np.ones(9, dtype))) == (
        f"level {level} of 6 overflows {np.dtype(dtype)}: take basis='chebyshev' or 'newton', a "
        "recurrence that scales, or a smaller k"
    )
    assert said(OverflowError, lambda: plan.polynomial(np.ones(9, dtype), np.ones(7))) == (
        f"p(A) x of degree 6 overflows {np.dtype(dtype)}: take a basis that scales, or a smaller k"
    )


def test_a_vector_that_is_not_finite_is_no_overflow() -> None:
    x = X.copy()
    x[5] = np.nan
    assert said(ValueError, lambda: PLAN.powers(x)) == "x[5] = nan: expected a finite number"
    assert said(ValueError, lambda: PLAN.polynomial(x, [1.0, 1.0, 1.0, 1.0])) == (
        "x[5] = nan: expected a finite number"
    )
    both = np.stack([X, x])
    assert said(ValueError, lambda: akx.powers(A, both, 2)) == (
        "x[1, 5] = nan: expected a finite number"
    )


def test_an_operator_and_what_it_cannot_take() -> None:
    operator = akx.PolynomialOperator(PLAN, [1.0, 2.0, 3.0, 4.0])
    assert said(TypeError, lambda: operator @ np.ones(63)) == "x has shape (63,): expected (64,)"
    assert said(TypeError, lambda: operator @ np.ones((63, 2))) == (
        "x has shape (63, 2): expected (64, m)"
    )
    for x in (np.ones(64, complex), np.ones((64, 2), complex)):
        assert said(TypeError, lambda x=x: operator @ x) == (  # type: ignore[misc]
            "x has dtype complex128: expected float64"
        )


def test_without_scipy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    assert said(ImportError, lambda: akx.plan(A)) == "asp.akx needs scipy: pip install scipy"


def test_the_package_is_imported_without_scipy() -> None:
    code = "import sys, asp.akx; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def remarks(B: Any) -> list[str]:
    return akx.plan(B, k=2).remarks


def test_what_is_copied_is_said() -> None:
    B = poisson(3)
    assert remarks(B) == []
    assert remarks(B.tocoo()) == ["A is coo: a copy in csr"]
    assert remarks(B.astype(np.int32)) == ["A has dtype int32: a copy of its values in float64"]
    assert remarks(B.astype(bool)) == ["A has dtype bool: a copy of its values in float64"]
    every = sparse.csr_array(
        (np.repeat(B.data, 2)[::2], np.repeat(B.indices, 2)[::2], B.indptr), shape=B.shape
    )
    assert remarks(every) == ["A's arrays do not lie in one piece: a copy"]


def test_unsorted_columns_and_duplicates_are_brought_in_order() -> None:
    sorted_ = sparse.csr_array(
        (np.array([3.0, 1.0, 2.0]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 2)
    )
    unsorted = sparse.csr_array(
        (np.array([1.0, 3.0, 2.0]), np.array([1, 0, 1]), np.array([0, 2, 3])), shape=(2, 2)
    )
    twice = sparse.csr_array(
        (np.array([3.0, 0.5, 0.5, 2.0]), np.array([0, 1, 1, 1]), np.array([0, 3, 4])), shape=(2, 2)
    )
    x = np.array([1.0, 2.0])
    expected = akx.powers(sorted_, x, 2)
    assert remarks(unsorted) == ["A has columns that do not rise: a sorted copy"]
    assert remarks(twice) == [
        "A has duplicate entries: a sorted copy, 1 of 4 entries added to others"
    ]
    for B in (unsorted, twice):
        before = [B.indices.copy(), B.data.copy()]
        assert (akx.powers(B, x, 2) == expected).all()
        assert (B.indices == before[0]).all() and (B.data == before[1]).all()


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_is_not_copied(index: Any) -> None:
    B = poisson(3, np.float64, index)
    found = akx.plan(B, k=2)._matrix
    assert np.shares_memory(found.value, B.data) and np.shares_memory(found.column, B.indices)
    assert found.column.dtype == index


def test_a_report_repeats_the_remarks() -> None:
    text = akx.plan(poisson(3).tocsc(), k=2).report()
    assert re.search(r"^remark: A is csc: a copy in csr$", text, re.MULTILINE)

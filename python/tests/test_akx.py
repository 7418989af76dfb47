"""asp.akx: powers and polynomials of a sparse matrix, whatever they are made by."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import linalg as solvers

import asp
from asp import akx

from akx_matrices import band, graph, laplacian, poisson

DTYPES = (np.float64, np.float32, np.complex128, np.complex64)
WAYS: tuple[dict[str, Any], ...] = (
    {"method": "plain", "storage": "csr"},
    {"method": "plain", "storage": "slices"},
    {"method": "plain", "storage": "blocks", "block": 3},
    {"method": "plain", "storage": "slices", "numbering": "length"},
    {"method": "implicit", "storage": "slices", "tile_kib": 16, "numbering": "levels"},
    {"method": "implicit", "storage": "csr", "tile_kib": 16},
    {"method": "implicit", "storage": "slices", "tile_kib": 16, "depth": 3},
    {"method": "implicit", "storage": "blocks", "block": 2, "tile_kib": 16},
    {"method": "implicit", "storage": "slices", "tile_shape": "compact", "tile_kib": 16},
    {"method": "explicit", "storage": "csr", "tile_kib": 16},
    {"method": "explicit", "storage": "slices", "tile_kib": 16},
    {"method": "explicit", "storage": "blocks", "tile_kib": 16},
)


def vector(n: int, dtype: Any = np.float64, seed: int = 0, count: int | None = None) -> Any:
    random = np.random.default_rng(seed)
    shape = n if count is None else (count, n)
    values = random.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * random.standard_normal(shape)
    return values.astype(dtype)


def repeated(A: Any, x: Any, k: int) -> Any:
    levels = [x]
    for _ in range(k):
        levels.append((A @ levels[-1].T).T)
    return np.stack(levels)


def assert_close(found: Any, expected: Any, row_nonzeros: int) -> None:
    """To rounding: each level adds an error of some eps for each nonzero of a row, relative to the
    sum of magnitudes, which stays within a factor of the largest value where |A| is 1."""
    k = len(expected) - 1
    eps = np.finfo(expected.dtype).eps
    scale = np.abs(expected[0]).max()
    assert np.abs(found - expected).max() <= 4 * k * row_nonzeros * eps * scale


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_powers_are_repeated_products(dtype: Any, index: Any) -> None:
    A = poisson(12, dtype, index)
    x = vector(A.shape[0], dtype)
    basis = akx.plan(A, k=5).powers(x)
    assert basis.shape == (6, A.shape[0]) and basis.dtype == dtype
    assert_close(basis, repeated(A, x, 5), 7)


@pytest.mark.parametrize("make", [poisson, band, graph])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way.values())))
def test_every_way_gives_the_same_bits(make: Any, way: dict[str, Any]) -> None:
    A = make(12)  # a multiple of every block
    x = vector(A.shape[0])
    expected = akx.plan(A, k=6, method="plain", storage="csr", threads=1).powers(x)
    for threads in (1, 2, 3):
        found = akx.plan(A, k=6, threads=threads, **way).powers(x)
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_several_vectors_are_as_each_alone(dtype: Any) -> None:
    A = poisson(9, dtype)
    x = vector(A.shape[0], dtype, count=3)
    together = akx.plan(A, k=4, vectors=3).powers(x)
    assert together.shape == (5, 3, A.shape[0])
    alone = akx.plan(A, k=4)
    for v in range(3):
        assert together[:, v].tobytes() == alone.powers(x[v]).tobytes()


def test_wide_indices_give_the_bits_of_narrow_ones() -> None:
    narrow, wide = graph(15, index=np.int32), graph(15, index=np.int64)
    x = vector(narrow.shape[0])
    assert akx.powers(narrow, x, 4).tobytes() == akx.powers(wide, x, 4).tobytes()


def test_a_recurrence_is_what_it_says() -> None:
    A = poisson(8)
    x = vector(A.shape[0])
    a, b, c = [1.0, 2.0, 0.5], [-0.5, 0.25, -1.0], [0.0, -1.0, 0.125]
    expected = [x]
    for p in range(3):
        before = expected[-2] if p else 0.0 * x
        expected.append(a[p] * (A @ expected[-1]) + b[p] * expected[-1] + c[p] * before)
    found = akx.powers(A, x, 3, basis=akx.Recurrence(a, b, c))
    # eps for each of some 10 operations a level, values below 4
    np.testing.assert_allclose(found, np.stack(expected), rtol=0.0, atol=1e-13)


def test_chebyshev_vectors_are_polynomials_of_the_eigenvalues() -> None:
    eigenvalues = np.linspace(1.0, 3.0, 50)
    A = sparse.diags_array(eigenvalues).tocsr()
    found = akx.powers(A, np.ones(50), 6, basis=akx.chebyshev_basis(6, 1.0, 3.0))
    expected = [np.cos(p * np.arccos(np.clip(eigenvalues - 2.0, -1, 1))) for p in range(7)]
    # The scale of a basis is its maker's matter: each vector is compared up to a factor.
    for p in range(7):
        factor = found[p, -1] / expected[p][-1]
        np.testing.assert_allclose(found[p] / factor, expected[p], atol=1e-12)


def test_newton_vectors_vanish_at_their_shifts() -> None:
    shifts = [4.0, 1.0, 2.0]
    A = sparse.diags_array([1.0, 2.0, 3.0, 4.0]).tocsr()
    found = akx.powers(A, np.ones(4), 3, basis=akx.newton_basis(shifts, scale=0.5))
    for p in range(1, 4):
        zero = {int(s) - 1 for s in shifts[:p]}
        assert {i for i in range(4) if found[p, i] == 0.0} == zero


@pytest.mark.parametrize("name", ["newton", "chebyshev"])
def test_a_named_basis_spans_what_powers_span(name: str) -> None:
    A = laplacian(6)
    x = vector(A.shape[0])
    powers, basis = akx.powers(A, x, 3), akx.powers(A, x, 3, basis=name)
    coefficients, *_ = np.linalg.lstsq(basis.T, powers[3], rcond=None)
    left = np.linalg.norm(coefficients @ basis - powers[3])
    assert left < 1e-10 * np.linalg.norm(powers[3])  # eps times the condition of either basis


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_polynomial_is_the_sum_of_its_vectors(dtype: Any) -> None:
    A = poisson(9, dtype)
    x = vector(A.shape[0], dtype)
    coefficients = [0.5, -1.0, 2.0, 0.25]
    basis = akx.powers(A, x, 3)
    expected = sum(c * v for c, v in zip(coefficients, basis))
    found = akx.polynomial(A, x, coefficients)
    # four terms of up to a few times max |x|
    assert np.abs(found - expected).max() < 30 * np.finfo(dtype).eps * np.abs(x).max()


def test_a_polynomial_has_the_same_bits_from_every_plan() -> None:
    A = poisson(12)
    x, coefficients = vector(A.shape[0]), np.linspace(1.0, 2.0, 7)
    expected = akx.plan(A, k=6, method="plain", storage="csr").polynomial(x, coefficients)
    for way in WAYS:
        plan = akx.plan(A, k=6, keep="polynomial", threads=2, **way)
        assert plan.polynomial(x, coefficients).tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gram_matrix_holds_the_inner_products(dtype: Any) -> None:
    A = poisson(9, dtype)
    x, r = vector(A.shape[0], dtype), vector(A.shape[0], dtype, seed=1)
    basis, gram, projected = akx.plan(A, k=4).gram(x, r)
    assert basis.tobytes() == akx.powers(A, x, 4).tobytes()
    wide = basis.astype(np.result_type(dtype, np.float64))
    eps = np.finfo(dtype).eps * len(x)  # of sums of n products
    expected = wide.conj() @ wide.T
    np.testing.assert_allclose(gram, expected, rtol=0.0, atol=eps * np.linalg.norm(x) ** 2)
    assert projected is not None
    size = np.linalg.norm(x) * np.linalg.norm(r)
    np.testing.assert_allclose(projected, wide.conj() @ r, rtol=0.0, atol=eps * size)
    assert akx.plan(A, k=4).gram(x).projected is None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_gram_matrix_in_doubled_precision_is_rounded_once(dtype: Any) -> None:
    A = poisson(9, dtype)
    x = vector(A.shape[0], dtype)
    basis, gram, _ = akx.plan(A, k=4).gram(x, doubled=True)
    wide = basis.astype(np.longdouble)
    expected = wide @ wide.T
    # The rounding to the dtype, and that of the sums of 729 long doubles.
    sums = len(x) * np.finfo(np.longdouble).eps * np.linalg.norm(x) ** 2
    assert (np.abs(gram - expected) <= np.finfo(dtype).eps * np.abs(expected) + sums).all()


def test_results_go_where_they_are_wanted() -> None:
    A = poisson(7)
    plan = akx.plan(A, k=3)
    x = vector(A.shape[0])
    out = np.empty((4, len(x)))
    assert plan.powers(x, out=out) is out
    again = out.copy()
    assert plan.powers(again[0], out=again) is again  # x stands where it is to go
    assert again.tobytes() == out.tobytes()
    assert plan.powers(np.repeat(x, 2)[::2]).tobytes() == out.tobytes()  # any strides
    z = np.empty_like(x)
    assert plan.polynomial(x, [1.0, 0.0, 0.0, 0.0], out=z) is z
    assert (z == x).all()


def test_a_chebyshev_polynomial_preconditions_conjugate_gradients() -> None:
    A = laplacian(24)
    low, high = 3 * 4 * np.sin(np.pi / 50) ** 2, 12.0  # of the 3-D Laplacian on 24^3 points
    p = akx.chebyshev_smoother(8, low, high)
    operator = akx.plan(A, k=8, keep="polynomial").as_linear_operator(p)
    assert isinstance(operator, solvers.LinearOperator)
    b = vector(A.shape[0])
    counts = []
    for M in (None, operator, akx.PolynomialOperator(akx.plan(A, k=8), p)):
        iterations = [0]

        def count(_: Any, iterations: list[int] = iterations) -> None:
            iterations[0] += 1

        x, flag = solvers.cg(A, b, rtol=1e-8, M=M, callback=count)
        assert flag == 0
        assert np.linalg.norm(b - A @ x) <= 2e-8 * np.linalg.norm(b)
        counts.append(iterations[0])
    assert counts[1] == counts[2]
    assert 3 * counts[1] < counts[0]


def test_an_operator_takes_columns() -> None:
    A = poisson(6)
    X = vector(A.shape[0], count=5).T
    for vectors in (1, 3):
        plan = akx.plan(A, k=2, keep="polynomial", vectors=vectors)
        operator = akx.PolynomialOperator(plan, [1.0, 2.0, 3.0])
        expected = np.stack([akx.polynomial(A, x.copy(), [1.0, 2.0, 3.0]) for x in X.T], axis=1)
        assert (operator @ X).tobytes() == expected.tobytes()
        assert (operator.as_linear_operator() @ X).tobytes() == expected.tobytes()
        assert (operator @ X[:, 0]).tobytes() == expected[:, 0].tobytes()
    assert repr(operator) == "<216 x 216 PolynomialOperator of degree 2, float64>"


def test_a_polynomial_of_numbers_is_that_of_a_diagonal_matrix() -> None:
    eigenvalues = np.linspace(0.5, 2.0, 9)
    A = sparse.diags_array(eigenvalues).tocsr()
    p = akx.chebyshev_smoother(5, 0.5, 2.0)
    np.testing.assert_allclose(akx.polynomial(A, np.ones(9), p), p(eigenvalues), rtol=1e-13)
    # The residual of Chebyshev's iteration: 1 / T_6 of the centre over the half width.
    bound = 1.0 / np.cosh(6 * np.arccosh(1.25 / 0.75))
    assert np.abs(1.0 - eigenvalues * p(eigenvalues)).max() <= bound * (1.0 + 1e-10)


def test_a_plan_says_what_was_decided() -> None:
    A = poisson(9)
    plan = akx.plan(A, k=4, method="implicit", storage="slices", depth=2, tile_kib=32)
    assert (plan.method, plan.storage, plan.depth) == ("implicit", "slices", 2)
    assert plan.reason and plan.fill >= 1.0 and plan.redundancy >= 1.0
    assert plan.csr_bytes == 12 * A.nnz + 4 * (A.shape[0] + 1)
    assert plan.memory_ratio == plan.matrix_bytes / plan.csr_bytes
    assert plan.chosen in plan.considered
    text = plan.report()
    head = f"729 x 729, {A.nnz} nonzeros, float64; k = 4, basis\nchosen: implicit, "
    assert text.startswith(head)
    assert f"reason: {plan.reason}" in text and "considered:" in text
    assert repr(plan).startswith(
        f"<Plan of 729 x 729, {A.nnz} nonzeros, float64, k = 4, basis: implicit"
    )


def test_a_plan_keeps_the_matrix_alive() -> None:
    A = poisson(9)
    x = vector(A.shape[0])
    expected = akx.powers(A, x, 3)
    plan = akx.plan(A, k=3, method="plain", storage="csr")
    del A
    assert plan.powers(x).tobytes() == expected.tobytes()


def test_plans_are_used_by_several_threads_at_once() -> None:
    A = poisson(16)
    plan = akx.plan(A, k=6)
    xs = [vector(A.shape[0], seed=s) for s in range(4)]
    expected = [plan.powers(x).tobytes() for x in xs]
    found: list[bytes] = [b""] * 4

    def work(i: int) -> None:
        found[i] = plan.powers(xs[i]).tobytes()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_modes_of_specialization_give_the_same_bits() -> None:
    A = poisson(9)
    x = vector(A.shape[0])
    found = []
    for mode in ("sync", "off"):
        with asp.specialize(mode):
            found.append(akx.powers(A, x, 5).tobytes())
    assert found[0] == found[1]


def test_the_first_call_settles_a_plan() -> None:
    A = poisson(60)
    plan = akx.plan(A, 12, threads=1, budget=1000.0)
    before = plan.reason
    plan.powers(vector(A.shape[0]))
    if plan.tuning_seconds == 0.0:
        # All fits into this machine's caches, or a verdict is known: there is nothing to time.
        assert plan.reason == before
    else:
        assert "by the model" in before
        assert plan.speedup is not None
        assert plan.chosen.measured is not None

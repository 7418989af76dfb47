"""Powers of a sparse matrix beside scipy's products, and a polynomial of it as a preconditioner.

python akx.py --size 80 --k 8
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import cg

import asp
from timing import seconds


def laplacian(n: int) -> sparse.csr_array:
    """Seven points on n x n x n, divided by 12: eigenvalues between 0 and 1."""
    line = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n)) / 12.0
    eye = sparse.eye_array(n)
    plane = sparse.kron(line, eye) + sparse.kron(eye, line)
    return (sparse.kron(plane, eye) + sparse.kron(sparse.eye_array(n * n), line)).tocsr()


def repeated(A: sparse.csr_array, x: np.ndarray, out: np.ndarray) -> None:
    """What one writes without asp."""
    out[0] = x
    for p in range(1, len(out)):
        out[p] = A @ out[p - 1]


def show_powers(A: sparse.csr_array, k: int) -> None:
    """Times, and how far the two are apart."""
    x = np.random.default_rng(0).standard_normal(A.shape[0])
    plan = asp.akx.plan(A, k)
    print(plan.report())

    theirs, ours, plain = (np.empty((k + 1, len(x))) for _ in range(3))
    scipy_time = seconds(lambda: repeated(A, x, theirs))
    our_time = seconds(lambda: plan.powers(x, out=ours))
    asp.akx.plan(A, k, method="plain", storage="csr").powers(x, out=plain)
    one = 1e9 / (k * A.nnz)  # ns for each nonzero and product
    print(f"{k} products of scipy:  {scipy_time * one:6.2f} ns a nonzero and product")
    ratio = scipy_time / our_time
    print(f"plan.powers:         {our_time * one:6.2f} ns, {ratio:.2f} times as fast")
    print(f"largest difference from scipy: {np.abs(ours - theirs).max():.1e}")
    print(f"same bits as plain products: {ours.tobytes() == plain.tobytes()}")


def show_preconditioner(A: sparse.csr_array, n: int, degree: int) -> None:
    """Conjugate gradients, without and with Chebyshev's polynomial for the inverse."""
    b = np.random.default_rng(1).standard_normal(A.shape[0])
    low = np.sin(0.5 * np.pi / (n + 1)) ** 2  # the least eigenvalue, known here
    p = asp.akx.chebyshev_smoother(degree, low, 1.0)
    M = asp.akx.plan(A, degree, keep="polynomial").as_linear_operator(p)
    print(f"\nconjugate gradients to 1e-8, and with a polynomial of degree {degree}:")
    for name, preconditioner in (("alone", None), ("polynomial", M)):
        steps = [0]

        def count(_: np.ndarray, steps: list[int] = steps) -> None:
            steps[0] += 1

        def solve(M: object = preconditioner) -> np.ndarray:
            steps[0] = 0
            return cg(A, b, rtol=1e-8, M=M, callback=count)[0]

        time = seconds(solve, repeats=1)
        left = np.linalg.norm(b - A @ solve()) / np.linalg.norm(b)
        print(f"  {name:<10} {steps[0]:5} steps, {time:7.3f} s, residual {left:.1e}")


def main(size: int = 80, k: int = 8, degree: int = 8) -> None:
    A = laplacian(size)
    show_powers(A, k)
    show_preconditioner(A, size, degree)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=80, help="points along each side")
    parser.add_argument("--k", type=int, default=8, help="products")
    parser.add_argument("--degree", type=int, default=8, help="of the preconditioner")
    main(**vars(parser.parse_args()))

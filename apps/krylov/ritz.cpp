#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "asp/base/error.hpp"
#include "krylov/basis.hpp"
#include "krylov/reference.hpp"

namespace krylov {
namespace {

using Complex = std::complex<double>;

/// The same on every machine, which std::normal_distribution is not.
Eigen::VectorXd fixed_random_vector(Eigen::Index size) {
    std::mt19937_64 random(20080414);
    Eigen::VectorXd vector(size);
    for (double& x : vector) x = std::ldexp(static_cast<double>(random() >> 11), -53) - 0.5;
    return vector.normalized();
}

/// Takes the parts along the first `count` columns out of `vector`, and gives them. Twice: once
/// leaves it orthogonal only to rounding times the vector's length before.
Eigen::VectorXd orthogonalize(const Eigen::MatrixXd& basis, Eigen::Index count,
                              Eigen::VectorXd& vector) {
    const auto columns = basis.leftCols(count);
    Eigen::VectorXd parts = columns.transpose() * vector;
    vector -= columns * parts;
    const Eigen::VectorXd rest = columns.transpose() * vector;
    vector -= columns * rest;
    return parts + rest;
}

/// The Hessenberg matrix [m, m] of at most `steps` Arnoldi steps.
Eigen::MatrixXd hessenberg_matrix(const CsrView<double>& matrix, Eigen::Index steps) {
    const Eigen::Index n = matrix.rows();
    Eigen::MatrixXd basis(n, steps), hessenberg = Eigen::MatrixXd::Zero(steps, steps);
    basis.col(0) = fixed_random_vector(n);
    Eigen::VectorXd next(n);
    for (Eigen::Index j = 0; j < steps; ++j) {
        multiply(matrix, basis.col(j).data(), next.data());
        const double before = next.norm();
        if (!std::isfinite(before))
            throw asp::InputError(
                fmt::format("Arnoldi process: step {}: expected a finite "
                            "product; the matrix holds inf, nan or values too "
                            "large to square",
                            j));
        hessenberg.col(j).head(j + 1) = orthogonalize(basis, j + 1, next);
        const double after = next.norm();
        // What is left is rounding: the space is invariant.
        const bool is_invariant = after <= 10.0 * static_cast<double>(j + 1) *
                                               std::numeric_limits<double>::epsilon() * before;
        if (is_invariant) return hessenberg.topLeftCorner(j + 1, j + 1);
        if (j + 1 == steps) break;
        hessenberg(j + 1, j) = after;
        basis.col(j + 1) = next / after;
    }
    return hessenberg;
}

}  // namespace

std::vector<Complex> ritz_values(const CsrView<double>& matrix, std::size_t steps) {
    if (matrix.rows() != matrix.columns)
        throw asp::InputError(
            fmt::format("Ritz values: {} rows and {} columns: expected a square "
                        "matrix",
                        matrix.rows(), matrix.columns));
    const auto count = std::min(static_cast<Eigen::Index>(steps), Eigen::Index{matrix.rows()});
    if (count == 0) return {};
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(hessenberg_matrix(matrix, count), false);
    ASP_ASSERT(solver.info() == Eigen::Success);  // of finite entries, within 40 sweeps for each
    const auto& values = solver.eigenvalues();
    return {values.begin(), values.end()};
}

}  // namespace krylov

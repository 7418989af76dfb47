#include "gmm/detail/linear_algebra.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

namespace gmm::detail {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<Matrix> map(std::span<double> values, std::size_t dimension) {
    const auto D = static_cast<Eigen::Index>(dimension);
    return {values.data(), D, D};
}

}  // namespace

bool cholesky(std::span<double> matrix, std::size_t dimension) {
    auto values = map(matrix, dimension);
    const Eigen::LLT<Matrix> factors(values);
    if (factors.info() != Eigen::Success) return false;
    values = factors.matrixL();
    // Eigen lets NaN pass.
    for (Eigen::Index i = 0; i < values.rows(); ++i)
        if (!(values(i, i) > 0.0) || !std::isfinite(values(i, i))) return false;
    return true;
}

void invert_lower(std::span<double> factor, std::size_t dimension) {
    auto values = map(factor, dimension);
    const auto D = static_cast<Eigen::Index>(dimension);
    const Matrix inverse =
        values.triangularView<Eigen::Lower>().solve(Matrix::Identity(D, D).eval());
    values = inverse.triangularView<Eigen::Lower>();
}

}  // namespace gmm::detail

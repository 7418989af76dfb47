#include <algorithm>
#include <cmath>

#include "krylov/detail/generators.hpp"

namespace krylov::detail {
namespace {

std::span<double> row_values(Csr<double>& matrix, std::size_t i) {
    const auto begin = static_cast<std::size_t>(matrix.row_start[i]);
    return std::span(matrix.value)
        .subspan(begin, static_cast<std::size_t>(matrix.row_start[i + 1]) - begin);
}

double absolute_sum(std::span<const double> values) {
    double sum = 0.0;
    for (const double v : values) sum += std::abs(v);
    return sum;
}

/// The greatest power of two that brings `sum` to at most 1.
double factor_for(double sum) {
    if (!(sum > 0.0)) return 1.0;
    int exponent = 0;
    const double fraction = std::frexp(sum, &exponent);  // [0.5, 1)
    return std::ldexp(1.0, fraction == 0.5 ? 1 - exponent : -exponent);
}

}  // namespace

void scale_alike(Csr<double>& matrix) {
    double greatest = 0.0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i)
        greatest = std::max(greatest, absolute_sum(row_values(matrix, i)));
    const double factor = factor_for(greatest);
    for (double& v : matrix.value) v *= factor;
}

void scale_rows(Csr<double>& matrix) {
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i) {
        const auto values = row_values(matrix, i);
        const double factor = factor_for(absolute_sum(values));
        for (double& v : values) v *= factor;
    }
}

}  // namespace krylov::detail

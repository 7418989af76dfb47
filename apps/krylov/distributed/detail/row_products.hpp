#pragma once

#include "krylov/basis.hpp"
#include "krylov/csr.hpp"
#include "krylov/distributed/detail/skirt.hpp"

namespace krylov::detail {

/// x_{p+1} of the rows in `range`, to the bit what reference_powers gives: `x` holds x_p, `before`
/// x_{p-1} (for p > 0), `y` is x_{p+1}; row i of the matrix is element i of each.
void take_level(const CsrView<double>& rows, Range range, const Recurrence& recurrence,
                std::size_t p, const double* x, const double* before, double* y);

/// sum = a x + sum with one rounding, where the reference has it.
void add_multiple(double a, std::span<const double> x, std::span<double> sum);

}  // namespace krylov::detail

#pragma once

#include "krylov/akx.hpp"

namespace krylov::detail {

/// Throws InputError for a matrix that is not square and for options out of range.
void check_request(std::int64_t rows, std::int64_t columns, const PlanOptions& options);

}  // namespace krylov::detail

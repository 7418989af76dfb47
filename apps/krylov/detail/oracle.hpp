#pragma once

#include "asp/specialize/specializer.hpp"
#include "krylov/kernel_config.hpp"

namespace krylov::detail {

/// One level of the matrix powers, number by number: what every kernel must equal to the bit, and
/// the last resort where there is no compiler.
asp::Interpreter oracle(const KernelConfig& config);

}  // namespace krylov::detail

#pragma once

#include "asp/newton/detail/system.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp::newton::detail {

/// The template of kernels/newton.hpp on interpreted functions: the same algorithm, 128 systems at
/// once.
Interpreter interpreter_of(const Problem& problem, Pivoting pivoting);

}  // namespace asp::newton::detail

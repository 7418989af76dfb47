#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp::stencil::detail {

/// Random fields of a small grid; each call's results in arrays of their own.
Example example_of(const Problem& problem, std::uint64_t seed, long extent);

std::vector<Tolerance> tolerances_of(const Problem& problem);

}  // namespace asp::stencil::detail

#pragma once

#include <string>
#include <vector>

#include "asp/ir/detail/sweep.hpp"
#include "asp/ir/function.hpp"

namespace asp::ir::detail {

/// The innermost part behind a bad value, and where it was written.
struct Culprit {
    std::size_t place;  ///< in the sweep
    Span span;
};
/// `values` of all nodes at a point, where node i is NaN or infinite.
Culprit culprit(const Sweep& sweep, const std::vector<double>& values, std::size_t i);

/// "sqrt(-2e-05) is not a number at A = 1e-05, A0 = 3e-05"
std::string description(const Function& function, const Sweep& sweep,
                        const std::vector<double>& values, std::size_t place,
                        const std::vector<double>& point);

}  // namespace asp::ir::detail

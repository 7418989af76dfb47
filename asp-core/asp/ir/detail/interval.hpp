#pragma once

#include <limits>

#include "asp/ir/domain.hpp"

namespace asp::ir::detail {

/// No value at all: what is always NaN.
constexpr Interval no_values{std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()};

/// What an operation makes of its operands' values (a select's condition is its first). `same`: the
/// first two are one node, so that x - x is 0 and x * x not negative.
Enclosure enclosure(Op op, const Enclosure& a, const Enclosure& b, const Enclosure& c, bool same);

}  // namespace asp::ir::detail

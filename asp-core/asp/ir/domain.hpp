#pragma once

#include <optional>
#include <string>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/function.hpp"

namespace asp::ir {

/// Values that the expression can take when the arguments are in their ranges: never too small,
/// perhaps too large. Whether it can be NaN is told too.
struct Enclosure {
    Interval values;
    bool may_be_nan = false;
};
Enclosure enclose(Expression expression, const std::vector<Argument>& arguments);

/// Complains where the function is NaN or infinite at a point of its arguments' ranges, with an
/// example point and the part that fails
/// ("sqrt(-2e-05) is not a number at A = 1e-05, A0 = 3e-05"). Interval arithmetic finds
/// candidates, a search over points (corners, a low-discrepancy sequence) confirms: only what was
/// confirmed is a complaint. Arguments without a bounded range are taken at 1 and at their finite
/// end.
void check_domain(const Function& function, Diagnostics& diagnostics);

}  // namespace asp::ir

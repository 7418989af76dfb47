#pragma once

#include <cstddef>
#include <vector>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// d(expression) / d(argument), in the same graph; nothing (an empty Expression) where it is zero
/// whatever the arguments. At a kink (abs, minimum, select) the derivative of the branch taken.
Expression derivative(Expression expression, std::size_t argument);

/// A derivative that is not zero.
struct Partial {
    std::size_t result, argument;
    Expression value;
};
/// Of every result by each of the arguments [first, last), ordered by result, then argument.
std::vector<Partial> jacobian(const Function& function, std::size_t first, std::size_t last);

}  // namespace asp::ir

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// The expression in `target` (its own graph or another) with `replacements[i]` for argument i.
/// An empty replacement keeps the argument.
Expression substitute(Expression expression, Graph& target,
                      std::span<const Expression> replacements);

/// Whether the value depends on one of the arguments for which `wanted` is true.
bool depends_on(Expression expression, const std::function<bool(std::size_t)>& wanted);

/// Nodes that the results need, operands first.
std::vector<Expression> needed(std::span<const Expression> results);

/// A function split in two: what does not change from point to point is computed once before.
struct Hoisted {
    Function setup;   ///< of the invariant arguments: one result for each coefficient
    Function kernel;  ///< of the varying arguments, then the coefficients: the results
};
/// `varies[i]`: whether argument i changes from point to point. The largest invariant parts become
/// coefficients "k0", "k1", ...; constants stay in the kernel.
Hoisted hoist(const Function& function, const std::vector<bool>& varies);

}  // namespace asp::ir

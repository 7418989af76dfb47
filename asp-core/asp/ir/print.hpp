#pragma once

#include <string>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// The expression in the surface language; parsing it again gives the same node. Arguments by name.
std::string to_string(const Function& function, Expression expression);
/// A whole function definition; equal parts that stand more than once are named first.
std::string to_string(const Function& function);

}  // namespace asp::ir

#pragma once

#include <span>
#include <string>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// Every part of the function with its value at a point, once, innermost first, as a table to read:
///   A                   0.0003
///   A0                  0.00029
///   sqrt(A)             0.0173205
///   sqrt(A0)            0.0170294
///   sqrt(A) - sqrt(A0)  0.00029114
/// A long part is numbered and stands as "#1" in those around it. Where a value first is NaN or
/// infinite, the line says so. Of more than 200 parts the middle ones are left out, but for such.
std::string trace(const Function& function, std::span<const double> point);

}  // namespace asp::ir

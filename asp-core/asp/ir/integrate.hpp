#pragma once

#include <optional>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// An antiderivative by the argument, where the expression is a sum of terms
/// (free of the argument) * argument^n with constant n: each n that is not -1 gives
/// argument^(n+1)/(n+1), -1 the logarithm. For an argument that is positive: sqrt(x^2) is x.
/// Nothing where the expression is no such sum.
std::optional<Expression> antiderivative(Expression expression, std::size_t argument);

/// The integral of the expression over the argument from `from` to `to`: Gauss-Legendre quadrature
/// of `points` points (1 to 20), exact for polynomials of degree 2 points - 1.
Expression quadrature(Expression expression, std::size_t argument, Expression from, Expression to,
                      std::size_t points);

/// The expression as a sum of powers again, collected by power and written with as few powers as it
/// takes; as it was where it is no such sum, where that is no cheaper, and where products of sums
/// would have to be multiplied out. Real arithmetic: rounding differs.
Expression collected(Expression expression, std::size_t argument);

/// The same for every part of the expression, the operands of exp or sqrt as well:
/// exp(sqrt(x*x / k)) with x > 0 becomes exp(x / sqrt(k)).
Expression collected_throughout(Expression expression, std::size_t argument);

/// A root of expression = target by the argument, where the expression is c0 + c1 * argument^n:
/// ((target - c0) / c1)^(1/n). Nothing where it is not.
std::optional<Expression> inverse(Expression expression, std::size_t argument, Expression target);

}  // namespace asp::ir

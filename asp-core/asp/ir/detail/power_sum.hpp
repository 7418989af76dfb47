#pragma once

#include <optional>
#include <vector>

#include "asp/ir/expression.hpp"

namespace asp::ir::detail {

/// base^exponent of something free of the argument.
struct Factor {
    Expression base;
    double exponent;
    bool operator==(const Factor&) const = default;
};

/// number * (factors) * argument^exponent
struct Term {
    double number = 1.0;
    std::vector<Factor> factors;  ///< ordered by base, each base once
    double exponent = 0.0;
};

/// No terms: zero. No two terms have the same powers.
using PowerSum = std::vector<Term>;

/// Whether a product of two sums is multiplied out. That can lose digits: near x = 1 the terms of
/// x^2 - 2 x + 1 are far larger than (x - 1)^2.
enum class Products { expanded, refused };

/// The expression as such a sum, of at most 16 terms; nothing where it is none. The argument counts
/// as positive, and so does a base where it has a root: in real arithmetic, not to the bit.
std::optional<PowerSum> power_sum(Expression expression, std::size_t argument, Products products);

/// base^exponent with roots and products where they do: x^1.5 is x * sqrt(x).
Expression raised(Expression base, double exponent);

/// What stands before one power of the argument.
struct Coefficient {
    double exponent;
    Expression value;
};
/// By rising exponent, each once.
std::vector<Coefficient> coefficients(const PowerSum& sum, Graph& graph);

/// The sum of value * argument^exponent, in the cheapest of some forms.
Expression written(const std::vector<Coefficient>& coefficients, Graph& graph,
                   std::size_t argument);

/// What the nodes that depend on the argument take to compute, in additions.
double cost(Expression expression, std::size_t argument);

/// The nearest fraction of a small denominator or of three decimals if only rounding lies between,
/// so that 2/3 - 1 is -1/3 and 1.37 - 1 is 0.37; else x itself.
double snapped(double x);

}  // namespace asp::ir::detail

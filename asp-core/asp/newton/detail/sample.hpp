#pragma once

#include <cstdint>
#include <random>

#include "asp/specialize/specializer.hpp"

namespace asp::newton::detail {

/// A value inside the range; around 1 where nothing is declared. The same on every machine.
double random_value(const ir::Interval& range, std::mt19937_64& random);

/// Guesses near roots that the interpreter found, so that rounding is not amplified on the way and
/// rungs can be compared; where it found none, two steps from a random guess.
Example example_of(const Problem& problem, const Interpreter& interpreter, std::uint64_t seed,
                   long extent);

}  // namespace asp::newton::detail

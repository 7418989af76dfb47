#pragma once

#include <complex>
#include <cstddef>
#include <optional>
#include <string>

#include "asp/base/array.hpp"

namespace krylov {

/// Where two sets of vectors first differ, in the order of levels, vectors, rows.
struct Difference {
    std::size_t level;  ///< of [levels, vectors, n]
    std::size_t vector;
    std::size_t row;
    std::string found, expected;  ///< to the last bit, "0x1.8p+0"
};

/// Compares bits, not values: 0 and -0 differ. Precondition: the same extents.
template <class Scalar>
std::optional<Difference> first_difference(asp::View<const Scalar, 3> found,
                                           asp::View<const Scalar, 3> expected);

/// The first value that is infinite or not a number: what an overflow leaves.
struct Overflow {
    std::size_t level, vector, row;
};
template <class Scalar>
std::optional<Overflow> first_overflow(asp::View<const Scalar, 3> vectors);

}  // namespace krylov

#pragma once

#include "asp/stencil/detail/plan.hpp"
#include "asp/stencil/kernels/rows.hpp"

namespace asp::stencil::detail {

/// What a call knows before it begins. Shared by all its ranges.
struct Prepared {
    Plan plan;
    long tile_rows = 0;  ///< 0: chosen from the size of the cache
};

/// The Drive of all kernels. Behind its address stands that of what is Prepared, or 0: then each
/// range prepares for itself.
int drive(const Shape& shape, const Arguments& arguments, long lo, long hi);

}  // namespace asp::stencil::detail

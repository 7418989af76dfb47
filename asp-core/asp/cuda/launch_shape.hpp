#pragma once

#include <cstddef>

namespace asp::cuda {

/// How a kernel is launched, in one dimension.
struct LaunchShape {
    int blocks = 1;
    int threads = 32;        ///< of a block
    std::size_t memory = 0;  ///< [bytes] of a block
};

}  // namespace asp::cuda

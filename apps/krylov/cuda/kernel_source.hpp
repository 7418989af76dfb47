#pragma once

#include <string>

#include "asp/jit/compile.hpp"

namespace krylov::cuda {

enum class KernelKind {
    one_level,   ///< (matrix, levels, basis): level first + 1
    all_levels,  ///< (matrix, levels, basis, counter): first + 1 to last, a cooperative launch
    all_tiles,   ///< (tiles, levels, basis): the same, tile by tile
};

struct KernelSpecification {
    KernelKind kind = KernelKind::one_level;
    bool is_single = false;  ///< float
    bool is_complex = false;
    int block = 1;  ///< of rows and columns; 1 for tiles
};

/// The text of the kernel "powers" for nvcc and NVRTC, with the headers it includes.
asp::jit::Source source_of(const KernelSpecification& specification);

}  // namespace krylov::cuda

#pragma once

#include "asp/kernel/arguments.hpp"
#include "gmm/kernel_config.hpp"

namespace gmm {

/// The built-in kernels, compiled for one instruction set.
struct NativeKernels {
    int vector_bytes;
    /// [form][whether in single precision]; null for what is not built in.
    asp::Entry components_in_lanes[forms][2], frames_in_lanes[forms][2];
};
extern const NativeKernels kernels_x86_64_v2, kernels_x86_64_v3, kernels_x86_64_v4;

/// The best of them that this processor runs.
const NativeKernels& native_kernels();

}  // namespace gmm

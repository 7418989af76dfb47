#pragma once

#include "bloodflow/kernels/peak.hpp"
#include "bloodflow/kernels/table.hpp"

namespace bloodflow {

/// The built-in kernels, compiled for one instruction set.
struct NativeKernels {
    const char* instruction_set;
    KernelTable uniform;  ///< elastic wall, the same all along each vessel
    KernelTable varying;  ///< elastic wall that varies
    /// A formula's wall, function by function; [whether friction is linear].
    KernelTable interpreted_uniform[2], interpreted_varying[2];
    double (*multiply_adds)(long rounds, double factor, double summand);
    double (*divisions_and_roots)(long rounds, double dividend);
};

extern const NativeKernels kernels_x86_64_v2, kernels_x86_64_v3, kernels_x86_64_v4;

/// The best of them that this processor runs.
const NativeKernels& native_kernels();

}  // namespace bloodflow

#pragma once

#include "asp/kernel/arguments.hpp"
#include "krylov/kernel_config.hpp"
#include "krylov/kernels/gram.hpp"

namespace krylov {

template <class Real>
using GramKernel = void (*)(const Real* const* vectors, int count, long lo, long hi,
                            GramSum<Real>* to);

/// The built-in kernels, compiled for one instruction set.
struct NativeKernels {
    asp::Entry (*powers)(const KernelConfig& config);  ///< null for what is not built in
    GramKernel<double> gram64[2];                      ///< [whether doubled]
    GramKernel<float> gram32[2];
};
extern const NativeKernels kernels_x86_64_v2, kernels_x86_64_v3, kernels_x86_64_v4;

/// The best of them that this processor runs.
const NativeKernels& native_kernels();

template <class Real>
GramKernel<Real> gram_kernel(bool is_doubled) {
    if constexpr (sizeof(Real) == sizeof(double))
        return native_kernels().gram64[is_doubled];
    else
        return native_kernels().gram32[is_doubled];
}

}  // namespace krylov

#include "gmm/native_kernels.hpp"

namespace gmm {

const NativeKernels& native_kernels() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return kernels_x86_64_v4;
    if (__builtin_cpu_supports("x86-64-v3")) return kernels_x86_64_v3;
    return kernels_x86_64_v2;
}

}  // namespace gmm

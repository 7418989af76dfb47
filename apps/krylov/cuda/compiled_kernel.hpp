#pragma once
// For sources that are built with the toolkit only.

#include "asp/cuda/resources.hpp"
#include "krylov/cuda/kernel_source.hpp"

namespace krylov::cuda {

/// Compiled for the device there is. Throws BackendError.
asp::cuda::Function compiled_kernel(const KernelSpecification& specification);

}  // namespace krylov::cuda

#pragma once
// For sources that are built with the toolkit only.

#include "asp/cuda/resources.hpp"
#include "gmm/cuda/kernel_source.hpp"

namespace gmm::cuda {

/// Compiled for the device there is. Throws BackendError.
asp::cuda::Function compiled_kernel(const KernelSpecification& specification);

}  // namespace gmm::cuda

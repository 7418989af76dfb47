#include "gmm/cuda/compiled_kernel.hpp"

namespace gmm::cuda {

asp::cuda::Function compiled_kernel(const KernelSpecification& specification) {
    return {source_of(specification), "gmm_kernel"};
}

}  // namespace gmm::cuda

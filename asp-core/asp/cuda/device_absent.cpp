#include "asp/base/error.hpp"
#include "asp/cuda/device.hpp"

namespace asp::cuda {

const DeviceInfo& device_info() {
    fail_without_cuda();
}

void fail_without_cuda() {
    throw BackendError("built without CUDA: configure with --preset cuda");
}

}  // namespace asp::cuda

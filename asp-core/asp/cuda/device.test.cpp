#include "asp/cuda/device.hpp"

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"

TEST_CASE("without a device, or without CUDA, it is said what to do") {
    std::string message;
    try {
        const int processors = asp::cuda::device_info().processors;
        CHECK(processors > 0);
        return;
    } catch (const asp::BackendError& error) {
        message = error.what();
    }
    CHECK((message == "built without CUDA: configure with --preset cuda" ||
           message == "no CUDA device: libcuda.so.1 is missing; install NVIDIA's driver on a "
                      "machine that has a device" ||
           message == "this processor has no fused multiply-add" || message.starts_with("CUDA: ")));
}

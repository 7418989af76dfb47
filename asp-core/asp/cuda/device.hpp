#pragma once

#include <cstddef>
#include <string>

namespace asp::cuda {

/// The first CUDA device of this machine.
struct DeviceInfo {
    std::string name;
    int architecture = 0;             ///< ten times the compute capability: 80, 90
    int processors = 0;               ///< streaming multiprocessors
    double clock = 0.0;               ///< [Hz] at most
    std::size_t memory = 0;           ///< [bytes]
    std::size_t memory_of_block = 0;  ///< [bytes] of a block's own, at most
    bool launches_cooperatively = false;
};

/// Throws BackendError where there is none, and in a build without CUDA.
const DeviceInfo& device_info();

/// What a build without CUDA answers to whoever wants a device: throws BackendError.
[[noreturn]] void fail_without_cuda();

}  // namespace asp::cuda

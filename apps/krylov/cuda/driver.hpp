#pragma once
// CUDA's driver, for sources that are built with the toolkit only.

#include <cuda.h>

#include <cstddef>
#include <string>
#include <utility>

#include "krylov/cuda/device_akx.hpp"
#include "krylov/cuda/kernel_source.hpp"

namespace krylov::cuda {

/// The functions of libcuda.so.1, which is loaded when the device is first asked for: programs
/// start and run without it.
struct Driver {
    decltype(&::cuInit) init;
    decltype(&::cuGetErrorName) error_name;
    decltype(&::cuDeviceGet) device_get;
    decltype(&::cuDeviceGetName) device_name;
    decltype(&::cuDeviceTotalMem) device_memory;
    decltype(&::cuDeviceGetAttribute) attribute;
    decltype(&::cuDevicePrimaryCtxRetain) retain_context;
    decltype(&::cuCtxSetCurrent) set_context;
    decltype(&::cuCtxSynchronize) synchronize;
    decltype(&::cuMemAlloc) allocate;
    decltype(&::cuMemFree) free;
    decltype(&::cuMemcpyHtoD) copy_in;
    decltype(&::cuMemcpyDtoH) copy_out;
    decltype(&::cuMemcpyDtoDAsync) copy;
    decltype(&::cuMemsetD32Async) set;
    decltype(&::cuModuleLoadData) load;
    decltype(&::cuModuleUnload) unload;
    decltype(&::cuModuleGetFunction) function;
    decltype(&::cuFuncSetAttribute) set_attribute;
    decltype(&::cuOccupancyMaxActiveBlocksPerMultiprocessor) occupancy;
    decltype(&::cuLaunchKernel) launch;
    decltype(&::cuLaunchCooperativeKernel) launch_cooperatively;
    decltype(&::cuEventCreate) event_create;
    decltype(&::cuEventDestroy) event_destroy;
    decltype(&::cuEventRecord) event_record;
    decltype(&::cuEventSynchronize) event_synchronize;
    decltype(&::cuEventElapsedTime) event_elapsed;

    CUdevice device;
    CUcontext context;
    DeviceInfo info;

    /// Loaded, with the first device's context current in this thread. Throws BackendError.
    static const Driver& get();
    /// Throws BackendError: "CUDA: copy in: CUDA_ERROR_ILLEGAL_ADDRESS".
    void check(CUresult result, const char* what) const;
};

/// Memory of the device.
class Buffer {
public:
    explicit Buffer(std::size_t bytes);
    Buffer(Buffer&& other) noexcept
        : driver_(other.driver_), address_(std::exchange(other.address_, 0)) {}
    Buffer& operator=(Buffer&&) = delete;
    ~Buffer();

    CUdeviceptr address() const { return address_; }

private:
    const Driver* driver_;
    CUdeviceptr address_ = 0;
};

/// A compiled kernel.
class Function {
public:
    /// Compiles it for the device there is.
    explicit Function(const KernelSpecification& specification);
    Function(const Function&) = delete;
    Function& operator=(const Function&) = delete;
    ~Function();

    CUfunction get() const { return function_; }

private:
    const Driver* driver_;
    CUmodule module_ = nullptr;
    CUfunction function_ = nullptr;
};

/// [s] that the device takes for what `act` starts.
template <class Act>
double device_seconds(const Driver& driver, Act&& act) {
    CUevent begin = nullptr, end = nullptr;
    driver.check(driver.event_create(&begin, CU_EVENT_DEFAULT), "an event");
    driver.check(driver.event_create(&end, CU_EVENT_DEFAULT), "an event");
    driver.check(driver.event_record(begin, nullptr), "an event");
    act();
    driver.check(driver.event_record(end, nullptr), "an event");
    driver.check(driver.event_synchronize(end), "a kernel");
    float milliseconds = 0.0F;
    driver.check(driver.event_elapsed(&milliseconds, begin, end), "an event");
    driver.event_destroy(begin);
    driver.event_destroy(end);
    return 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace krylov::cuda

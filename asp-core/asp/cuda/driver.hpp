#pragma once
// CUDA's driver, for sources that are built with the toolkit only.

#include <cuda.h>

#include <string>

#include "asp/cuda/device.hpp"

namespace asp::cuda {

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
    decltype(&::cuMemGetInfo) memory_info;
    decltype(&::cuMemAlloc) allocate;
    decltype(&::cuMemFree) free;
    decltype(&::cuMemAllocHost) allocate_pinned;
    decltype(&::cuMemFreeHost) free_pinned;
    decltype(&::cuMemcpyHtoDAsync) copy_in;
    decltype(&::cuMemcpyDtoHAsync) copy_out;
    decltype(&::cuMemcpyDtoDAsync) copy;
    decltype(&::cuMemsetD32Async) set;
    decltype(&::cuModuleLoadData) load;
    decltype(&::cuModuleUnload) unload;
    decltype(&::cuModuleGetFunction) function;
    decltype(&::cuFuncSetAttribute) set_attribute;
    decltype(&::cuOccupancyMaxActiveBlocksPerMultiprocessor) occupancy;
    decltype(&::cuLaunchKernel) launch;
    decltype(&::cuLaunchCooperativeKernel) launch_cooperatively;
    decltype(&::cuStreamCreate) stream_create;
    decltype(&::cuStreamDestroy) stream_destroy;
    decltype(&::cuStreamSynchronize) stream_synchronize;
    decltype(&::cuStreamWaitEvent) stream_wait;
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
    void check(CUresult result, const std::string& what) const;
};

}  // namespace asp::cuda

#pragma once
// CUDA's driver, for sources that are built with the toolkit only.

#include <cuda.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "gmm/cuda/device_engine.hpp"
#include "gmm/cuda/kernel_source.hpp"

namespace gmm::cuda {

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
    decltype(&::cuMemAlloc) allocate;
    decltype(&::cuMemFree) free;
    decltype(&::cuMemAllocHost) allocate_pinned;
    decltype(&::cuMemFreeHost) free_pinned;
    decltype(&::cuMemcpyHtoDAsync) copy_in;
    decltype(&::cuMemcpyDtoHAsync) copy_out;
    decltype(&::cuMemsetD32Async) set;
    decltype(&::cuModuleLoadData) load;
    decltype(&::cuModuleUnload) unload;
    decltype(&::cuModuleGetFunction) function;
    decltype(&::cuFuncSetAttribute) set_attribute;
    decltype(&::cuOccupancyMaxActiveBlocksPerMultiprocessor) occupancy;
    decltype(&::cuLaunchKernel) launch;
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

/// Memory of the device.
class Buffer {
public:
    explicit Buffer(std::size_t bytes = 0);
    Buffer(Buffer&& other) noexcept
        : address_(std::exchange(other.address_, 0)), bytes_(std::exchange(other.bytes_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Buffer();

    /// At least so many, of any content.
    void require(std::size_t bytes) {
        if (bytes_ < bytes) *this = Buffer(bytes);
    }
    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(address_);
    }
    CUdeviceptr address() const { return address_; }

private:
    CUdeviceptr address_ = 0;
    std::size_t bytes_ = 0;
};

/// Memory of the processor that a device copies from by itself.
class Pinned {
public:
    explicit Pinned(std::size_t bytes);
    Pinned(Pinned&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    Pinned& operator=(Pinned&&) = delete;
    ~Pinned();
    template <class T>
    T* as() const {
        return static_cast<T*>(data_);
    }

private:
    void* data_ = nullptr;
};

/// What the device does one after the other. copy_in() and copy_out() of memory that is not pinned
/// return when it may be used again.
class Stream {
public:
    Stream();
    Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
    Stream& operator=(Stream&&) = delete;
    ~Stream();

    CUstream get() const { return stream_; }
    void synchronize() const;
    void copy_in(CUdeviceptr to, const void* from, std::size_t bytes) const;
    void copy_out(void* to, CUdeviceptr from, std::size_t bytes) const;
    void clear(CUdeviceptr to, std::size_t bytes) const;  ///< a multiple of 4

private:
    CUstream stream_ = nullptr;
};

/// A moment in a stream.
class Event {
public:
    Event();
    Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
    Event& operator=(Event&&) = delete;
    ~Event();

    void record(const Stream& stream) const;
    void synchronize() const;                    ///< returns at once where none was recorded
    void hold_back(const Stream& stream) const;  ///< what `stream` is given from now on
    double seconds_since(const Event& earlier) const;

private:
    CUevent event_ = nullptr;
};

/// A compiled kernel.
class Function {
public:
    /// Compiles it for the device there is.
    explicit Function(const KernelSpecification& specification);
    Function(Function&& other) noexcept
        : module_(std::exchange(other.module_, nullptr)), function_(other.function_) {}
    Function& operator=(Function&&) = delete;
    ~Function();

    CUfunction get() const { return function_; }
    /// Blocks that run at once on the whole device; at least 1. Allows them so much memory.
    unsigned blocks_at_once(int threads, std::size_t memory) const;
    void launch(const Stream& stream, unsigned blocks, int threads, std::size_t memory,
                std::span<void*> arguments) const;

private:
    CUmodule module_ = nullptr;
    CUfunction function_ = nullptr;
};

}  // namespace gmm::cuda

#include "asp/cuda/emulated_driver.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "asp/base/error.hpp"

namespace asp::cuda {
namespace {

void* memory(CUdeviceptr address) {
    return reinterpret_cast<void*>(address);
}

template <class T>
CUresult allocated(T* to, std::size_t bytes) {
    // Poisoned: nothing may rely on zeros.
    void* const memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0xff, bytes);
    *to = reinterpret_cast<T>(memory);
    return CUDA_SUCCESS;
}

void set_memory(Driver& d) {
    d.memory_info = [](std::size_t* free, std::size_t* total) {
        *free = 1 << 18U;  // little, so that a test of what does not fit is short
        *total = 1 << 30U;
        return CUDA_SUCCESS;
    };
    d.allocate = [](CUdeviceptr* to, std::size_t bytes) { return allocated(to, bytes); };
    d.allocate_pinned = [](void** to, std::size_t bytes) { return allocated(to, bytes); };
    d.free = [](CUdeviceptr address) {
        std::free(memory(address));
        return CUDA_SUCCESS;
    };
    d.free_pinned = [](void* pinned) {
        std::free(pinned);
        return CUDA_SUCCESS;
    };
    d.copy_in = [](CUdeviceptr to, const void* from, std::size_t bytes, CUstream) {
        std::memcpy(memory(to), from, bytes);
        return CUDA_SUCCESS;
    };
    d.copy_out = [](void* to, CUdeviceptr from, std::size_t bytes, CUstream) {
        std::memcpy(to, memory(from), bytes);
        return CUDA_SUCCESS;
    };
    d.copy = [](CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream) {
        std::memcpy(memory(to), memory(from), bytes);
        return CUDA_SUCCESS;
    };
    d.set = [](CUdeviceptr to, unsigned value, std::size_t count, CUstream) {
        std::fill_n(static_cast<unsigned*>(memory(to)), count, value);
        return CUDA_SUCCESS;
    };
}

/// The device's clock: a millisecond for each launch, so that what is timed is always the same.
std::atomic<long> launches = 0;

/// All that a stream is given is done at once.
void set_order(Driver& d) {
    d.stream_create = [](CUstream*, unsigned) { return CUDA_SUCCESS; };
    d.stream_destroy = [](CUstream) { return CUDA_SUCCESS; };
    d.stream_synchronize = [](CUstream) { return CUDA_SUCCESS; };
    d.stream_wait = [](CUstream, CUevent, unsigned) { return CUDA_SUCCESS; };
    // An event's handle points to the launches before it.
    d.event_create = [](CUevent* event, unsigned) {
        *event = reinterpret_cast<CUevent>(new long(0));
        return CUDA_SUCCESS;
    };
    d.event_destroy = [](CUevent event) {
        delete reinterpret_cast<long*>(event);
        return CUDA_SUCCESS;
    };
    d.event_record = [](CUevent event, CUstream) {
        *reinterpret_cast<long*>(event) = launches;
        return CUDA_SUCCESS;
    };
    d.event_synchronize = [](CUevent) { return CUDA_SUCCESS; };
    d.event_elapsed = [](float* milliseconds, CUevent begin, CUevent end) {
        const long between = *reinterpret_cast<long*>(end) - *reinterpret_cast<long*>(begin);
        *milliseconds = static_cast<float>(std::max(between, 1L));
        return CUDA_SUCCESS;
    };
}

/// A kernel's handle points to what runs it.
CUresult start(CUfunction function, unsigned blocks, unsigned threads, unsigned bytes,
               void** arguments) {
    ++launches;
    (*reinterpret_cast<const EmulatedKernel*>(function))(
        {static_cast<int>(blocks), static_cast<int>(threads), bytes}, arguments);
    return CUDA_SUCCESS;
}

void set_launches(Driver& d) {
    d.set_attribute = [](CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; };
    d.occupancy = [](int* blocks, CUfunction, int, std::size_t) {
        *blocks = 1;
        return CUDA_SUCCESS;
    };
    d.launch = [](CUfunction function, unsigned blocks, unsigned, unsigned, unsigned threads,
                  unsigned, unsigned, unsigned bytes, CUstream, void** arguments,
                  void**) { return start(function, blocks, threads, bytes, arguments); };
    d.launch_cooperatively = [](CUfunction function, unsigned blocks, unsigned, unsigned,
                                unsigned threads, unsigned, unsigned, unsigned bytes, CUstream,
                                void** arguments) {
        return start(function, blocks, threads, bytes, arguments);
    };
}

Driver emulated() {
    if (!__builtin_cpu_supports("fma"))  // which kernels for devices are made of
        throw BackendError("this processor has no fused multiply-add");
    Driver d{};
    d.set_context = [](CUcontext) { return CUDA_SUCCESS; };
    set_memory(d);
    set_order(d);
    set_launches(d);
    d.info = {.name = "threads of the processor",
              .architecture = 90,
              .processors = 2,
              .clock = 1e9,
              .memory = std::size_t{1} << 30U,
              .memory_of_block = 160 * 1024,
              .launches_cooperatively = true};
    return d;
}

}  // namespace

const Driver& Driver::get() {
    static const Driver driver = emulated();
    return driver;
}

void Driver::check(CUresult result, const std::string& what) const {
    if (result != CUDA_SUCCESS) throw BackendError(what);
}

const DeviceInfo& device_info() {
    return Driver::get().info;
}

Function emulated_function(EmulatedKernel kernel) {
    static std::deque<EmulatedKernel> all;  // which stay where they are
    return Function(reinterpret_cast<CUfunction>(&all.emplace_back(std::move(kernel))));
}

}  // namespace asp::cuda

// For tests only, in place of driver.cpp: a device made of the processor's threads, so that what
// the host does with a device is tested where there is none.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "asp/base/error.hpp"
#include "krylov/cuda/driver.hpp"
#include "krylov/cuda/emulation.hpp"
#include "krylov/kernels/cuda/powers.hpp"

namespace krylov::cuda {
namespace {

// A kernel's handle says all there is to say about it.
CUfunction function_of(const KernelSpecification& s) {
    const auto bits = static_cast<std::uintptr_t>(s.kind) * 64 + (s.is_single ? 32 : 0) +
                      (s.is_complex ? 16 : 0) + static_cast<std::uintptr_t>(s.block);
    return reinterpret_cast<CUfunction>(bits);
}
KernelSpecification specification_of(CUfunction function) {
    const auto bits = reinterpret_cast<std::uintptr_t>(function);
    return {static_cast<KernelKind>(bits / 64), (bits & 32) != 0, (bits & 16) != 0,
            static_cast<int>(bits % 16)};
}

void* memory(CUdeviceptr address) {
    return reinterpret_cast<void*>(address);
}

/// What a launch passes: the kernel's parameters, in order.
template <class Matrix>
void run(const KernelSpecification& kernel, const EmulatedLaunch& shape, void** arguments) {
    const auto& matrix = *static_cast<const Matrix*>(arguments[0]);
    const auto& levels = *static_cast<const Levels*>(arguments[1]);
    auto* const basis = *static_cast<typename Matrix::Real**>(arguments[2]);
    launch(shape, [&](EmulatedThread t) {
        if constexpr (requires { matrix.places; }) {
            if (kernel.kind == KernelKind::one_level)
                one_level(t, matrix, levels, levels.first, basis);
            else
                all_levels(t, matrix, levels, basis, *static_cast<unsigned**>(arguments[3]));
        } else {
            all_tiles(t, matrix, levels, basis);
        }
    });
}

template <class Real, int width>
void run_numbers(const KernelSpecification& kernel, const EmulatedLaunch& shape, void** arguments) {
    if (kernel.kind == KernelKind::all_tiles)
        run<Tiles<Real, width>>(kernel, shape, arguments);
    else if (kernel.block == 3)
        run<SlicedBlocks<Real, width, 3, 3>>(kernel, shape, arguments);
    else if (kernel.block == 1)
        run<SlicedRows<Real, width>>(kernel, shape, arguments);
    else
        throw asp::BackendError("the emulated device has blocks of 1 and 3 only");
}

CUresult start(CUfunction function, unsigned blocks, unsigned threads, unsigned bytes,
               void** arguments) {
    const KernelSpecification kernel = specification_of(function);
    const EmulatedLaunch shape{static_cast<int>(blocks), static_cast<int>(threads), bytes};
    if (kernel.is_single)
        (kernel.is_complex ? run_numbers<float, 2> : run_numbers<float, 1>)(kernel, shape,
                                                                            arguments);
    else
        (kernel.is_complex ? run_numbers<double, 2> : run_numbers<double, 1>)(kernel, shape,
                                                                              arguments);
    return CUDA_SUCCESS;
}

void set_memory(Driver& d) {
    d.allocate = [](CUdeviceptr* address, std::size_t bytes) {
        *address = reinterpret_cast<CUdeviceptr>(std::calloc(bytes, 1));
        return CUDA_SUCCESS;
    };
    d.free = [](CUdeviceptr address) {
        std::free(memory(address));
        return CUDA_SUCCESS;
    };
    d.copy_in = [](CUdeviceptr to, const void* from, std::size_t bytes) {
        std::memcpy(memory(to), from, bytes);
        return CUDA_SUCCESS;
    };
    d.copy_out = [](void* to, CUdeviceptr from, std::size_t bytes) {
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
    d.synchronize = [] { return CUDA_SUCCESS; };
    d.event_create = [](CUevent*, unsigned) { return CUDA_SUCCESS; };
    d.event_destroy = [](CUevent) { return CUDA_SUCCESS; };
    d.event_record = [](CUevent, CUstream) { return CUDA_SUCCESS; };
    d.event_synchronize = [](CUevent) { return CUDA_SUCCESS; };
    d.event_elapsed = [](float* milliseconds, CUevent, CUevent) {
        *milliseconds = 1.0F;
        return CUDA_SUCCESS;
    };
}

Driver emulated() {
    if (!__builtin_cpu_supports("fma"))
        throw asp::BackendError("this processor has no fused multiply-add");
    Driver d{};
    d.set_context = [](CUcontext) { return CUDA_SUCCESS; };
    set_memory(d);
    set_launches(d);
    d.info = {"threads of the processor", 90, 2, std::size_t{1} << 30, 48 * 1024, true};
    return d;
}

}  // namespace

const Driver& Driver::get() {
    static const Driver driver = emulated();
    return driver;
}

void Driver::check(CUresult result, const char* what) const {
    if (result != CUDA_SUCCESS) throw asp::BackendError(what);
}

Buffer::Buffer(std::size_t bytes) : driver_(&Driver::get()) {
    driver_->allocate(&address_, bytes == 0 ? 1 : bytes);
}

Buffer::~Buffer() {
    if (address_ != 0) driver_->free(address_);
}

Function::Function(const KernelSpecification& specification)
    : driver_(&Driver::get()), function_(function_of(specification)) {}

Function::~Function() = default;

}  // namespace krylov::cuda

// For tests only, in place of driver.cpp: a device made of the processor's threads, so that what
// the host does with a device is tested where there is none.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "asp/base/error.hpp"
#include "gmm/cuda/driver.hpp"
#include "gmm/cuda/emulation.hpp"
#include "gmm/cuda/pass_testing.hpp"
#include "gmm/kernels/cuda/many.hpp"

namespace gmm::cuda {
namespace {

/// A kernel's handle points to what it was specified as.
const KernelSpecification& specification_of(CUfunction function) {
    return *reinterpret_cast<const KernelSpecification*>(function);
}

template <Shape shape>
bool is_shape(const Shape& s) {
    return s.form == shape.form && s.is_single == shape.is_single && s.tile == shape.tile &&
           s.keeps_frames == shape.keeps_frames && s.keeps_scores == shape.keeps_scores &&
           s.keeps_sums == shape.keeps_sums && s.together == shape.together &&
           s.by_cores == shape.by_cores;
}

/// Those of small problems, in the order they are tried.
template <class Real, Form form, int together = 1, bool by_cores = false>
bool run_pass(const Shape& wanted, const EmulatedLaunch& launched, void** arguments) {
    constexpr Shape shape{.form = form,
                          .is_single = sizeof(Real) == 4,
                          .tile = 64,
                          .together = together,
                          .by_cores = by_cores};
    if (!is_shape<shape>(wanted)) return false;
    const auto& call = *static_cast<const PassCall<Real>*>(arguments[0]);
    launch(launched, [&](EmulatedThread t) { pass<Fixed<Real, shape>>(t, call); });
    return true;
}
template <class Real>
bool run_any_pass(const Shape& s, const EmulatedLaunch& l, void** arguments) {
    if constexpr (sizeof(Real) == 4)
        if (s.by_cores) return run_pass<Real, Form::squares, 1, true>(s, l, arguments);
    return run_pass<Real, Form::squares>(s, l, arguments) ||
           run_pass<Real, Form::norm>(s, l, arguments) ||
           run_pass<Real, Form::centred>(s, l, arguments) ||
           run_pass<Real, Form::whitened, 2>(s, l, arguments) ||
           run_pass<Real, Form::whitened, 4>(s, l, arguments);
}
template <class Real>
void run_many(const EmulatedLaunch& launched, void** arguments) {
    const auto& call = *static_cast<const ManyCall<Real>*>(arguments[0]);
    launch(launched,
           [&](EmulatedThread t) { many<Fixed<Real, many_shape(sizeof(Real) == 4)>>(t, call); });
}

CUresult start(CUfunction function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned,
               unsigned, unsigned bytes, CUstream, void** arguments, void**) {
    const KernelSpecification& k = specification_of(function);
    const EmulatedLaunch l{static_cast<int>(blocks), static_cast<int>(threads), bytes};
    if (k.kind == KernelKind::add_records) {
        launch(l, [&](EmulatedThread t) {
            add_records(t, *static_cast<const double**>(arguments[0]),
                        *static_cast<long*>(arguments[1]), *static_cast<long*>(arguments[2]),
                        *static_cast<double**>(arguments[3]));
        });
    } else if (k.kind == KernelKind::many) {
        (k.shape.is_single ? run_many<float> : run_many<double>)(l, arguments);
    } else if (!(k.shape.is_single ? run_any_pass<float> : run_any_pass<double>)(k.shape, l,
                                                                                 arguments)) {
        throw asp::BackendError("the emulated device has no such kernel");
    }
    return CUDA_SUCCESS;
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
    d.allocate = [](CUdeviceptr* to, std::size_t bytes) { return allocated(to, bytes); };
    d.allocate_pinned = [](void** to, std::size_t bytes) { return allocated(to, bytes); };
    d.free = [](CUdeviceptr address) {
        std::free(reinterpret_cast<void*>(address));
        return CUDA_SUCCESS;
    };
    d.free_pinned = [](void* memory) {
        std::free(memory);
        return CUDA_SUCCESS;
    };
    d.copy_in = [](CUdeviceptr to, const void* from, std::size_t bytes, CUstream) {
        std::memcpy(reinterpret_cast<void*>(to), from, bytes);
        return CUDA_SUCCESS;
    };
    d.copy_out = [](void* to, CUdeviceptr from, std::size_t bytes, CUstream) {
        std::memcpy(to, reinterpret_cast<void*>(from), bytes);
        return CUDA_SUCCESS;
    };
    d.set = [](CUdeviceptr to, unsigned value, std::size_t count, CUstream) {
        std::fill_n(reinterpret_cast<unsigned*>(to), count, value);
        return CUDA_SUCCESS;
    };
}

void set_order(Driver& d) {
    d.stream_create = [](CUstream*, unsigned) { return CUDA_SUCCESS; };
    d.stream_destroy = [](CUstream) { return CUDA_SUCCESS; };
    d.stream_synchronize = [](CUstream) { return CUDA_SUCCESS; };
    d.stream_wait = [](CUstream, CUevent, unsigned) { return CUDA_SUCCESS; };
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
    Driver d{};
    d.set_context = [](CUcontext) { return CUDA_SUCCESS; };
    d.set_attribute = [](CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; };
    d.occupancy = [](int* blocks, CUfunction, int, std::size_t) {
        *blocks = 1;
        return CUDA_SUCCESS;
    };
    d.unload = [](CUmodule) { return CUDA_SUCCESS; };
    d.launch = start;
    set_memory(d);
    set_order(d);
    d.info = {"threads of the processor", 90, 2, 1e9, std::size_t{1} << 30U, 160 * 1024};
    return d;
}

}  // namespace

const Driver& Driver::get() {
    static const Driver driver = emulated();
    return driver;
}

void Driver::check(CUresult result, const std::string& what) const {
    if (result != CUDA_SUCCESS) throw asp::BackendError(what);
}

Function::Function(const KernelSpecification& specification) {
    static std::deque<KernelSpecification> all;  // which stay where they are
    function_ = reinterpret_cast<CUfunction>(&all.emplace_back(specification));
}

}  // namespace gmm::cuda

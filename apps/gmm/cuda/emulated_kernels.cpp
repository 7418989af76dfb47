// For tests only, in place of compiled_kernel.cpp: the kernels on the emulated device.

#include "asp/base/error.hpp"
#include "asp/cuda/emulated_driver.hpp"
#include "gmm/cuda/compiled_kernel.hpp"
#include "gmm/cuda/pass_testing.hpp"
#include "gmm/kernels/cuda/many.hpp"

namespace gmm::cuda {
namespace {

template <Shape shape>
bool is_shape(const Shape& s) {
    return s.form == shape.form && s.is_single == shape.is_single && s.tile == shape.tile &&
           s.keeps_frames == shape.keeps_frames && s.keeps_scores == shape.keeps_scores &&
           s.keeps_sums == shape.keeps_sums && s.together == shape.together &&
           s.by_cores == shape.by_cores;
}

/// Those of small problems, in the order they are tried.
template <class Real, Form form, int together = 1, bool by_cores = false>
bool run_pass(const Shape& wanted, const LaunchShape& launched, void** arguments) {
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
bool run_any_pass(const Shape& s, const LaunchShape& l, void** arguments) {
    if constexpr (sizeof(Real) == 4)
        if (s.by_cores) return run_pass<Real, Form::squares, 1, true>(s, l, arguments);
    return run_pass<Real, Form::squares>(s, l, arguments) ||
           run_pass<Real, Form::norm>(s, l, arguments) ||
           run_pass<Real, Form::centred>(s, l, arguments) ||
           run_pass<Real, Form::whitened, 2>(s, l, arguments) ||
           run_pass<Real, Form::whitened, 4>(s, l, arguments);
}
template <class Real>
void run_many(const LaunchShape& launched, void** arguments) {
    const auto& call = *static_cast<const ManyCall<Real>*>(arguments[0]);
    launch(launched,
           [&](EmulatedThread t) { many<Fixed<Real, many_shape(sizeof(Real) == 4)>>(t, call); });
}

void run_sum(const LaunchShape& launched, void** arguments) {
    launch(launched, [&](EmulatedThread t) {
        add_records(t, *static_cast<const double**>(arguments[0]),
                    *static_cast<long*>(arguments[1]), *static_cast<long*>(arguments[2]),
                    *static_cast<double**>(arguments[3]));
    });
}

template <class Real>
void run_kernel(const KernelSpecification& k, const LaunchShape& launched, void** arguments) {
    if (k.kind == KernelKind::add_records)
        run_sum(launched, arguments);
    else if (k.kind == KernelKind::many)
        run_many<Real>(launched, arguments);
    else if (!run_any_pass<Real>(k.shape, launched, arguments))
        throw asp::BackendError("the emulated device has no such kernel");
}

}  // namespace

asp::cuda::Function compiled_kernel(const KernelSpecification& k) {
    return asp::cuda::emulated_function([k](const LaunchShape& launched, void** arguments) {
        (k.shape.is_single ? run_kernel<float> : run_kernel<double>)(k, launched, arguments);
    });
}

}  // namespace gmm::cuda

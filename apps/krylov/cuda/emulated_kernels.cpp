// For tests only, in place of compiled_kernel.cpp: the kernels on the emulated device.

#include "asp/base/error.hpp"
#include "asp/cuda/emulated_driver.hpp"
#include "krylov/cuda/compiled_kernel.hpp"
#include "krylov/kernels/cuda/powers.hpp"

namespace krylov::cuda {
namespace {

using asp::cuda::EmulatedThread;
using asp::cuda::LaunchShape;

/// What a launch passes: the kernel's parameters, in order.
template <class Matrix>
void run(const KernelSpecification& kernel, const LaunchShape& shape, void** arguments) {
    const auto& matrix = *static_cast<const Matrix*>(arguments[0]);
    const auto& levels = *static_cast<const Levels*>(arguments[1]);
    auto* const basis = *static_cast<typename Matrix::Real**>(arguments[2]);
    if constexpr (!requires { matrix.places; })
        launch(shape, [&](EmulatedThread t) { all_tiles(t, matrix, levels, basis); });
    else if (kernel.kind == KernelKind::one_level)
        launch(shape, [&](EmulatedThread t) { one_level(t, matrix, levels, levels.first, basis); });
    else
        launch_at_once(shape, [&](EmulatedThread t) {
            all_levels(t, matrix, levels, basis, *static_cast<unsigned**>(arguments[3]));
        });
}

template <class Real, int width>
void run_numbers(const KernelSpecification& kernel, const LaunchShape& shape, void** arguments) {
    if (kernel.kind == KernelKind::all_tiles)
        run<Tiles<Real, width>>(kernel, shape, arguments);
    else if (kernel.block == 3)
        run<SlicedBlocks<Real, width, 3, 3>>(kernel, shape, arguments);
    else if (kernel.block == 1)
        run<SlicedRows<Real, width>>(kernel, shape, arguments);
    else
        throw asp::BackendError("the emulated device has blocks of 1 and 3 only");
}

}  // namespace

asp::cuda::Function compiled_kernel(const KernelSpecification& k) {
    return asp::cuda::emulated_function([k](const LaunchShape& shape, void** arguments) {
        if (k.is_single)
            (k.is_complex ? run_numbers<float, 2> : run_numbers<float, 1>)(k, shape, arguments);
        else
            (k.is_complex ? run_numbers<double, 2> : run_numbers<double, 1>)(k, shape, arguments);
    });
}

}  // namespace krylov::cuda

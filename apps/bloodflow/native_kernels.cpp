// Compiled once for each instruction set, with ASP_KERNEL_TABLE and ASP_KERNEL_ISA set by CMake.
#include "bloodflow/native_kernels.hpp"

namespace bloodflow {
namespace {

template <class Wall>
constexpr WallKernels<Wall> table() {
    return {
        [](const Wall& wall, const StageArguments& a, long begin, long end) {
            advance_stage<false>(wall, a, begin, end);
        },
        [](const Wall& wall, const StageArguments& a, long begin, long end) {
            advance_stage<true>(wall, a, begin, end);
        },
        [](const Wall& wall, const NodeArguments& n, long begin, long end) {
            return solve_nodes(wall, n, begin, end);
        },
    };
}

}  // namespace

extern const NativeKernels ASP_KERNEL_TABLE{
    ASP_KERNEL_ISA,
    table<UniformElasticWall>(),
    table<VaryingElasticWall>(),
    [](const double* stiffness, const double* root, const double* velocity,
       const double* inverse_cell_length, double alpha, double convection, long begin, long end) {
        return signal_speed(stiffness, root, velocity, inverse_cell_length, alpha, convection,
                            begin, end);
    },
    [](long rounds, double factor, double summand) {
        return multiply_adds(rounds, factor, summand);
    },
    [](long rounds, double dividend) { return divisions_and_roots(rounds, dividend); },
};

}  // namespace bloodflow

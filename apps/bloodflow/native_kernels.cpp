// Compiled once for each instruction set, with ASP_KERNEL_TABLE and ASP_KERNEL_ISA set by CMake.
#include "bloodflow/native_kernels.hpp"

#include "bloodflow/kernels/interpreted.hpp"

namespace bloodflow {
namespace {

// Types of this file alone: the linker must not merge what is compiled for several machines.
struct Uniform : UniformWall<ElasticLaw> {
    using UniformWall::UniformWall;
};
struct Varying : VaryingWall<ElasticLaw> {
    using VaryingWall::VaryingWall;
};
template <bool LinearFriction>
struct InterpretedUniform : UniformWall<InterpretedLaw<LinearFriction>> {
    using UniformWall<InterpretedLaw<LinearFriction>>::UniformWall;
};
template <bool LinearFriction>
struct InterpretedVarying : VaryingWall<InterpretedLaw<LinearFriction>> {
    using VaryingWall<InterpretedLaw<LinearFriction>>::VaryingWall;
};

}  // namespace

extern const NativeKernels ASP_KERNEL_TABLE{
    ASP_KERNEL_ISA,
    kernel_table<Uniform>(),
    kernel_table<Varying>(),
    {kernel_table<InterpretedUniform<false>>(), kernel_table<InterpretedUniform<true>>()},
    {kernel_table<InterpretedVarying<false>>(), kernel_table<InterpretedVarying<true>>()},
    [](long rounds, double factor, double summand) {
        return multiply_adds(rounds, factor, summand);
    },
    [](long rounds, double dividend) { return divisions_and_roots(rounds, dividend); },
};

}  // namespace bloodflow

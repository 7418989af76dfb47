#pragma once

#include "bloodflow/kernels/interior.hpp"
#include "bloodflow/kernels/nodes.hpp"
#include "bloodflow/kernels/peak.hpp"
#include "bloodflow/kernels/signal_speed.hpp"
#include "bloodflow/kernels/walls.hpp"

namespace bloodflow {

/// The built-in kernels for one wall, compiled for one instruction set.
template <class Wall>
struct WallKernels {
    void (*first_stage)(const Wall&, const StageArguments&, long begin, long end);
    void (*second_stage)(const Wall&, const StageArguments&, long begin, long end);
    int (*solve_nodes)(const Wall&, const NodeArguments&, long begin, long end);
};

struct NativeKernels {
    const char* instruction_set;
    WallKernels<UniformElasticWall> uniform;
    WallKernels<VaryingElasticWall> varying;
    SignalSpeed (*signal_speed)(const double* stiffness, const double* root, const double* velocity,
                                const double* inverse_cell_length, double alpha, double convection,
                                long begin, long end);
    double (*multiply_adds)(long rounds, double factor, double summand);
    double (*divisions_and_roots)(long rounds, double dividend);
};

extern const NativeKernels kernels_x86_64_v2, kernels_x86_64_v3, kernels_x86_64_v4;

/// The best of them that this processor runs.
const NativeKernels& native_kernels();

}  // namespace bloodflow

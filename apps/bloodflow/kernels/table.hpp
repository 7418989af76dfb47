#pragma once
#include "bloodflow/kernels/interior.hpp"
#include "bloodflow/kernels/interior_blockwise.hpp"
#include "bloodflow/kernels/nodes.hpp"
#include "bloodflow/kernels/signal_speed.hpp"

namespace bloodflow {

/// The range functions of one time step, for one wall.
struct KernelTable {
    void (*first_stage)(const Coefficients&, const StageArguments&, long begin, long end);
    void (*second_stage)(const Coefficients&, const StageArguments&, long begin, long end);
    SignalSpeed (*signal_speed)(const Coefficients&, const SignalArguments&, long begin, long end);
    int (*solve_nodes)(const Coefficients&, const NodeArguments&, long begin, long end);
    void (*describe_ends)(const Coefficients&, const NodeArguments&, long begin, long end);
};

// Each in a translation unit of its own would do: they share nothing but the wall.
template <class Wall>
struct Stages {
    static void first(const Coefficients& c, const StageArguments& a, long begin, long end) {
        if constexpr (Wall::blockwise)
            advance_stage_blockwise<false>(Wall(c), a, begin, end);
        else
            advance_stage<false>(Wall(c), a, begin, end);
    }
    static void second(const Coefficients& c, const StageArguments& a, long begin, long end) {
        if constexpr (Wall::blockwise)
            advance_stage_blockwise<true>(Wall(c), a, begin, end);
        else
            advance_stage<true>(Wall(c), a, begin, end);
    }
};

template <class Wall>
struct Surroundings {
    static SignalSpeed signal_speed(const Coefficients& c, const SignalArguments& a, long begin,
                                    long end) {
        return bloodflow::signal_speed(Wall(c), a, begin, end);
    }
    static int solve_nodes(const Coefficients& c, const NodeArguments& n, long begin, long end) {
        return bloodflow::solve_nodes(Wall(c), n, begin, end);
    }
    static void describe_ends(const Coefficients& c, const NodeArguments& n, long begin, long end) {
        bloodflow::describe_ends(Wall(c), n, begin, end);
    }
};

template <class Wall>
constexpr KernelTable kernel_table() {
    return {Stages<Wall>::first, Stages<Wall>::second, Surroundings<Wall>::signal_speed,
            Surroundings<Wall>::solve_nodes, Surroundings<Wall>::describe_ends};
}

}  // namespace bloodflow

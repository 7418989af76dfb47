#pragma once
#include "bloodflow/kernels/interior.hpp"

namespace bloodflow {

/// What a look at all cells of some blocks tells.
struct SignalSpeed {
    double rate;    ///< largest (|u| (alpha + sqrt(alpha (alpha - 1))) + c) / dx [1/s], a bound
    double excess;  ///< largest alpha u^2 - c^2 [m^2/s^2]; positive: faster than its waves
    double poison;  ///< 0, or NaN if any state is not finite
};

struct SignalArguments {
    const double* root;                 ///< [cells] sqrt(A) [m]
    const double* velocity;             ///< [cells] u [m/s]
    const double* inverse_cell_length;  ///< [cells] 1/dx [1/m], 0 in padding
    double momentum_correction;         ///< alpha
    double convection;                  ///< alpha + sqrt(alpha (alpha - 1))
};

/// Of the cells of the blocks [begin, end).
template <class Wall>
ASP_KERNEL SignalSpeed signal_speed(const Wall& wall, const SignalArguments& a, long begin,
                                    long end) {
    double rate = 0.0, excess = -1e300, poison = 0.0;
    const double alpha = a.momentum_correction, convection = a.convection;
    const double* ASP_RESTRICT root = a.root;
    const double* ASP_RESTRICT velocity = a.velocity;
    const double* ASP_RESTRICT inverse_cell_length = a.inverse_cell_length;
    const auto look_at = [&](double stiffness, long i) ASP_INLINE_LAMBDA {
        const double c2 = stiffness * root[i], u = velocity[i];
        const double here = (asp::sqrt(c2) + convection * asp::abs(u)) * inverse_cell_length[i];
        const double over = alpha * u * u - c2;
        rate = rate > here ? rate : here;
        excess = excess > over ? excess : over;
        poison += 0.0 * (c2 + u);
    };
    if constexpr (Wall::blockwise) {
        double stiffness[block_cells];
        for (long first = begin * block_cells; first < end * block_cells; first += block_cells) {
            wall.block(LawFunction::cell_stiffness, root + first, first, stiffness, block_cells);
            for (long j = 0; j < block_cells; ++j) look_at(stiffness[j], first + j);
        }
    } else {
#if !defined(__CUDACC__)
#pragma omp simd reduction(max : rate, excess) reduction(+ : poison)
#endif
        for (long i = begin * block_cells; i < end * block_cells; ++i)
            look_at(wall.cell_stiffness(root[i], i), i);
    }
    return {rate, excess, poison};
}

}  // namespace bloodflow

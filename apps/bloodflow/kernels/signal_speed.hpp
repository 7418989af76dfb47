#pragma once
#include "bloodflow/kernels/interior.hpp"

namespace bloodflow {

/// What a look at all cells of some blocks tells.
struct SignalSpeed {
    double rate;    ///< largest (|u| (alpha + sqrt(alpha (alpha - 1))) + c) / dx [1/s], a bound
    double excess;  ///< largest alpha u^2 - c^2 [m^2/s^2]; positive: faster than its waves
    double poison;  ///< 0, or NaN if any state is not finite
};

/// `stiffness` [cells] is k with c^2 = k sqrt(A).
ASP_KERNEL SignalSpeed signal_speed(const double* ASP_RESTRICT stiffness,
                                    const double* ASP_RESTRICT root,
                                    const double* ASP_RESTRICT velocity,
                                    const double* ASP_RESTRICT inverse_cell_length, double alpha,
                                    double convection, long begin, long end) {
    double rate = 0.0, excess = -1e300, poison = 0.0;
#if !defined(__CUDACC__)
#pragma omp simd reduction(max : rate, excess) reduction(+ : poison)
#endif
    for (long i = begin * block_cells; i < end * block_cells; ++i) {
        const double c2 = stiffness[i] * root[i], u = velocity[i];
        const double here = (asp::sqrt(c2) + convection * asp::abs(u)) * inverse_cell_length[i];
        const double over = alpha * u * u - c2;
        rate = rate > here ? rate : here;
        excess = excess > over ? excess : over;
        poison += 0.0 * (c2 + u);
    }
    return {rate, excess, poison};
}

}  // namespace bloodflow

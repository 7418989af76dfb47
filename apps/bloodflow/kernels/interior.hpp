#pragma once
#include "bloodflow/kernels/walls.hpp"

namespace bloodflow {

/// The index space of the stages: blocks of cells.
constexpr long block_cells = 16;
/// A stage works off stretches of this many blocks, and single blocks at the end of its range:
/// every loop has a constant trip count.
constexpr long stretch_blocks = 8;
/// Cells that a kernel may read before the first and behind the last cell of its range.
constexpr long halo_cells = 32;

/// A vessel's end as the finite-volume stage sees it: all given by the node.
struct EndPatch {
    long face;  ///< number of the face
    long cell;  ///< the vessel's cell beside it: `face` at its inlet, `face - 1` at its outlet
    double variable;       ///< the wall's reconstructed variable at the face
    double velocity;       ///< [m/s]
    double mass_flux;      ///< [m^3/s] Q
    double momentum_flux;  ///< [m^4/s^2] alpha Q^2/A + pressure flux
};

/// One stage of Heun's method for the cells of some blocks; see `advance_stage`.
struct StageArguments {
    const double* area;                 ///< [cells] A of the stage's input [m^2]
    const double* velocity;             ///< [cells] u [m/s]
    const double* root;                 ///< [cells] sqrt(A) [m]
    const double* start_area;           ///< [cells] A at the start of the step (second stage)
    const double* start_velocity;       ///< [cells] u at the start of the step
    double* next_area;                  ///< [cells]
    double* next_velocity;              ///< [cells]
    double* next_root;                  ///< [cells]
    const double* inverse_cell_length;  ///< [cells] 1/dx [1/m], 0 in padding
    const EndPatch* patches;            ///< sorted by face
    const int* first_patch;             ///< [blocks] patches that a block needs, its halo included
    const int* last_patch;              ///< [blocks]
    double time_step;                   ///< [s]
    double momentum_correction;         ///< alpha
    double smooth_fraction;  ///< slopes up to this fraction of the root per cell are smooth
    double smooth_velocity;  ///< [m/s] and up to this change of the velocity
    double friction;         ///< K = 2 (zeta + 2) pi mu / rho [m^2/s]: dQ/dt = -K u
};

/// Half of the monotonized central slope (van Leer 1977), from the differences to both neighbours:
/// their mean, halved, between zero and the smaller one; up to `smooth` as it is, so that the crest
/// of a smooth wave is not clipped (Shu 1987).
ASP_FN double half_limited_slope(double a, double b, double smooth) {
    const double low = asp::min(asp::max(a, b), -smooth);
    const double high = asp::max(asp::min(a, b), smooth);
    return asp::max(low, asp::min(high, 0.25 * (a + b)));
}

/// Fluxes of the faces of a stretch; index j is face `first + j`.
struct StretchFluxes {
    static constexpr long n = stretch_blocks * block_cells;
    alignas(64) double mass[n + 8];
    alignas(64) double momentum[n + 8];
    /// Momentum flux less the pressure flux of the cell to the left and to the right.
    alignas(64) double excess_left[n + 8], excess_right[n + 8];
    alignas(64) double variable_jump[n];  ///< of the reconstruction across each cell
};

/// Finite-volume stage of the blocks [begin, end):
///   A' = A + dt L_A,   A' u' = A u + dt L_Q - dt (f + f')/2,
/// piecewise linear in the wall's variable and in u; the flux is that of the state between the two
/// waves of the Riemann problem, linearized about the face's mean state. `Second`: the mean of the
/// start and a further Euler step (Heun). Friction f is implicit (trapezoidal rule).
///
/// Cost per cell: one division, one square root, about 60 other operations. The update of a stretch
/// runs in one loop with the fluxes of the next, so that the divide and root unit (34 cycles
/// per 8 cells on an Intel core with AVX-512) works beside the arithmetic. Loops run over whole
/// blocks, so that nothing is left over for scalar code.
template <bool Second, class Wall>
ASP_KERNEL void advance_stage(const Wall& wall, const StageArguments& a, long begin, long end) {
    const double alpha = a.momentum_correction;
    const double smooth_fraction = a.smooth_fraction, smooth_velocity = a.smooth_velocity;
    const double time_step = a.time_step, half_step = 0.5 * time_step, friction = a.friction;
    const double* ASP_RESTRICT all_root = a.root;
    const double* ASP_RESTRICT all_velocity = a.velocity;
    const double* ASP_RESTRICT all_area = a.area;
    // In the second stage these are the arrays that are written, each cell after it was read.
    const double* all_start_area = a.start_area;
    const double* all_start_velocity = a.start_velocity;
    const double* ASP_RESTRICT all_inverse_length = a.inverse_cell_length;
    double* all_next_area = a.next_area;
    double* all_next_velocity = a.next_velocity;
    double* ASP_RESTRICT all_next_root = a.next_root;

    StretchFluxes fluxes[2];
    alignas(64) double sv[StretchFluxes::n + 16],
        su[StretchFluxes::n + 16];  // index j is cell first - 1 + j

    long previous_blocks = 0;
    for (long block = begin, turn = 0; block < end || previous_blocks > 0; ++turn) {
        const long remaining = end - block;
        const long blocks =
            remaining < stretch_blocks ? remaining : stretch_blocks;  // 0 in the last turn
        const long n = blocks * block_cells, previous_n = previous_blocks * block_cells;
        const long first = block * block_cells, previous = first - previous_n;
        StretchFluxes& ASP_RESTRICT now = fluxes[turn & 1];
        const StretchFluxes& ASP_RESTRICT before = fluxes[(turn & 1) ^ 1];
        const int first_patch = blocks > 0 ? a.first_patch[block] : 0;
        const int last_patch = blocks > 0 ? a.last_patch[block + blocks - 1] : 0;

        const auto fluxes_at = [&](long j) ASP_INLINE_LAMBDA {
            const long cell = first + j;
            const double v_left = wall.variable(all_root[cell - 1], cell - 1);
            const double v_right = wall.variable(all_root[cell], cell);
            const double left = v_left + sv[j], right = v_right - sv[j + 1];
            const double u_left = all_velocity[cell - 1] + su[j];
            const double u_right = all_velocity[cell] - su[j + 1];
            const FaceState face = wall.riemann(left, right, u_left, u_right, cell);
            const double momentum =
                face.area * (alpha * face.velocity * face.velocity + face.specific_flux);
            now.mass[j] = face.area * face.velocity;
            if constexpr (Wall::pressure_varies) {
                now.excess_left[j] = momentum - wall.pressure_flux(left, cell);
                now.excess_right[j] = momentum - wall.pressure_flux(right, cell);
            } else {
                now.momentum[j] = momentum;
            }
        };
        const auto update_at = [&](long j) ASP_INLINE_LAMBDA {
            const long cell = previous + j;
            const double area = all_area[cell], velocity = all_velocity[cell];
            const double rate = time_step * all_inverse_length[cell];
            double new_area = area - rate * (before.mass[j + 1] - before.mass[j]);
            double gain;
            if constexpr (Wall::pressure_varies)
                gain = before.excess_left[j + 1] - before.excess_right[j] +
                       area * before.variable_jump[j];
            else
                gain = before.momentum[j + 1] - before.momentum[j];
            double flow = area * velocity - rate * gain;
            double start_area = area, start_velocity = velocity;
            if constexpr (Second) {
                start_area = all_start_area[cell];
                start_velocity = all_start_velocity[cell];
                new_area = 0.5 * (new_area + start_area);
                flow = 0.5 * (flow + start_area * start_velocity +
                              half_step * friction_sum(wall, friction, start_area, start_velocity,
                                                       area, velocity, cell));
            }
            all_next_area[cell] = new_area;
            all_next_root[cell] = asp::sqrt(new_area);
            all_next_velocity[cell] = slowed_velocity(wall, friction, half_step, start_area,
                                                      start_velocity, new_area, flow, cell);
        };

        if (blocks > 0) {
            ASP_SIMD_FOR(j, 0, n + 8) {
                const long cell = first - 1 + j;
                const double v = wall.variable(all_root[cell], cell), u = all_velocity[cell];
                sv[j] = half_limited_slope(v - wall.variable(all_root[cell - 1], cell - 1),
                                           wall.variable(all_root[cell + 1], cell + 1) - v,
                                           smooth_fraction * wall.scale(all_root[cell], cell));
                su[j] = half_limited_slope(u - all_velocity[cell - 1], all_velocity[cell + 1] - u,
                                           smooth_velocity);
            }
            for (int p = first_patch; p < last_patch; ++p) {
                // In the end cell the state at the face stands in for a neighbour, at half the
                // distance.
                const EndPatch& patch = a.patches[p];
                const long cell = patch.cell, inside = 2 * cell + 1 - 2 * patch.face;  // +-1
                const double v = wall.variable(all_root[cell], cell), u = all_velocity[cell];
                const double sign = static_cast<double>(inside);
                const long j = cell - first + 1;
                sv[j] = sign * half_limited_slope(
                                   2.0 * (v - patch.variable),
                                   wall.variable(all_root[cell + inside], cell + inside) - v,
                                   smooth_fraction * wall.scale(all_root[cell], cell));
                su[j] = sign * half_limited_slope(2.0 * (u - patch.velocity),
                                                  all_velocity[cell + inside] - u, smooth_velocity);
            }
            ASP_SIMD_FOR(j, n, n + 8) fluxes_at(j);
        }
        if (blocks == previous_blocks) {
            ASP_SIMD_FOR(j, 0, n) {
                fluxes_at(j);
                update_at(j);
            }
        } else {
            ASP_SIMD_FOR(j, 0, n) fluxes_at(j);
            ASP_SIMD_FOR(j, 0, previous_n) update_at(j);
        }
        if (blocks > 0) {
            if constexpr (Wall::pressure_varies)
                ASP_SIMD_FOR(j, 0, n) now.variable_jump[j] = 2.0 * sv[j + 1];
            for (int p = first_patch; p < last_patch; ++p) {
                const EndPatch& patch = a.patches[p];
                const long j = patch.face - first;
                if (j < 0 || j > n) continue;
                now.mass[j] = patch.mass_flux;
                if constexpr (Wall::pressure_varies) {
                    // Only the vessel's own cell reads this face; its side is restored below.
                    const double v = wall.variable(all_root[patch.cell], patch.cell);
                    const bool inlet = patch.cell == patch.face;
                    const double side = inlet ? v - sv[j + 1] : v + sv[j];
                    now.excess_left[j] = now.excess_right[j] =
                        patch.momentum_flux - wall.pressure_flux(side, patch.face);
                } else {
                    now.momentum[j] = patch.momentum_flux;
                }
            }
        }
        block += blocks;
        previous_blocks = blocks;
    }
}

}  // namespace bloodflow

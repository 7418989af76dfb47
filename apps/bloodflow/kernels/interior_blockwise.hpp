#pragma once
#include "bloodflow/kernels/interior.hpp"

namespace bloodflow {

/// Arrays of a stretch of cells. Index j of a cell's array is cell first - 2 + j where it has a
/// name with `cell`, of a slope's first - 1 + j, of a face's face first + j.
struct StretchBlocks {
    static constexpr long n = stretch_blocks * block_cells;  ///< at most
    alignas(64) double cell_variable[n + 16], cell_scale[n + 16];
    alignas(64) double variable_slope[n + 16], velocity_slope[n + 16];
    alignas(64) double left[n + 8], right[n + 8];
    alignas(64) double stiffness[n + 8], root[n + 8], potential[n + 8], face_velocity[n + 8];
    alignas(64) double flux[n + 8], side[n + 8];
    alignas(64) double mass[n + 8], momentum[n + 8], excess_left[n + 8], excess_right[n + 8];
};

/// Friction of n cells: what `friction_sum` adds, from blocks.
struct Friction {
    static constexpr long most = StretchBlocks::n;
    alignas(64) double start[most], here[most], slope[most];
    const double* start_velocity;
    long first, n;

    template <class Wall>
    ASP_FN Friction(const Wall& wall, double linear, const double* start_area,
                    const double* velocity, long first_cell, long cells)
        : start_velocity(velocity), first(first_cell), n(cells) {
        if constexpr (Wall::linear_friction) {
            ASP_SIMD_FOR(j, 0, n) {
                start[j] = here[j] = linear * velocity[j];
                slope[j] = linear;
            }
        } else {
            wall.block(LawFunction::cell_friction, start_area, velocity, first, start, n);
        }
    }
    /// With this area at the end of the step.
    template <class Wall>
    ASP_FN void at(const Wall& wall, const double* area) {
        if constexpr (!Wall::linear_friction) {
            wall.block(LawFunction::cell_friction, area, start_velocity, first, here, n);
            wall.block(LawFunction::cell_friction_slope, area, start_velocity, first, slope, n);
        }
    }
    ASP_FN double sum(long j, double from, double velocity) const {
        return start[j] + here[j] + slope[j] * (velocity - from);
    }
};

/// The reconstructed variable and its scale in n cells from `begin` on.
template <class Wall>
ASP_KERNEL void cell_variables(const Wall& wall, const double* ASP_RESTRICT root, long begin,
                               long n, double* ASP_RESTRICT variable, double* ASP_RESTRICT scale) {
    if constexpr (Wall::pressure_varies) {
        wall.block(LawFunction::cell_potential, root + begin, begin, variable, n);
        wall.block(LawFunction::cell_stiffness, root + begin, begin, scale, n);
        ASP_SIMD_FOR(j, 0, n) scale[j] *= 2.0 * root[begin + j];
    } else {
        ASP_SIMD_FOR(j, 0, n) variable[j] = scale[j] = root[begin + j];
    }
}

/// Integral of c^2 dA at n faces from `first` on, from the variable on one side.
template <class Wall>
ASP_KERNEL void pressure_fluxes(const Wall& wall, const double* variable, long first, long n,
                                StretchBlocks& s, double* ASP_RESTRICT result) {
    wall.block(LawFunction::face_root, variable, first, s.side, n + 8);
    wall.block(LawFunction::face_flux, s.side, first, result, n + 8);
    ASP_SIMD_FOR(j, 0, n + 8) result[j] *= s.side[j] * s.side[j];
}

/// Fluxes of the faces first ... first + n: `Wall::riemann`, function by function.
template <class Wall>
ASP_KERNEL void riemann_blocks(const Wall& wall, const StageArguments& a, long first, long n,
                               StretchBlocks& s) {
    const long faces = n + 8;
    const double* velocity = a.velocity;
    ASP_SIMD_FOR(j, 0, faces) {
        s.left[j] = s.cell_variable[j + 1] + s.variable_slope[j];
        s.right[j] = s.cell_variable[j + 2] - s.variable_slope[j + 1];
        s.potential[j] = 0.5 * (s.left[j] + s.right[j]);
    }
    double* mean = s.potential;  // of the variable, then of the root
    if constexpr (Wall::pressure_varies) {
        wall.block(LawFunction::face_root, s.potential, first, s.side, faces);
        mean = s.side;
    }
    wall.block(LawFunction::face_stiffness, mean, first, s.stiffness, faces);
    ASP_SIMD_FOR(j, 0, faces) {
        const double u_left = velocity[first - 1 + j] + s.velocity_slope[j];
        const double u_right = velocity[first + j] - s.velocity_slope[j + 1];
        const double speed2 = s.stiffness[j] * mean[j];
        const double half_inverse_speed = asp::approximate_half_inverse_sqrt(speed2);
        const double jump = s.right[j] - s.left[j];
        if constexpr (Wall::pressure_varies) {
            s.potential[j] -= speed2 * half_inverse_speed * (u_right - u_left);
            s.face_velocity[j] = 0.5 * (u_left + u_right) - half_inverse_speed * jump;
        } else {
            s.root[j] = mean[j] - 0.5 * mean[j] * half_inverse_speed * (u_right - u_left);
            s.face_velocity[j] =
                0.5 * (u_left + u_right) - 2.0 * s.stiffness[j] * half_inverse_speed * jump;
        }
    }
    if constexpr (Wall::pressure_varies)
        wall.block(LawFunction::face_root, s.potential, first, s.root, faces);
    wall.block(LawFunction::face_flux, s.root, first, s.flux, faces);
    const double alpha = a.momentum_correction;
    ASP_SIMD_FOR(j, 0, faces) {
        const double area = s.root[j] * s.root[j], u = s.face_velocity[j];
        s.mass[j] = area * u;
        s.momentum[j] = area * (alpha * u * u + s.flux[j]);
    }
    if constexpr (Wall::pressure_varies) {
        pressure_fluxes(wall, s.left, first, n, s, s.excess_left);
        pressure_fluxes(wall, s.right, first, n, s, s.excess_right);
        ASP_SIMD_FOR(j, 0, faces) {
            s.excess_left[j] = s.momentum[j] - s.excess_left[j];
            s.excess_right[j] = s.momentum[j] - s.excess_right[j];
        }
    }
}

/// The new state of the cells first ... first + n - 1 from the fluxes of their faces.
template <bool Second, class Wall>
ASP_KERNEL void update_blockwise(const Wall& wall, const StageArguments& a, long first, long n,
                                 StretchBlocks& s) {
    double* ASP_RESTRICT flow = s.left;  // what they held is done with
    double* ASP_RESTRICT new_area = s.right;
    const double* start_area = Second ? a.start_area : a.area;
    const double* start_velocity = Second ? a.start_velocity : a.velocity;
    const double half_step = 0.5 * a.time_step;
    ASP_SIMD_FOR(j, 0, n) {
        const long cell = first + j;
        const double area = a.area[cell], rate = a.time_step * a.inverse_cell_length[cell];
        double gain;
        if constexpr (Wall::pressure_varies)
            gain = s.excess_left[j + 1] - s.excess_right[j] + area * 2.0 * s.variable_slope[j + 1];
        else
            gain = s.momentum[j + 1] - s.momentum[j];
        new_area[j] = area - rate * (s.mass[j + 1] - s.mass[j]);
        flow[j] = area * a.velocity[cell] - rate * gain;
    }
    Friction friction(wall, a.friction, start_area + first, start_velocity + first, first, n);
    if constexpr (Second) {
        friction.at(wall, a.area + first);
        ASP_SIMD_FOR(j, 0, n) {
            const long cell = first + j;
            const double sum = friction.sum(j, start_velocity[cell], a.velocity[cell]);
            new_area[j] = 0.5 * (new_area[j] + start_area[cell]);
            flow[j] = 0.5 * (flow[j] + start_area[cell] * start_velocity[cell] + half_step * sum);
        }
    }
    friction.at(wall, new_area);
    ASP_SIMD_FOR(j, 0, n) {
        const long cell = first + j;
        const double known = friction.sum(j, start_velocity[cell], 0.0);
        const double slowed =
            (flow[j] - half_step * known) / (new_area[j] + half_step * friction.slope[j]);
        a.next_area[cell] = new_area[j];
        a.next_root[cell] = asp::sqrt(new_area[j]);
        a.next_velocity[cell] = slowed;
    }
}

/// Some blocks of cells, from `block` on, of the scheme of `advance_stretches`, step by
/// step: each function of the wall is asked for many places at once.
template <bool Second, class Wall>
ASP_KERNEL void advance_stretch_blockwise(const Wall& wall, const StageArguments& a, long block,
                                          long blocks, StretchBlocks& s) {
    const long n = blocks * block_cells;
    const long first = block * block_cells;
    const int first_patch = a.first_patch[block];
    const int last_patch = a.last_patch[block + blocks - 1];
    const double* velocity = a.velocity;
    cell_variables(wall, a.root, first - 2, n + 16, s.cell_variable, s.cell_scale);
    ASP_SIMD_FOR(j, 0, n + 8) {
        const long cell = first - 1 + j;
        s.variable_slope[j] = half_limited_slope(s.cell_variable[j + 1] - s.cell_variable[j],
                                                 s.cell_variable[j + 2] - s.cell_variable[j + 1],
                                                 a.smooth_fraction * s.cell_scale[j + 1]);
        s.velocity_slope[j] =
            half_limited_slope(velocity[cell] - velocity[cell - 1],
                               velocity[cell + 1] - velocity[cell], a.smooth_velocity);
    }
    for (long j = n + 8; j < n + 16; ++j) s.variable_slope[j] = s.velocity_slope[j] = 0.0;
    for (int p = first_patch; p < last_patch; ++p) {
        const EndPatch& patch = a.patches[p];
        const long cell = patch.cell, inside = 2 * cell + 1 - 2 * patch.face;  // +-1
        const long j = cell - first + 1;
        const double v = s.cell_variable[j + 1], u = velocity[cell];
        const double sign = static_cast<double>(inside);
        s.variable_slope[j] = sign * half_limited_slope(2.0 * (v - patch.variable),
                                                        s.cell_variable[j + 1 + inside] - v,
                                                        a.smooth_fraction * s.cell_scale[j + 1]);
        s.velocity_slope[j] =
            sign * half_limited_slope(2.0 * (u - patch.velocity), velocity[cell + inside] - u,
                                      a.smooth_velocity);
    }
    riemann_blocks(wall, a, first, n, s);
    for (int p = first_patch; p < last_patch; ++p) {
        const EndPatch& patch = a.patches[p];
        const long j = patch.face - first;
        if (j < 0 || j > n) continue;
        s.mass[j] = patch.mass_flux;
        s.momentum[j] = patch.momentum_flux;
        if constexpr (Wall::pressure_varies) {
            const long cell = patch.cell - first + 1;  // of the slopes
            const double v = s.cell_variable[cell + 1], slope = s.variable_slope[cell];
            const double side = patch.cell == patch.face ? v - slope : v + slope;
            s.excess_left[j] = s.excess_right[j] =
                patch.momentum_flux - wall.pressure_flux(side, patch.face);
        }
    }
    update_blockwise<Second>(wall, a, first, n, s);
}

/// `advance_stage` for a law that works on blocks.
template <bool Second, class Wall>
ASP_KERNEL void advance_stage_blockwise(const Wall& wall, const StageArguments& a, long begin,
                                        long end) {
    StretchBlocks s;
    for (long block = begin; block < end; block += stretch_blocks) {
        const long blocks = end - block < stretch_blocks ? end - block : stretch_blocks;
        advance_stretch_blockwise<Second>(wall, a, block, blocks, s);
    }
}

}  // namespace bloodflow

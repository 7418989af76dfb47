#pragma once
#include "asp/stencil/kernels/shape.hpp"

namespace asp::stencil {

/// For CUDA: one point of one loop to a thread, the points numbered row after row. The caller
/// launches loop after loop (its number stands where the number of steps does) and has memory for
/// temporaries; fields are changed where they lie (arrays [fields]), so that what a loop writes is
/// before it. Reductions get each point's own value: arrays [2 fields] is [sums][points].
template <class Stencil>
struct Points {
    const Arguments& a;
    long n[3];

    ASP_FN explicit Points(const Arguments& arguments) : a(arguments) {
        for (int d = 0; d < 3; ++d) n[d] = a.sizes[size_shape + d];
    }

    ASP_FN double* row_of(int field, long plane, long row) const {
        const long* const size = a.sizes + size_fields + field * sizes_per_field;
        return static_cast<double*>(a.arrays[field]) + plane * size[0] + row * size[1];
    }

    ASP_FN static bool is_deep(const Region& region, int d, long i, long n) {
        return region.width[d] <= i && i < n - region.width[d];
    }

    ASP_FN double value_at(const Input& input, const long* at, long dx) const {
        const long z = at[0] + input.plane, y = at[1] + input.row, x = at[2] + dx;
        if (Stencil::edge == edge_dirichlet &&
            !(is_inside(z, n[0]) && is_inside(y, n[1]) && is_inside(x, n[2])))
            return Stencil::edge_value;
        return row_of(input.field, mapped(Stencil::edge, z, n[0]),
                      mapped(Stencil::edge, y, n[1]))[mapped(Stencil::edge, x, n[2])];
    }

    template <class Generated>
    ASP_FN void compute(long index) const {
        const long at[3] = {index / (n[1] * n[2]), index / n[2] % n[1], index % n[2]};
        const Region region = Generated::region_of();
        const bool deep = is_deep(region, 0, at[0], n[0]) && is_deep(region, 1, at[1], n[1]) &&
                          is_deep(region, 2, at[2], n[2]);
        double sums[Generated::sums + 1], numbers[Stencil::scalars + 3];
        for (int s = 0; s < Generated::sums; ++s) sums[s] = Generated::neutral(s);
        if (region.kind == all_points || (region.kind == interior_points) == deep) {
            for (int k = 0; k < Stencil::scalars; ++k) numbers[k] = a.scalars[k];
            for (int d = 0; d < Stencil::dimensions; ++d)
                numbers[Stencil::scalars + d] = static_cast<double>(n[Stencil::axis(d)]);
            run<Generated>(at, numbers, sums);
        }
        double* const partial = static_cast<double*>(a.arrays[2 * Stencil::fields]);
        for (int s = 0; s < Generated::sums; ++s)
            partial[(Generated::first_sum + s) * a.sizes[size_extent] + index] = sums[s];
    }

    template <class Generated>
    ASP_FN void run(const long* at, const double* numbers, double* sums) const {
        constexpr long reach = Generated::reach;
        double values[Generated::inputs + 1][2 * reach + 1];
        const double* in[Generated::inputs + 1];
        double* out[Generated::outputs + 1];
        for (int i = 0; i < Generated::inputs; ++i) {
            const Input input = Generated::input_of(i);
            for (long dx = -input.reach; dx <= input.reach; ++dx)
                values[i][reach + dx] = value_at(input, at, dx);
            in[i] = values[i] + reach - at[2];
        }
        for (int o = 0; o < Generated::outputs; ++o)
            out[o] = row_of(Generated::output_of(o), at[0], at[1]);
        Generated::row(in, out, sums, numbers, static_cast<double>(at[0]),
                       static_cast<double>(at[1]), at[2], at[2] + 1);
    }
};

}  // namespace asp::stencil

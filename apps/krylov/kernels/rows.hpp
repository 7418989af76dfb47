#pragma once
// Products with a matrix in compressed sparse rows. Freestanding.

#include "krylov/kernels/step.hpp"

namespace krylov {

/// Rows [lo, hi) of one level of the matrix powers. Configuration: Real, Column, is_complex,
/// vectors, terms, adds_up. Arrays: row starts (long), columns, values, nothing, then Operands.
/// Cost: 12 bytes a nonzero with four-byte columns, and one fused multiply-add each.
template <class Configuration>
struct Rows {
    using Real = typename Configuration::Real;
    using Column = typename Configuration::Column;
    static constexpr int width = Configuration::is_complex ? 2 : 1;

    /// Its own function, with restricted pointers: inlined into a loop over tiles, g++ forgets that
    /// x and y are apart and takes half as long again.
    __attribute__((noinline)) static void one_vector(
        const long* ASP_RESTRICT start, const Column* ASP_RESTRICT column,
        const Real* ASP_RESTRICT value, const Real* ASP_RESTRICT x, const Real* previous, Real* y,
        Real* sum, const Coefficients<Real>& s, long lo, long hi) {
        for (long i = lo; i < hi; ++i) {
            Real product[width] = {};
            for (long e = start[i]; e < start[i + 1]; ++e) {
                if (Configuration::is_complex)
                    add_complex(value + 2 * e, x + 2 * long(column[e]), product);
                else
                    product[0] = fused(value[e], x[column[e]], product[0]);
            }
            const long at = width * i;
            finish_rows<Configuration, width>(s, product, x + at, previous + at, y + at, sum + at,
                                              width);
        }
    }

    ASP_FN static void add_complex(const Real* a, const Real* x, Real* product) {
        product[0] = fused(-a[1], x[1], fused(a[0], x[0], product[0]));
        product[width - 1] = fused(a[1], x[0], fused(a[0], x[1], product[width - 1]));
    }

    ASP_FN static int run(const asp::Arguments& arguments, long lo, long hi) {
        void* const* const arrays = arguments.arrays;
        void* const* const operands = arrays + matrix_arrays;
        const Coefficients<Real> s(arguments.scalars);
        for (int v = 0; v < Configuration::vectors; ++v) {
            const long at = v * arguments.sizes[1] * width;
            one_vector(static_cast<const long*>(arrays[0]), static_cast<const Column*>(arrays[1]),
                       static_cast<const Real*>(arrays[2]),
                       static_cast<const Real*>(operands[Operands::x]) + at,
                       static_cast<const Real*>(operands[Operands::previous]) + at,
                       static_cast<Real*>(operands[Operands::y]) + at,
                       static_cast<Real*>(operands[Operands::sum]) + at, s, lo, hi);
        }
        return 0;
    }
};

}  // namespace krylov

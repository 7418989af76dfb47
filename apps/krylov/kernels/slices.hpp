#pragma once
// Products with a matrix whose rows (or rows of blocks) lie side by side, `lanes` in a slice, one
// in each vector lane. Freestanding; vectors are those of g++ and clang.

#include "krylov/kernels/step.hpp"

namespace krylov {

/// What stands at the head of a slice. Its entries, columns of `lanes` blocks each, end where those
/// of the next slice begin; one head more than there are slices.
struct SliceHead {
    int row;               ///< first row
    int base;              ///< indices count from this column
    unsigned first;        ///< entry
    unsigned first_index;  ///< of as many as entries: a run, lane l has column index + l * columns;
                           ///< or of `lanes` times as many: each lane has its own
};

template <class Real, int lanes>
struct Pack {
    typedef Real Vector __attribute__((vector_size(lanes * sizeof(Real))));
};

template <class Vector>
ASP_FN Vector load(const void* from) {
    Vector v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/// x[index[l]] in lane l. Hardware gathers are the faster way on Intel's cores and the slower one
/// on AMD's.
template <bool hardware, int lanes, class Index>
ASP_FN typename Pack<double, lanes>::Vector gather(const double* x, const Index* index, int scale) {
    typename Pack<double, lanes>::Vector v;
#if defined(__AVX512F__)
    if constexpr (hardware && lanes == 8) {
        typedef int Eight __attribute__((vector_size(32)));
        Eight at;
        for (int l = 0; l < 8; ++l) at[l] = int(index[l]) * scale;
        return (decltype(v))__builtin_ia32_gathersiv8df(v = decltype(v){}, x, at, char(-1), 8);
    }
#endif
    for (int l = 0; l < lanes; ++l) v[l] = x[long(index[l]) * scale];
    return v;
}
template <bool hardware, int lanes, class Index>
ASP_FN typename Pack<float, lanes>::Vector gather(const float* x, const Index* index, int scale) {
    typename Pack<float, lanes>::Vector v;
#if defined(__AVX512F__)
    if constexpr (hardware && lanes == 16) {
        typedef int Sixteen __attribute__((vector_size(64)));
        Sixteen at;
        for (int l = 0; l < 16; ++l) at[l] = int(index[l]) * scale;
        return (decltype(v))__builtin_ia32_gathersiv16sf(v = decltype(v){}, x, at, -1, 4);
    }
#endif
    for (int l = 0; l < lanes; ++l) v[l] = x[long(index[l]) * scale];
    return v;
}

/// Slices [lo, hi) of one level of the matrix powers. Configuration: Real, Index (of columns),
/// Stored (of values: Real, float that stands for a double, or unsigned char for codes),
/// is_complex, lanes, rows and columns (of a block), vectors, terms, adds_up, hardware_gather.
/// Arrays: heads, indices, values, what the codes 0 to 15 stand for, then Operands. Values of entry
/// e: column by column of the block, row by row within, and `lanes` numbers for each (complex:
/// their real, then imaginary parts). Cost: the values, 4 bytes an entry of a run or a lane, and a
/// fused multiply-add for each value.
template <class Configuration>
struct Slices {
    using Real = typename Configuration::Real;
    using Index = typename Configuration::Index;
    using Stored = typename Configuration::Stored;
    static constexpr bool is_coded = sizeof(Stored) == 1;
    static constexpr int lanes = Configuration::lanes, rows = Configuration::rows;
    static constexpr int columns = Configuration::columns, vectors = Configuration::vectors;
    static constexpr int width = Configuration::is_complex ? 2 : 1;
    static constexpr int most = lanes * rows * width;
    using Vector = typename Pack<Real, lanes>::Vector;

    struct Operand {
        const Real *x, *previous;
        Real *y, *sum;
    };
    struct Sums {
        Vector v[vectors][rows][width];
    };

    /// The numbers that codes stand for.
    struct Table {
        Vector low, high;
    };
    ASP_FN static Vector load_values(const Stored* from, const Table& table) {
        if constexpr (is_coded) {
#if defined(__clang__)
            Real meant[2 * lanes];
            __builtin_memcpy(meant, &table, sizeof meant);
            Vector v;
            for (int l = 0; l < lanes; ++l) v[l] = meant[from[l]];
            return v;
#else
            typename Pack<long, lanes>::Vector codes;
            for (int l = 0; l < lanes; ++l) codes[l] = from[l];
            return __builtin_shuffle(table.low, table.high, codes);
#endif
        } else if constexpr (sizeof(Stored) < sizeof(Real)) {
            Vector v;
            for (int l = 0; l < lanes; ++l) v[l] = Real(from[l]);
            return v;
        } else {
            return load<Vector>(from);
        }
    }

    template <bool is_run>
    ASP_FN static void load_x(const Real* x, const Index* index, int column,
                              Vector (&parts)[width]) {
        if constexpr (is_run && columns * width == 1) {
            parts[0] = load<Vector>(x + *index);
        } else if constexpr (is_run) {
            for (int w = 0; w < width; ++w)
                for (int l = 0; l < lanes; ++l)
                    parts[w][l] = x[(long(*index) + l * columns + column) * width + w];
        } else {
            for (int w = 0; w < width; ++w)
                parts[w] = gather<Configuration::hardware_gather, lanes>(x + column * width + w,
                                                                         index, width);
        }
    }

    /// Adds one column of the blocks of an entry to the sums, in the order of the plain product.
    template <bool is_run>
    ASP_FN static void add_column(const Stored* value, const Table& table, const Index* index,
                                  int column, long base, const Operand (&operands)[vectors],
                                  Sums& sums) {
        for (int v = 0; v < vectors; ++v) {
            Vector x[width];
            load_x<is_run>(operands[v].x + base, index, column, x);
            for (int r = 0; r < rows; ++r) {
                const Stored* const a = value + (column * rows + r) * lanes * width;
                auto& sum = sums.v[v][r];
                const Vector re = load_values(a, table);
                if constexpr (width == 1) {
                    sum[0] = re * x[0] + sum[0];
                } else {
                    const Vector im = load_values(a + lanes, table);
                    sum[0] = re * x[0] + sum[0];
                    sum[0] = sum[0] - im * x[1];
                    sum[1] = re * x[1] + sum[1];
                    sum[1] = im * x[0] + sum[1];
                }
            }
        }
    }

    template <bool is_run>
    ASP_FN static void add_entries(const Stored* value, const Table& table, const Index* index,
                                   long count, long base, const Operand (&operands)[vectors],
                                   Sums& sums) {
        for (long e = 0; e < count; ++e) {
            for (int c = 0; c < columns; ++c)
                add_column<is_run>(value, table, index, c, base, operands, sums);
            value += columns * rows * lanes * width;
            index += is_run ? 1 : lanes;
        }
    }

    ASP_FN static void finish(const Sums& sums, const Coefficients<Real>& s, long row, long all,
                              const Operand (&operands)[vectors]) {
        const long left = (all - row) * width, at = row * width;
        for (int v = 0; v < vectors; ++v) {
            const Operand& o = operands[v];
            if constexpr (Configuration::terms == product_only && rows * width == 1) {
                // Straight from the registers; a sum's begin is rounded otherwise.
                if (left >= lanes && (!Configuration::adds_up || s.w0 == Real(0))) {
                    const Vector next = sums.v[v][0][0];
                    if constexpr (Configuration::adds_up) {
                        const Vector total = s.w * next + load<Vector>(o.sum + at);
                        __builtin_memcpy(o.sum + at, &total, sizeof total);
                    }
                    __builtin_memcpy(o.y + at, &next, sizeof next);
                    continue;
                }
            }
            Real product[most];
            if constexpr (rows * width == 1)
                __builtin_memcpy(product, &sums.v[v][0][0], sizeof product);
            else
                for (int l = 0; l < lanes; ++l)
                    for (int r = 0; r < rows; ++r)
                        for (int w = 0; w < width; ++w)
                            product[(l * rows + r) * width + w] = sums.v[v][r][w][l];
            if (left >= most)
                finish_rows<Configuration, most>(s, product, o.x + at, o.previous + at, o.y + at,
                                                 o.sum + at, most);
            else
                finish_rows<Configuration, most>(s, product, o.x + at, o.previous + at, o.y + at,
                                                 o.sum + at, left);
        }
    }

    ASP_FN static int run(const asp::Arguments& arguments, long lo, long hi) {
        const SliceHead* const heads = static_cast<const SliceHead*>(arguments.arrays[0]);
        const Index* const indices = static_cast<const Index*>(arguments.arrays[1]);
        const Stored* const values = static_cast<const Stored*>(arguments.arrays[2]);
        Table table = {};
        if constexpr (is_coded) {
            const Real* const meant = static_cast<const Real*>(arguments.arrays[3]);
            table = {load<Vector>(meant), load<Vector>(meant + lanes)};
        }
        void* const* const given = arguments.arrays + matrix_arrays;
        const Coefficients<Real> s(arguments.scalars);
        Operand operands[vectors];
        for (int v = 0; v < vectors; ++v) {
            const long at = v * arguments.sizes[1] * width;
            operands[v] = {static_cast<const Real*>(given[Operands::x]) + at,
                           static_cast<const Real*>(given[Operands::previous]) + at,
                           static_cast<Real*>(given[Operands::y]) + at,
                           static_cast<Real*>(given[Operands::sum]) + at};
        }
        for (long i = lo; i < hi; ++i) {
            const SliceHead head = heads[i];
            const long count = long(heads[i + 1].first) - long(head.first);
            const bool is_run = long(heads[i + 1].first_index) - long(head.first_index) == count;
            const Stored* const value =
                values + long(head.first) * (columns * rows * lanes * width);
            const Index* const index = indices + head.first_index;
            const long base = long(head.base) * width;
            Sums sums = {};
            if (is_run)
                add_entries<true>(value, table, index, count, base, operands, sums);
            else
                add_entries<false>(value, table, index, count, base, operands, sums);
            finish(sums, s, head.row, arguments.sizes[0], operands);
        }
        return 0;
    }
};

}  // namespace krylov

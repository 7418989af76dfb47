#pragma once
// The matrix powers on a device: level by level, or tile by tile in the memory of a block.
// Freestanding. Every row adds up as the reference does, so that the bits are the processor's.

#include "krylov/kernels/cuda/matrices.hpp"

namespace krylov::cuda {

/// Levels first + 1 to last of a basis.
struct Levels {
    const double* scalars;  ///< [k, 5] as of a step of the processor's kernels: a, b, c, 0, 0
    const int* terms;       ///< [k] product_only, two_terms, three_terms
    int first;
    int last;
    long stride;  ///< reals from one level to the next
};

template <class Number, int count>
struct Ending {
    using Real = Number;
    static constexpr int terms = count;
    static constexpr bool adds_up = false;
};

/// Ends `most` reals of level p + 1. `previous` is read where there are three terms.
template <int most, class Real>
KRYLOV_DEVICE void end_rows(const Levels& levels, int p, const Real* product, const Real* x,
                            const Real* previous, Real* y) {
    const Coefficients<Real> s(levels.scalars + 5 * p);
    const int terms = levels.terms[p];
    Real* const no_sum = nullptr;
    if (terms == product_only)
        finish_rows<Ending<Real, product_only>, most>(s, product, x, x, y, no_sum, most);
    else if (terms == two_terms)
        finish_rows<Ending<Real, two_terms>, most>(s, product, x, x, y, no_sum, most);
    else
        finish_rows<Ending<Real, three_terms>, most>(s, product, x, previous, y, no_sum, most);
}

/// Level p + 1 by all threads of the grid.
/// Cost: values and columns once, 12 bytes a nonzero, all read by neighbours side by side.
template <class AnyThread, class Matrix>
KRYLOV_DEVICE void one_level(AnyThread t, const Matrix& matrix, const Levels& levels, int p,
                             typename Matrix::Real* basis) {
    using Real = typename Matrix::Real;
    constexpr int most = Matrix::rows_of_place * Matrix::width;
    // Neither is restricted: the compiler must not fetch x past the L1 cache's fences.
    Real* const x = basis + p * levels.stride;
    const long step = long(t.blocks()) * t.threads();
    for (long place = long(t.block()) * t.threads() + t.thread(); place < matrix.places;
         place += step) {
        const long row = matrix.row[place];
        if (row < 0) continue;
        Real product[most] = {};
        matrix.multiply(place, x, product);
        Real* const at = x + Matrix::width * row;
        end_rows<most>(levels, p, product, at, at - levels.stride, at + levels.stride);
    }
}

/// All levels in one launch, which must be cooperative: what launches cost is paid once.
template <class AnyThread, class Matrix>
KRYLOV_DEVICE void all_levels(AnyThread t, const Matrix& matrix, const Levels& levels,
                              typename Matrix::Real* basis, unsigned* counter) {
    for (int p = levels.first; p < levels.last; ++p) {
        one_level(t, matrix, levels, p, basis);
        if (p + 1 < levels.last) grid_barrier(t, counter);
    }
}

/// What a tile has in the memory of its block: two vectors, and the matrix where it fits.
template <class Matrix>
struct TileMemory {
    using Real = typename Matrix::Real;

    Real *now, *other;
    Real* value;
    unsigned short* column;

    KRYLOV_DEVICE TileMemory(const Matrix& m, unsigned char* memory)
        : now(reinterpret_cast<Real*>(memory)),
          other(now + Matrix::width * m.most_rows),
          value(other + Matrix::width * m.most_rows),
          column(reinterpret_cast<unsigned short*>(value + Matrix::width * m.most_entries)) {}
};

/// The product of row i of a tile, whose slices begin at `slice`; entries count from `base`.
template <class Matrix>
KRYLOV_DEVICE void multiply_in_tile(const Matrix& m, long slice, long base,
                                    const typename Matrix::Real* value,
                                    const unsigned short* column, int i,
                                    const typename Matrix::Real* x,
                                    typename Matrix::Real* product) {
    long entry = m.start[slice + i / warp] - base + i % warp;
    const int count = m.length[slice * warp + i];
    for (int j = 0; j < count; ++j, entry += warp)
        add_product<Matrix::width>(value + Matrix::width * entry,
                                   x + Matrix::width * int(column[entry]), product);
}

/// One tile by one block of threads: reads what it needs of level `first` once, and writes its own
/// rows of all levels after it.
template <class AnyThread, class Matrix>
KRYLOV_DEVICE void one_tile(AnyThread t, const Matrix& m, const Levels& levels, int tile,
                            typename Matrix::Real* basis) {
    using Real = typename Matrix::Real;
    constexpr int width = Matrix::width;
    TileMemory<Matrix> mine(m, t.memory());
    const int* const rows = m.row + m.first_row[tile];
    // A sweep that is less deep needs fewer ghosts.
    const int* const end =
        m.level_end + long(tile) * (m.depth + 1) + (m.depth - (levels.last - levels.first));
    const long slice = m.first_slice[tile], base = m.start[slice];
    const long entries = m.start[m.first_slice[tile + 1]] - base;
    const bool has_previous = levels.terms[levels.first] == three_terms;

    const Real* const x = basis + levels.first * levels.stride;
    for (int i = t.thread(); i < width * end[0]; i += t.threads()) {
        const long at = width * long(rows[i / width]) + i % width;
        mine.now[i] = x[at];
        if (has_previous) mine.other[i] = x[at - levels.stride];
    }
    const Real* value = m.value + width * base;
    const unsigned short* column = m.column + base;
    if (m.most_entries > 0) {
        for (long e = t.thread(); e < width * entries; e += t.threads()) mine.value[e] = value[e];
        for (long e = t.thread(); e < entries; e += t.threads()) mine.column[e] = column[e];
        value = mine.value;
        column = mine.column;
    }
    t.barrier();
    for (int p = levels.first; p < levels.last; ++p) {
        const int count = end[p - levels.first + 1], own = end[levels.last - levels.first];
        Real* const y = basis + (p + 1) * levels.stride;
        for (int i = t.thread(); i < count; i += t.threads()) {
            Real product[width] = {};
            multiply_in_tile(m, slice, base, value, column, i, mine.now, product);
            Real* const next = mine.other + width * i;  // holds x_{p-1} until then
            end_rows<width>(levels, p, product, mine.now + width * i, next, next);
            if (i < own)
                for (int part = 0; part < width; ++part)
                    y[width * long(rows[i]) + part] = next[part];
        }
        t.barrier();
        Real* const before = mine.now;
        mine.now = mine.other;
        mine.other = before;
    }
}

/// A sweep over all tiles. They need nothing of each other.
template <class AnyThread, class Matrix>
KRYLOV_DEVICE void all_tiles(AnyThread t, const Matrix& m, const Levels& levels,
                             typename Matrix::Real* basis) {
    for (int tile = t.block(); tile < m.tiles; tile += t.blocks())
        one_tile(t, m, levels, tile, basis);
}

}  // namespace krylov::cuda

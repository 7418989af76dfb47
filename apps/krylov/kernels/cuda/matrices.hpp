#pragma once
// Matrices as the kernels for CUDA read them: 32 rows, or rows of blocks, side by side in a slice,
// one for each thread of a warp, so that a warp reads 32 neighbours at a time. Freestanding; the
// arrays are cuda/packing.hpp's. Complex numbers are pairs of reals: `width` is 1 or 2.

#include "krylov/kernels/cuda/thread.hpp"
#include "krylov/kernels/step.hpp"

namespace krylov::cuda {

/// product += a x, in the order of the reference.
template <int width, class Real>
KRYLOV_DEVICE void add_product(const Real* a, const Real* x, Real* product) {
    if (width == 1) {
        product[0] = fused(a[0], x[0], product[0]);
    } else {
        constexpr int im = width - 1;
        const Real re = fused(a[0], x[0], product[0]);
        const Real other = fused(a[0], x[im], product[im]);
        product[0] = fused(-a[im], x[im], re);
        product[im] = fused(a[im], x[0], other);
    }
}

/// SELL-32: a row ends where it ends, and what fills up its slice is never read, so that a sum has
/// the reference's bits even with infinities and zeros with a sign.
template <class Number, int parts>
struct SlicedRows {
    using Real = Number;
    static constexpr int width = parts;
    static constexpr int rows_of_place = 1;

    long places;        ///< a multiple of 32; slice s has those from 32 s on
    const long* start;  ///< [slices + 1] entries, 32 times as many as the longest row has
    const int* length;  ///< [places]
    const int* row;     ///< [places] -1: nobody stands here
    const int* column;  ///< [entries] of entry j of lane l: start + 32 j + l
    const Real* value;  ///< [entries * width]

    KRYLOV_DEVICE void multiply(long place, const Real* x, Real* product) const {
        long entry = start[place / warp] + place % warp;
        const int count = length[place];
        for (int j = 0; j < count; ++j, entry += warp)
            add_product<width>(value + width * entry, x + width * long(column[entry]), product);
    }
};

/// The same over dense blocks. Zeros that fill a block are added up like all others: that changes
/// nothing but the sign of a zero, and what infinities make of it.
template <class Number, int parts, int rows, int columns>
struct SlicedBlocks {
    using Real = Number;
    static constexpr int width = parts;
    static constexpr int rows_of_place = rows;

    long places;        ///< rows of blocks, up to a multiple of 32
    const long* start;  ///< [slices + 1] entries
    const int* length;  ///< [places] in blocks
    const int* row;     ///< [places] the first, or -1
    const int* column;  ///< [entries] of blocks
    const Real* value;  ///< [entries / 32, rows * columns, 32, width]

    KRYLOV_DEVICE void multiply(long place, const Real* x, Real* product) const {
        const int lane = int(place % warp), count = length[place];
        long entry = start[place / warp] + lane;
        for (int j = 0; j < count; ++j, entry += warp) {
            const Real* const block = value + width * ((entry - lane) * rows * columns + lane);
            const Real* const at = x + width * columns * long(column[entry]);
            for (int r = 0; r < rows; ++r)
                for (int c = 0; c < columns; ++c)
                    add_product<width>(block + width * warp * (r * columns + c), at + width * c,
                                       product + width * r);
        }
    }
};

/// Explicit tiles: the rows that a block of threads computes from x to x_depth, with ghost rows of
/// its own. Level j of a sweep needs the first level_end[j] of them.
template <class Number, int parts>
struct Tiles {
    using Real = Number;
    static constexpr int width = parts;

    int tiles;
    int depth;                     ///< levels of a sweep, at most
    int most_rows;                 ///< of any tile
    long most_entries;             ///< of any tile; 0: the matrix stays where it is
    const long* first_row;         ///< [tiles + 1] into `row`
    const int* row;                ///< in the whole matrix; the tile's own before its ghosts
    const int* level_end;          ///< [tiles, depth + 1] never increasing; the last are its own
    const int* first_slice;        ///< [tiles + 1]
    const long* start;             ///< [slices + 1] entries
    const int* length;             ///< [slices * 32]
    const unsigned short* column;  ///< [entries] within the tile
    const Real* value;             ///< [entries * width]
};

}  // namespace krylov::cuda

#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "krylov/basis.hpp"
#include "krylov/csr.hpp"
#include "krylov/kernels/cuda/powers.hpp"

namespace krylov::cuda {

template <class Scalar>
struct RealOf {
    using type = Scalar;
    static constexpr int width = 1;
};
template <class Real>
struct RealOf<std::complex<Real>> {
    using type = Real;
    static constexpr int width = 2;
};

/// What SlicedRows and SlicedBlocks look at.
template <class Scalar>
struct Slices {
    int block = 1;  ///< rows and columns of a block
    std::vector<long> start{0};
    std::vector<int> length, row, column;
    std::vector<Scalar> value;

    long places() const { return static_cast<long>(length.size()); }
    std::size_t bytes() const;
};

/// What Tiles looks at.
template <class Scalar>
struct PackedTiles {
    int depth = 0;
    int most_rows = 0;
    long most_entries = 0;  ///< of any tile, whether or not they fit into its memory
    std::vector<long> first_row{0}, start{0};
    std::vector<int> row, level_end, first_slice{0}, length;
    std::vector<unsigned short> column;
    std::vector<Scalar> value;

    int tiles() const { return static_cast<int>(first_row.size()) - 1; }
    std::size_t bytes() const;
    /// [bytes] of a block's memory, with the matrix or without.
    std::size_t memory(bool with_matrix) const;
    /// Rows computed in a sweep over rows that there are.
    double redundancy() const;
};

/// Rows (block = 1) or rows of square blocks, 32 to a slice. Within `window` places rows are sorted
/// by length, so that a slice has little to fill up; 1: not sorted. Throws InputError where the
/// matrix is not of whole blocks.
template <class Scalar, class Column>
Slices<Scalar> pack_slices(const CsrView<Scalar, Column>& matrix, int block = 1, long window = 1);

/// The rows of each tile: row[end[t - 1]] to row[end[t]].
struct TileRows {
    std::vector<std::int32_t> row;
    std::vector<std::int64_t> end;
};
/// So many rows in each, as they follow each other.
TileRows bands_of(std::int64_t rows, long each);
/// About so many rows in each, so that few have neighbours in another tile.
template <class Scalar, class Column>
TileRows compact_tiles(const CsrView<Scalar, Column>& matrix, long each);

/// Tiles with what they need for `depth` levels. Throws InputError where one has more rows, ghosts
/// included, than the 65536 that 16 bits can number.
template <class Scalar, class Column>
PackedTiles<Scalar> pack_tiles(const CsrView<Scalar, Column>& matrix, const TileRows& tiles,
                               int depth);

/// What Levels looks at.
struct Steps {
    std::vector<double> scalars;  ///< [k, 5]
    std::vector<int> terms;       ///< [k]
};
Steps steps_of(const Recurrence& recurrence);

}  // namespace krylov::cuda

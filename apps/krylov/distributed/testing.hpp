#pragma once
// For *.test.cpp only: each rank makes the whole matrix and takes its rows.

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "asp/base/testing.hpp"
#include "krylov/distributed/distributed_akx.hpp"
#include "krylov/reference.hpp"
#include "krylov/testing.hpp"

namespace krylov::testing {

inline const Communicator& world() {
    static const Communicator ranks = Communicator::world();
    return ranks;
}

/// Rows of one rank with global columns.
struct Block {
    std::int64_t columns = 0, first = 0;
    std::vector<std::int64_t> row_start{0}, column;
    std::vector<double> value;

    CsrView<double, std::int64_t> view() const { return {columns, row_start, column, value}; }
    std::size_t rows() const { return row_start.size() - 1; }
};

inline Block block_of(const Csr<double>& matrix, const RowLayout& layout) {
    const auto rank = static_cast<std::size_t>(world().rank());
    Block block;
    block.columns = matrix.columns;
    block.first = layout.start[rank];
    for (std::int64_t i = layout.start[rank]; i < layout.start[rank + 1]; ++i) {
        for (auto j = matrix.row_start[static_cast<std::size_t>(i)];
             j < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++j) {
            block.column.push_back(matrix.column[static_cast<std::size_t>(j)]);
            block.value.push_back(matrix.value[static_cast<std::size_t>(j)]);
        }
        block.row_start.push_back(static_cast<std::int64_t>(block.column.size()));
    }
    return block;
}

/// Blocks that differ much: the last rank has half of all rows, the first has none where it is not
/// alone.
inline RowLayout uneven_layout(std::int64_t rows) {
    const int ranks = world().size();
    RowLayout layout;
    for (int rank = 1; rank < ranks; ++rank)
        layout.start.push_back(rows / 2 * (rank - 1) / (ranks - 1));
    layout.start.push_back(rows);
    return layout;
}

/// The basis [k + 1, vectors, n] of the whole matrix on one rank, from fixed random vectors.
inline asp::Array<double, 3> whole_basis(const Csr<double>& matrix, const Recurrence& recurrence,
                                         std::size_t vectors) {
    const auto n = static_cast<std::size_t>(matrix.rows());
    asp::Array<double, 3> basis({recurrence.k() + 1, vectors, n});
    std::ranges::copy(random_vector(vectors * n, 11), basis.begin());
    reference_powers(matrix.view(), recurrence, basis.view());
    return basis;
}

/// Elements of `block` [k + 1, vectors, own rows] that differ, in any bit, from the whole basis.
inline std::size_t differing_bits(const asp::Array<double, 3>& block,
                                  const asp::Array<double, 3>& whole, std::int64_t first) {
    std::size_t differing = 0;
    for (std::size_t p = 0; p < block.extent(0); ++p)
        for (std::size_t v = 0; v < block.extent(1); ++v)
            for (std::size_t i = 0; i < block.extent(2); ++i)
                if (std::memcmp(&block(p, v, i), &whole(p, v, static_cast<std::size_t>(first) + i),
                                sizeof(double)) != 0)
                    ++differing;
    return differing;
}

/// A basis [k + 1, vectors, own rows] whose [0] is this rank's part of the whole one's.
inline asp::Array<double, 3> own_start(const asp::Array<double, 3>& whole, const Block& block) {
    asp::Array<double, 3> basis({whole.extent(0), whole.extent(1), block.rows()});
    for (std::size_t v = 0; v < whole.extent(1); ++v)
        for (std::size_t i = 0; i < block.rows(); ++i)
            basis(0, v, i) = whole(0, v, static_cast<std::size_t>(block.first) + i);
    return basis;
}

}  // namespace krylov::testing

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "asp/harts/team.hpp"
#include "krylov/csr.hpp"
#include "krylov/sliced_matrix.hpp"

namespace krylov {

/// What a schedule arranges: units of consecutive items (rows of CSR, or slices), and which units'
/// values each of them reads. Coarser than the matrix, so that it costs little; a unit that reads
/// one value of another is taken to need all of it.
struct UnitGraph {
    std::int64_t items = 0;           ///< in all
    std::int64_t items_per_unit = 1;  ///< the last unit may have fewer
    std::int64_t rows_per_item = 1;
    std::vector<std::int64_t> bytes;  ///< [units] of matrix that a product reads
    std::vector<std::int64_t> start;  ///< [units + 1]
    std::vector<std::int32_t> reads;  ///< rising in each unit, itself always among them

    std::int32_t units() const { return static_cast<std::int32_t>(start.size()) - 1; }
    std::span<const std::int32_t> reads_of(std::int32_t unit) const {
        const auto u = static_cast<std::size_t>(unit);
        return std::span(reads).subspan(static_cast<std::size_t>(start[u]),
                                        static_cast<std::size_t>(start[u + 1] - start[u]));
    }
};

/// Zeros that fill a slice read what stands in their column: that counts too.
template <class Scalar>
UnitGraph unit_graph(const SlicedMatrix<Scalar>& matrix, std::int64_t items_per_unit,
                     const asp::Team* team = nullptr);
template <class Scalar, class Column>
UnitGraph unit_graph(const CsrView<Scalar, Column>& matrix, std::int64_t items_per_unit,
                     const asp::Team* team = nullptr);

/// With every edge in both directions: who may overwrite a unit must wait for all who read it.
UnitGraph symmetrized(const UnitGraph& graph);

/// Units cut into tiles, in the order in which a single hart does them.
struct Tiling {
    std::vector<std::int32_t> tile_of;  ///< [units]
    std::int32_t tiles = 0;
};

/// As the rows are numbered; each tile has about `bytes` of matrix and, `row_bytes` a row, vectors.
Tiling contiguous_tiling(const UnitGraph& graph, std::int64_t bytes, std::int64_t row_bytes);

/// Cut in halves, again and again, along breadth-first levels from a far end of what is cut, so
/// that tiles are compact and neighbours in the order are neighbours in the graph.
Tiling bisected_tiling(const UnitGraph& graph, std::int64_t bytes, std::int64_t row_bytes);

}  // namespace krylov

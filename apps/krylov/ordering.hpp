#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "krylov/csr.hpp"

namespace krylov {

/// Which vertices stand beside which: the pattern of A + A^T without its diagonal.
struct Graph {
    std::vector<std::int64_t> start{0};   ///< [vertices + 1]
    std::vector<std::int32_t> neighbour;  ///< rising in each vertex

    std::int32_t vertices() const { return static_cast<std::int32_t>(start.size()) - 1; }
};

template <class Scalar, class Column>
Graph graph_of(const CsrView<Scalar, Column>& matrix);

/// An order is a permutation: order[i] is the old number of the new i.
using Order = std::vector<std::int32_t>;
Order inverse(std::span<const std::int32_t> order);

/// Blocks of so many rows and columns in another order.
struct Renumbering {
    int block = 1;
    Order order;  ///< [blocks] the given number of the new
    Order place;  ///< [blocks] the new number of the given
};

/// Reverse Cuthill-McKee from pseudo-peripheral vertices, one component after the other.
/// Source: Cuthill and McKee (1969); the starting vertex by George and Liu (1979).
Order reverse_cuthill_mckee(const Graph& graph);

/// Vertices by breadth-first level from a pseudo-peripheral one; `level_end[l]` ends level l.
struct Levels {
    Order order;
    std::vector<std::int32_t> level_end;
};
Levels breadth_first_levels(const Graph& graph);

enum class Partitioner { metis, scotch };

/// Part of each vertex, 0 to parts - 1: parts alike in size within a few percent, few edges cut.
/// The same graph has the same parts every time. Throws InputError for less than one part.
std::vector<std::int32_t> partition(const Graph& graph, std::int32_t parts,
                                    Partitioner by = Partitioner::metis);

/// The vertices of part 0, then those of part 1, and so on, each part in the given order.
Order part_by_part(std::span<const std::int32_t> part);

/// Greatest |i - j| over stored entries.
template <class Scalar, class Column>
std::int64_t bandwidth(const CsrView<Scalar, Column>& matrix);

}  // namespace krylov

#pragma once

#include <vector>

#include "asp/base/aligned.hpp"
#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

using Longs = asp::AlignedVector<long>;

/// Which cells, blocks, ends and nodes belong to a level, in the solver's layout: vessels sorted by
/// level, one padding cell behind each, each level padded to whole blocks.
struct Layout {
    struct Level {
        long first_block, last_block;
        long first_group, last_group;
        std::vector<std::size_t> nodes;
        std::size_t cells = 0;
    };
    std::vector<Level> levels;
    std::vector<long> first_cell;           ///< [vessels]
    std::vector<std::size_t> vessel_order;  ///< by first cell
    long slots = 0;                         ///< cells with padding, halos not counted
    std::vector<std::size_t> node_order;    ///< node number of the network, by the solver's
    std::vector<std::size_t> node_number;   ///< and back
    std::vector<long> end_number;           ///< [2 vessels] inlet, outlet
    Longs group_first_end, group_first_node, node_first_end, node_last_end;
    long ends = 0;
};

Layout make_layout(const Network& network, const Mesh& mesh);

}  // namespace bloodflow

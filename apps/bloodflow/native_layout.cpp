#include "bloodflow/native_layout.hpp"

#include <algorithm>

#include "bloodflow/kernels/interior.hpp"
#include "bloodflow/kernels/nodes.hpp"

namespace bloodflow {
namespace {

void place_cells(const Network& network, const Mesh& mesh, Layout& layout) {
    layout.levels.resize(static_cast<std::size_t>(mesh.levels));
    layout.first_cell.resize(network.vessels.size());
    long slot = 0;
    for (int level = 0; level < mesh.levels; ++level) {
        auto& l = layout.levels[static_cast<std::size_t>(level)];
        l.first_block = slot / block_cells;
        for (std::size_t v = 0; v < network.vessels.size(); ++v) {
            if (mesh.vessels[v].level != level) continue;
            layout.first_cell[v] = slot;
            layout.vessel_order.push_back(v);
            slot += static_cast<long>(mesh.vessels[v].count) + 1;
            l.cells += mesh.vessels[v].count;
        }
        slot = (slot + block_cells - 1) / block_cells * block_cells;
        l.last_block = slot / block_cells;
    }
    layout.slots = slot;
}

/// Nodes belong to the level of their finest vessel; groups of about 64 ends fill the vectors.
void place_nodes(const Network& network, const Mesh& mesh, Layout& layout) {
    const auto ends = network.ends_by_node();
    layout.end_number.assign(2 * network.vessels.size(), -1);
    layout.group_first_end.push_back(0);
    layout.group_first_node.push_back(0);
    for (int level = 0; level < mesh.levels; ++level) {
        auto& l = layout.levels[static_cast<std::size_t>(level)];
        l.first_group = static_cast<long>(layout.group_first_end.size()) - 1;
        const auto close_group = [&] {
            layout.ends = (layout.ends + chunk_ends - 1) / chunk_ends * chunk_ends;
            if (layout.ends == layout.group_first_end.back()) return;
            layout.group_first_end.push_back(layout.ends);
            layout.group_first_node.push_back(static_cast<long>(layout.node_order.size()));
        };
        for (std::size_t node = 0; node < network.nodes.size(); ++node) {
            int finest = 0;
            for (const auto& end : ends[node])
                finest = std::max(finest, mesh.vessels[end.vessel].level);
            if (finest != level) continue;
            if (layout.ends - layout.group_first_end.back() >= 56) close_group();
            l.nodes.push_back(layout.node_order.size());
            layout.node_order.push_back(node);
            layout.node_first_end.push_back(layout.ends);
            for (const auto& end : ends[node])
                layout.end_number[2 * end.vessel + (end.outlet ? 1 : 0)] = layout.ends++;
            layout.node_last_end.push_back(layout.ends);
        }
        close_group();
        l.last_group = static_cast<long>(layout.group_first_end.size()) - 1;
    }
    layout.node_number.resize(network.nodes.size());
    for (std::size_t i = 0; i < layout.node_order.size(); ++i)
        layout.node_number[layout.node_order[i]] = i;
}

}  // namespace

Layout make_layout(const Network& network, const Mesh& mesh) {
    Layout layout;
    place_cells(network, mesh, layout);
    place_nodes(network, mesh, layout);
    return layout;
}

}  // namespace bloodflow

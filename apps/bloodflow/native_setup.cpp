#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "bloodflow/detail/native_solver.hpp"

namespace bloodflow::detail {

NativeSolver::NativeSolver(const Network& network, const Mesh& mesh, std::vector<Inlet> inlets,
                           double cfl, asp::Team& team, const StepKernels& kernels)
    : network_(network),
      mesh_(mesh),
      inlets_(std::move(inlets)),
      cfl_(cfl),
      team_(team),
      kernels_(kernels),
      layout_(make_layout(network, mesh)) {
    allocate();
    describe_cells();
    describe_ends();
    describe_patches();
    describe_nodes();
}

void NativeSolver::allocate() {
    const auto cells = static_cast<std::size_t>(layout_.slots + 2 * halo_cells + block_cells);
    for (Doubles* a : {&area_, &velocity_, &root_, &middle_area_, &middle_velocity_, &middle_root_,
                       &inverse_cell_length_})
        a->assign(cells, 0.0);
    const auto counts = kernels_.coefficients->counts();
    ASP_ASSERT(std::max({counts.cell, counts.face, counts.end}) <= Coefficients::most);
    cell_coefficients_.assign(counts.cell, Doubles(cells));
    face_coefficients_.assign(counts.face, Doubles(cells));
    const auto ends = static_cast<std::size_t>(layout_.ends);
    for (Doubles* a :
         {&orientation_, &end_inverse_length_, &elapsed_, &dynamic_, &loss_, &rest_unknown_,
          &arrived_unknown_, &arrived_velocity_, &slope_, &end_unknown_, &end_velocity_, &end_flow_,
          &flow_slope_, &defect_, &gain_, &end_momentum_, &end_variable_, &end_potential_})
        a->assign(ends, 0.0);
    end_coefficients_.assign(counts.end, Doubles(ends));
    for (Longs* a : {&end_node_, &end_cell_, &end_inner_cell_}) a->assign(ends, 0);
    end_level_.assign(ends, 0);
    flux_.assign(ends, EndFlux{});
}

/// Padding cells hold the first vessel's wall at rest, and nobody looks at them.
void NativeSolver::describe_cells() {
    const WallSite anywhere{&network_, 0, 0.0};
    const double area = anywhere.wall().reference_area;
    std::fill(area_.begin(), area_.end(), area);
    std::fill(root_.begin(), root_.end(), std::sqrt(area));
    middle_area_ = area_;
    middle_root_ = root_;
    const WallCoefficients& wall = *kernels_.coefficients;
    std::vector<double> cell(cell_coefficients_.size()), face(face_coefficients_.size());
    const auto store = [](std::vector<Doubles>& arrays, std::size_t i,
                          const std::vector<double>& values) {
        for (std::size_t k = 0; k < values.size(); ++k) arrays[k][i] = values[k];
    };
    wall.at_cell(anywhere, cell);
    wall.at_face(anywhere, face);
    for (std::size_t i = 0; i < area_.size(); ++i) {
        store(cell_coefficients_, i, cell);
        store(face_coefficients_, i, face);
    }
    for (std::size_t v = 0; v < network_.vessels.size(); ++v) {
        const std::size_t n = mesh_.vessels[v].count;
        const double count = static_cast<double>(n);
        for (std::size_t i = 0; i <= n; ++i) {
            wall.at_face({&network_, v, static_cast<double>(i) / count}, face);
            store(face_coefficients_, slot(v) + i, face);
            if (i == n) break;
            wall.at_cell({&network_, v, (static_cast<double>(i) + 0.5) / count}, cell);
            store(cell_coefficients_, slot(v) + i, cell);
            inverse_cell_length_[slot(v) + i] = 1.0 / mesh_.vessels[v].length;
        }
    }
    for (std::size_t k = 0; k < cell.size(); ++k)
        wall_.cell[k] = cell_coefficients_[k].data() + halo_cells;
    for (std::size_t k = 0; k < face.size(); ++k)
        wall_.face[k] = face_coefficients_[k].data() + halo_cells;
    wall_.interpret = kernels_.interpret;
    wall_.law = kernels_.law;
}

void NativeSolver::describe_ends() {
    const long dummy_node = static_cast<long>(network_.nodes.size());
    const auto ends_by_node = network_.ends_by_node();
    std::vector<double> values(end_coefficients_.size());
    const WallSite anywhere{&network_, 0, 0.0};
    kernels_.coefficients->at_end(anywhere, anywhere, 1.0, values);
    for (std::size_t e = 0; e < end_node_.size(); ++e) {  // padding: a vessel at rest, solved
        end_node_[e] = dummy_node;
        end_cell_[e] = end_inner_cell_[e] = -1;
        orientation_[e] = 1.0;
        for (std::size_t k = 0; k < values.size(); ++k) end_coefficients_[k][e] = values[k];
        end_unknown_[e] = rest_unknown_[e] = std::pow(anywhere.wall().reference_area, 0.25);
    }
    for (std::size_t number = 0; number < 2 * network_.vessels.size(); ++number) {
        const std::size_t v = number / 2;
        const bool outlet = number % 2 == 1;
        const Vessel& vessel = network_.vessels[v];
        const auto e = static_cast<std::size_t>(layout_.end_number[number]);
        const std::size_t node = outlet ? vessel.to : vessel.from;
        const auto count = static_cast<long>(mesh_.vessels[v].count);
        orientation_[e] = outlet ? 1.0 : -1.0;
        end_cell_[e] = layout_.first_cell[v] + (outlet ? count - 1 : 0);
        end_inner_cell_[e] = end_cell_[e] + (outlet ? -1 : 1);
        end_inverse_length_[e] = 1.0 / mesh_.vessels[v].length;
        end_level_[e] = mesh_.vessels[v].level;

        const double s_face = outlet ? 1.0 : 0.0;
        const double s_cell =
            outlet ? 1.0 - 0.5 / static_cast<double>(count) : 0.5 / static_cast<double>(count);
        kernels_.coefficients->at_end({&network_, v, s_face}, {&network_, v, s_cell},
                                      2.0 * end_inverse_length_[e], values);
        for (std::size_t k = 0; k < values.size(); ++k) end_coefficients_[k][e] = values[k];
        rest_unknown_[e] = std::pow(vessel.wall(s_face).reference_area, 0.25);

        const auto ends = ends_by_node[node].size();
        const Node& n = network_.nodes[node];
        dynamic_[e] = ends > 1 && n.continuity == Continuity::total_pressure ? 1.0 : 0.0;
        loss_[e] = ends > 1 ? n.loss_coefficient : 0.0;
        end_node_[e] = static_cast<long>(layout_.node_number[node]);
    }
    for (std::size_t k = 0; k < values.size(); ++k) wall_.end[k] = end_coefficients_[k].data();

    level_time_.assign(layout_.levels.size(), 0.0);
}

/// Which ends a block of the stages needs, its halo of one cell included.
void NativeSolver::describe_patches() {
    patches_.resize(layout_.levels.size());
    const auto blocks = static_cast<std::size_t>(layout_.slots / block_cells);
    first_patch_.assign(blocks, 0);
    last_patch_.assign(blocks, 0);
    for (std::size_t level = 0; level < patches_.size(); ++level) {
        LevelPatches& p = patches_[level];
        for (const std::size_t v : layout_.vessel_order) {
            if (mesh_.vessels[v].level != static_cast<int>(level)) continue;
            const long first = layout_.first_cell[v];
            const long count = static_cast<long>(mesh_.vessels[v].count);
            p.patches.push_back({first, first, 0, 0, 0, 0});
            p.ends.push_back(layout_.end_number[2 * v]);
            p.patches.push_back({first + count, first + count - 1, 0, 0, 0, 0});
            p.ends.push_back(layout_.end_number[2 * v + 1]);
        }
        const auto before = [](const EndPatch& patch, long cell) { return patch.cell < cell; };
        for (long b = layout_.levels[level].first_block; b < layout_.levels[level].last_block;
             ++b) {
            const auto from =
                std::lower_bound(p.patches.begin(), p.patches.end(), b * block_cells - 1, before);
            const auto to =
                std::lower_bound(from, p.patches.end(), (b + 1) * block_cells + 1, before);
            first_patch_[static_cast<std::size_t>(b)] = static_cast<int>(from - p.patches.begin());
            last_patch_[static_cast<std::size_t>(b)] = static_cast<int>(to - p.patches.begin());
        }
    }
}

void NativeSolver::describe_nodes() {
    const std::size_t nodes = network_.nodes.size();
    equations_.assign(nodes + 1, {1.0, 0.0, 0.0, 0.0, no_reflection});
    head_.assign(nodes + 1, 0.0);
    head_step_.assign(nodes + 1, 0.0);
    terminal_.assign(nodes, nullptr);
    node_inlet_.assign(nodes, nullptr);
    capacitor_pressure_.assign(network_.terminals.size(), 0.0);
    terminal_flow_.assign(network_.terminals.size(), 0.0);
    momentary_.assign(network_.terminals.size(), MomentaryTerminal{});
    for (const Terminal& t : network_.terminals) terminal_[layout_.node_number[t.node]] = &t;
    for (const Inlet& inlet : inlets_) node_inlet_[layout_.node_number[inlet.node]] = &inlet;
    nodes_ = {.group_first_end = layout_.group_first_end.data(),
              .group_first_node = layout_.group_first_node.data(),
              .node_first_end = layout_.node_first_end.data(),
              .node_last_end = layout_.node_last_end.data(),
              .equations = equations_.data(),
              .head = head_.data(),
              .step = head_step_.data(),
              .node = end_node_.data(),
              .cell = end_cell_.data(),
              .inner_cell = end_inner_cell_.data(),
              .orientation = orientation_.data(),
              .inverse_cell_length = end_inverse_length_.data(),
              .elapsed = elapsed_.data(),
              .dynamic = dynamic_.data(),
              .loss = loss_.data(),
              .rest_unknown = rest_unknown_.data(),
              .arrived_unknown = arrived_unknown_.data(),
              .arrived_velocity = arrived_velocity_.data(),
              .slope = slope_.data(),
              .unknown = end_unknown_.data(),
              .velocity = end_velocity_.data(),
              .flow = end_flow_.data(),
              .flow_slope = flow_slope_.data(),
              .defect = defect_.data(),
              .gain = gain_.data(),
              .momentum_flux = end_momentum_.data(),
              .variable = end_variable_.data(),
              .potential = end_potential_.data(),
              .cell_root = root_.data() + halo_cells,
              .cell_velocity = velocity_.data() + halo_cells,
              .momentum_correction = network_.blood.momentum_correction(),
              .friction = network_.blood.friction()};
    // Padding ends share a node that is at their potential.
    kernels_.table.describe_ends(wall_, nodes_, 0, layout_.ends);
    for (std::size_t e = 0; e < end_node_.size(); ++e)
        if (end_cell_[e] < 0) head_.back() = end_potential_[e];
}

}  // namespace bloodflow::detail

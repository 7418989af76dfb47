#include <algorithm>
#include <cmath>

#include "bloodflow/detail/native_solver.hpp"

namespace bloodflow::detail {

template <class Wall>
NativeSolver<Wall>::NativeSolver(const Network& network, const Mesh& mesh,
                                 std::vector<Inlet> inlets, double cfl, asp::Team& team,
                                 const NativeKernels& kernels,
                                 const WallKernels<Wall>& wall_kernels)
    : network_(network),
      mesh_(mesh),
      inlets_(std::move(inlets)),
      cfl_(cfl),
      team_(team),
      kernels_(kernels),
      wall_kernels_(wall_kernels),
      layout_(make_layout(network, mesh)) {
    allocate();
    describe_cells();
    describe_ends();
    describe_patches();
    describe_nodes();
}

template <class Wall>
void NativeSolver<Wall>::allocate() {
    const auto cells = static_cast<std::size_t>(layout_.slots + 2 * halo_cells + block_cells);
    for (Doubles* a : {&area_, &velocity_, &root_, &middle_area_, &middle_velocity_, &middle_root_,
                       &inverse_cell_length_, &stiffness_, &face_stiffness_})
        a->assign(cells, 0.0);
    if constexpr (Wall::pressure_varies)
        for (Doubles* a :
             {&cell_twice_stiffness_, &cell_reference_root_, &face_compliance_, &face_root_})
            a->assign(cells, 0.0);
    const auto ends = static_cast<std::size_t>(layout_.ends);
    for (Doubles* a : {&orientation_,
                       &end_inverse_length_,
                       &elapsed_,
                       &dynamic_,
                       &loss_,
                       &rest_unknown_,
                       &end_stiffness_,
                       &end_root_stiffness_,
                       &end_root_,
                       &end_compliance_,
                       &end_gradient_root_,
                       &end_gradient_constant_,
                       &arrived_unknown_,
                       &arrived_velocity_,
                       &slope_,
                       &end_unknown_,
                       &end_velocity_,
                       &end_flow_,
                       &flow_slope_,
                       &defect_,
                       &gain_})
        a->assign(ends, 0.0);
    for (Longs* a : {&end_node_, &end_cell_, &end_inner_cell_}) a->assign(ends, 0);
    end_level_.assign(ends, 0);
    flux_.assign(ends, EndFlux{});
}

/// Padding cells hold a plausible vessel at rest that nobody looks at.
template <class Wall>
void NativeSolver<Wall>::describe_cells() {
    std::fill(area_.begin(), area_.end(), 1e-4);
    std::fill(root_.begin(), root_.end(), 1e-2);
    middle_area_ = area_;
    middle_root_ = root_;
    std::fill(stiffness_.begin(), stiffness_.end(), 1e3);
    std::fill(face_stiffness_.begin(), face_stiffness_.end(), 2e3 / 3.0);
    if constexpr (Wall::pressure_varies) {
        std::fill(cell_twice_stiffness_.begin(), cell_twice_stiffness_.end(), 2e3);
        std::fill(face_compliance_.begin(), face_compliance_.end(), 0.5e-3);
        std::fill(cell_reference_root_.begin(), cell_reference_root_.end(), 1e-2);
        std::fill(face_root_.begin(), face_root_.end(), 1e-2);
    }
    for (std::size_t v = 0; v < network_.vessels.size(); ++v) {
        const std::size_t n = mesh_.vessels[v].count;
        const double count = static_cast<double>(n);
        for (std::size_t i = 0; i <= n; ++i) {
            const std::size_t cell = slot(v) + i;
            const ElasticPlace face = elastic_place(v, static_cast<double>(i) / count);
            face_stiffness_[cell] = 2.0 / 3.0 * face.stiffness;
            if constexpr (Wall::pressure_varies) {
                face_compliance_[cell] = 0.5 / face.stiffness;
                face_root_[cell] = face.root;
            }
            if (i == n) break;
            const ElasticPlace centre = elastic_place(v, (static_cast<double>(i) + 0.5) / count);
            stiffness_[cell] = centre.stiffness;
            inverse_cell_length_[cell] = 1.0 / mesh_.vessels[v].length;
            if constexpr (Wall::pressure_varies) {
                cell_twice_stiffness_[cell] = 2.0 * centre.stiffness;
                cell_reference_root_[cell] = centre.root;
            }
        }
    }
    wall_.face_stiffness = face_stiffness_.data() + halo_cells;
    if constexpr (Wall::pressure_varies) {
        wall_.cell_stiffness = cell_twice_stiffness_.data() + halo_cells;
        wall_.cell_root = cell_reference_root_.data() + halo_cells;
        wall_.face_compliance = face_compliance_.data() + halo_cells;
        wall_.face_root = face_root_.data() + halo_cells;
    }
}

template <class Wall>
void NativeSolver<Wall>::describe_ends() {
    const long dummy_node = static_cast<long>(network_.nodes.size());
    const auto ends_by_node = network_.ends_by_node();
    for (std::size_t e = 0; e < end_node_.size(); ++e) {  // padding: a vessel at rest, solved
        end_node_[e] = dummy_node;
        end_cell_[e] = end_inner_cell_[e] = -1;
        orientation_[e] = 1.0;
        end_stiffness_[e] = end_root_stiffness_[e] = end_root_[e] = 1.0;
        end_compliance_[e] = 0.5;
        end_unknown_[e] = rest_unknown_[e] = 1.0;
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
        const auto [k, r] = elastic_place(v, s_face);
        const auto [k_cell, r_cell] = elastic_place(v, s_cell);
        end_stiffness_[e] = k;
        end_root_stiffness_[e] = std::sqrt(k);
        end_root_[e] = r;
        end_compliance_[e] = 0.5 / k;
        const double half_cells = 2.0 * end_inverse_length_[e];
        end_gradient_root_[e] = 2.0 * (k - k_cell) * half_cells;
        end_gradient_constant_[e] = -2.0 * (k * r - k_cell * r_cell) * half_cells;
        rest_unknown_[e] = std::pow(vessel.wall(s_face).reference_area, 0.25);

        const auto ends = ends_by_node[node].size();
        const Node& n = network_.nodes[node];
        dynamic_[e] = ends > 1 && n.continuity == Continuity::total_pressure ? 1.0 : 0.0;
        loss_[e] = ends > 1 ? n.loss_coefficient : 0.0;
        end_node_[e] = static_cast<long>(layout_.node_number[node]);
    }
    wall_.end_stiffness = end_stiffness_.data();
    wall_.end_root_stiffness = end_root_stiffness_.data();
    wall_.end_root = end_root_.data();
    if constexpr (Wall::pressure_varies) {
        wall_.end_compliance = end_compliance_.data();
        wall_.end_gradient_root = end_gradient_root_.data();
        wall_.end_gradient_constant = end_gradient_constant_.data();
    }

    level_time_.assign(layout_.levels.size(), 0.0);
}

/// Which ends a block of the stages needs, its halo of one cell included.
template <class Wall>
void NativeSolver<Wall>::describe_patches() {
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

template <class Wall>
void NativeSolver<Wall>::describe_nodes() {
    const std::size_t nodes = network_.nodes.size();
    equations_.assign(nodes + 1, {1.0, 0.0, 0.0, 0.0, no_reflection});
    head_.assign(nodes + 1, 0.0);
    head_step_.assign(nodes + 1, 0.0);
    terminal_.assign(nodes, nullptr);
    node_inlet_.assign(nodes, nullptr);
    capacitor_pressure_.assign(network_.terminals.size(), 0.0);
    terminal_flow_.assign(network_.terminals.size(), 0.0);
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
              .cell_root = root_.data() + halo_cells,
              .cell_velocity = velocity_.data() + halo_cells,
              .momentum_correction = network_.blood.momentum_correction(),
              .friction = network_.blood.friction()};
}

template NativeSolver<UniformElasticWall>::NativeSolver(const Network&, const Mesh&,
                                                        std::vector<Inlet>, double, asp::Team&,
                                                        const NativeKernels&,
                                                        const WallKernels<UniformElasticWall>&);
template NativeSolver<VaryingElasticWall>::NativeSolver(const Network&, const Mesh&,
                                                        std::vector<Inlet>, double, asp::Team&,
                                                        const NativeKernels&,
                                                        const WallKernels<VaryingElasticWall>&);

}  // namespace bloodflow::detail

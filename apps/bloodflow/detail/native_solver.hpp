#pragma once
// Private to the native solver: its data. native_setup.cpp fills them from network and mesh,
// native_solver.cpp advances them.

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "asp/base/aligned.hpp"
#include "bloodflow/native_layout.hpp"
#include "bloodflow/solver.hpp"
#include "bloodflow/step_kernels.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow::detail {

using Doubles = asp::AlignedVector<double>;

/// The flux through a vessel's end over one step of the vessel: what the node said at its start,
/// what it says now, and all that has passed between.
struct EndFlux {
    double mass_start, momentum_start;
    double variable_start, velocity_start;
    double mass_now, momentum_now;
    double passed_mass, passed_momentum;
};

class NativeSolver final : public FlowSolver {
public:
    NativeSolver(const Network& network, const Mesh& mesh, std::vector<Inlet> inlets, double cfl,
                 asp::Team& team, const StepKernels& kernels);

    double time() const override { return time_; }
    double stable_step() override;
    void advance(double dt) override;
    FlowState save() const override;
    void load(const FlowState& state) override;
    Station inlet(std::size_t v) const override { return station(layout_.end_number[2 * v]); }
    Station outlet(std::size_t v) const override { return station(layout_.end_number[2 * v + 1]); }
    Station middle(std::size_t v) const override;
    std::span<const double> area(std::size_t v) const override {
        return {area_.data() + slot(v), mesh_.vessels[v].count};
    }
    std::span<const double> velocity(std::size_t v) const override {
        return {velocity_.data() + slot(v), mesh_.vessels[v].count};
    }
    double cell_updates() const override { return cell_updates_; }
    std::string description() const override { return kernels_.description; }

private:
    std::size_t slot(std::size_t vessel) const {
        return static_cast<std::size_t>(layout_.first_cell[vessel] + halo_cells);
    }
    Station station(long end) const {
        const double x = end_unknown_[static_cast<std::size_t>(end)];
        const auto e = static_cast<std::size_t>(end);
        return {x * x * x * x, orientation_[e] * end_flow_[e]};
    }

    void allocate();
    void describe_cells();
    void describe_ends();
    void describe_patches();
    void describe_nodes();
    void fill_patches(std::size_t level, bool second, double dt);
    void advance_level(std::size_t level, double start, double macro_step);
    void solve_nodes_of(std::size_t level, double target, double dt);
    void advance_vessels(std::size_t level, double dt);
    void publish_ends(long first, long last);
    void find_ends_from_cells();
    [[noreturn]] void blow_up_at_node(std::size_t level) const;

    const Network& network_;
    const Mesh& mesh_;
    std::vector<Inlet> inlets_;
    double cfl_;
    asp::Team& team_;
    StepKernels kernels_;
    Layout layout_;
    double time_ = 0.0, cell_updates_ = 0.0;

    // [cells], with halo_cells before and behind.
    Doubles area_, velocity_, root_, middle_area_, middle_velocity_, middle_root_;
    Doubles inverse_cell_length_;
    std::vector<Doubles> cell_coefficients_, face_coefficients_;  ///< [counts][cells]

    // [ends]
    Doubles orientation_, end_inverse_length_, elapsed_, dynamic_, loss_, rest_unknown_;
    std::vector<Doubles> end_coefficients_;  ///< [counts][ends]
    Doubles arrived_unknown_, arrived_velocity_, slope_, end_unknown_, end_velocity_, end_flow_;
    Doubles flow_slope_, defect_, gain_, end_momentum_, end_variable_, end_potential_;
    Longs end_node_, end_cell_, end_inner_cell_;
    std::vector<int> end_level_;
    std::vector<EndFlux> flux_;
    std::vector<double> level_time_;  ///< [levels] time of the cells' state

    // [nodes], the last one a dummy for padding ends
    std::vector<NodeEquation> equations_;
    std::vector<double> head_, head_step_;
    std::vector<const Terminal*> terminal_;
    std::vector<const Inlet*> node_inlet_;
    std::vector<double> capacitor_pressure_, terminal_flow_;
    std::vector<MomentaryTerminal> momentary_;  ///< [terminals] in the step under way

    // [levels][ends] patches in the order of faces, and their ends
    struct LevelPatches {
        std::vector<EndPatch> patches;
        std::vector<long> ends;
    };
    std::vector<LevelPatches> patches_;
    std::vector<int> first_patch_, last_patch_;  ///< [blocks]

    Coefficients wall_{};
    NodeArguments nodes_{};
};

}  // namespace bloodflow::detail

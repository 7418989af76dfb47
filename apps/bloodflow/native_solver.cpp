#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "asp/base/aligned.hpp"
#include "asp/base/error.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/blow_up.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/native_layout.hpp"
#include "bloodflow/solver.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

using Doubles = asp::AlignedVector<double>;

/// Below this many blocks a level's stage is done by one hart: handing out ranges costs 1 to 4 us,
/// a block 0.04 us (docs/performance.md).
constexpr long fewest_blocks_for_team = 384;
/// Blocks that a hart takes at a time.
constexpr std::size_t team_grain = 128;

/// The flux through a vessel's end over one step of the vessel: what the node said at its start,
/// what it says now, and all that has passed between.
struct EndFlux {
    double mass_start, momentum_start;
    double variable_start, velocity_start;
    double mass_now, momentum_now;
    double passed_mass, passed_momentum;
};

template <class Wall>
class NativeSolver final : public FlowSolver {
public:
    NativeSolver(const Network& network, const Mesh& mesh, std::vector<Inlet> inlets, double cfl,
                 asp::Team& team, const NativeKernels& kernels,
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
    std::string description() const override {
        return fmt::format("built-in kernels for {}, {} wall", kernels_.instruction_set,
                           Wall::pressure_varies ? "varying" : "uniform");
    }

private:
    std::size_t slot(std::size_t vessel) const {
        return static_cast<std::size_t>(layout_.first_cell[vessel] + halo_cells);
    }
    Station station(long end) const {
        const double x = end_unknown_[static_cast<std::size_t>(end)];
        const auto e = static_cast<std::size_t>(end);
        return {x * x * x * x, orientation_[e] * end_flow_[e]};
    }

    /// The wall where potential = 2 stiffness (sqrt(A) - root).
    struct ElasticPlace {
        double stiffness;  ///< k = beta / (2 rho) [m/s^2]
        double root;       ///< sqrt(A_ref), reference pressure and height folded in [m]
    };
    /// At the fraction `s` of a vessel's length.
    ElasticPlace elastic_place(std::size_t vessel, double s) const {
        const Vessel& v = network_.vessels[vessel];
        const WallSection wall = v.wall(s);
        const double rho = network_.blood.density, k = wall.beta / (2.0 * rho);
        const double elevation =
            std::lerp(network_.elevation_potential(v.from), network_.elevation_potential(v.to), s);
        return {k, std::sqrt(wall.reference_area) -
                       (wall.reference_pressure / rho + elevation) / (2.0 * k)};
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
    const NativeKernels& kernels_;
    const WallKernels<Wall>& wall_kernels_;
    Layout layout_;
    double time_ = 0.0, cell_updates_ = 0.0;

    // [cells], with halo_cells before and behind.
    Doubles area_, velocity_, root_, middle_area_, middle_velocity_, middle_root_;
    Doubles inverse_cell_length_, stiffness_, cell_twice_stiffness_, cell_reference_root_;
    Doubles face_stiffness_, face_compliance_, face_root_;

    // [ends]
    Doubles orientation_, end_inverse_length_, elapsed_, dynamic_, loss_, rest_unknown_;
    Doubles end_stiffness_, end_root_stiffness_, end_root_, end_compliance_;
    Doubles end_gradient_root_, end_gradient_constant_;
    Doubles arrived_unknown_, arrived_velocity_, slope_, end_unknown_, end_velocity_, end_flow_;
    Doubles flow_slope_, defect_, gain_;
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

    // [levels][ends] patches in the order of faces, and their ends
    struct LevelPatches {
        std::vector<EndPatch> patches;
        std::vector<long> ends;
    };
    std::vector<LevelPatches> patches_;
    std::vector<int> first_patch_, last_patch_;  ///< [blocks]

    Wall wall_{};
    NodeArguments nodes_{};
};

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

template <class Wall>
double NativeSolver<Wall>::stable_step() {
    const double alpha = network_.blood.momentum_correction();
    const double convection = alpha + std::sqrt(alpha * (alpha - 1.0));
    double step = 1e300, excess = -1e300, poison = 0.0;
    for (std::size_t level = 0; level < layout_.levels.size(); ++level) {
        const auto& l = layout_.levels[level];
        const SignalSpeed s = kernels_.signal_speed(
            stiffness_.data() + halo_cells, root_.data() + halo_cells,
            velocity_.data() + halo_cells, inverse_cell_length_.data() + halo_cells, alpha,
            convection, l.first_block, l.last_block);
        step = std::min(step, std::exp2(static_cast<double>(level)) * cfl_ / s.rate);
        excess = std::max(excess, s.excess);
        poison += s.poison;
    }
    if (std::isnan(poison) || !(excess < 0.0) || !(step > 0.0)) {
        throw_if_cells_blew_up(network_, *this);
        throw BlowUp(fmt::format("the state is lost at t = {:.6f} s", time_));
    }
    return step;
}

template <class Wall>
void NativeSolver<Wall>::advance(double dt) {
    for (const auto& p : patches_)
        for (const long e : p.ends) {
            EndFlux& f = flux_[static_cast<std::size_t>(e)];
            f.passed_mass = f.passed_momentum = 0.0;
        }
    std::fill(level_time_.begin(), level_time_.end(), time_);
    advance_level(0, time_, dt);
    time_ += dt;
}

/// One step of a level and two of the next finer one, which goes first: the finer nodes need only
/// this level's old state, and its own step then knows all that has passed through its ends.
template <class Wall>
void NativeSolver<Wall>::advance_level(std::size_t level, double start, double macro_step) {
    const double dt = std::ldexp(macro_step, -static_cast<int>(level));
    if (level + 1 < layout_.levels.size()) {
        advance_level(level + 1, start, macro_step);
        advance_level(level + 1, start + 0.5 * dt, macro_step);
    }
    solve_nodes_of(level, start + dt, dt);
    advance_vessels(level, dt);
    level_time_[level] = start + dt;
}

template <class Wall>
void NativeSolver<Wall>::solve_nodes_of(std::size_t level, double target, double dt) {
    const auto& l = layout_.levels[level];
    const double rho = network_.blood.density;
    for (const std::size_t i : l.nodes) {
        NodeEquation& q = equations_[i];
        if (node_inlet_[i] != nullptr) q.source = node_inlet_[i]->flow(target);
        const Terminal* t = terminal_[i];
        if (t == nullptr || t->kind == TerminalKind::closed) continue;
        if (t->kind == TerminalKind::reflection) {
            q.reflection = t->reflection_coefficient;
            continue;
        }
        const auto number = static_cast<std::size_t>(t - network_.terminals.data());
        const MomentaryTerminal m =
            momentary(*t, capacitor_pressure_[number], terminal_flow_[number], dt);
        q.resistance = m.resistance / rho;
        q.conductance = 1.0;
        q.back_head = m.back_pressure / rho + network_.elevation_potential(layout_.node_order[i]);
    }
    const long first = layout_.group_first_end[static_cast<std::size_t>(l.first_group)];
    const long last = layout_.group_first_end[static_cast<std::size_t>(l.last_group)];
    for (long e = first; e < last; ++e) {
        const auto i = static_cast<std::size_t>(e);
        if (end_cell_[i] < 0) continue;
        elapsed_[i] = target - level_time_[static_cast<std::size_t>(end_level_[i])];
    }
    if (wall_kernels_.solve_nodes(wall_, nodes_, l.first_group, l.last_group) < 0)
        blow_up_at_node(level);
    for (long e = first; e < last; ++e) {
        EndFlux& f = flux_[static_cast<std::size_t>(e)];
        f.passed_mass += 0.5 * dt * f.mass_now;
        f.passed_momentum += 0.5 * dt * f.momentum_now;
    }
    publish_ends(first, last);
    for (long e = first; e < last; ++e) {
        EndFlux& f = flux_[static_cast<std::size_t>(e)];
        f.passed_mass += 0.5 * dt * f.mass_now;
        f.passed_momentum += 0.5 * dt * f.momentum_now;
    }
    for (const std::size_t i : l.nodes) {
        const Terminal* t = terminal_[i];
        if (t == nullptr) continue;
        const auto number = static_cast<std::size_t>(t - network_.terminals.data());
        double flow = equations_[i].source;
        for (long e = layout_.node_first_end[i]; e < layout_.node_last_end[i]; ++e)
            flow += end_flow_[static_cast<std::size_t>(e)];
        const MomentaryTerminal m =
            momentary(*t, capacitor_pressure_[number], terminal_flow_[number], dt);
        capacitor_pressure_[number] = charged(*t, m, flow);
        terminal_flow_[number] = flow;
    }
}

/// Fluxes through the ends from the nodes' solution.
template <class Wall>
void NativeSolver<Wall>::publish_ends(long first, long last) {
    const double alpha = network_.blood.momentum_correction();
    for (long e = first; e < last; ++e) {
        const auto i = static_cast<std::size_t>(e);
        if (end_cell_[i] < 0) continue;
        const EndWall w = wall_.end(end_unknown_[i], e);
        const double root = end_unknown_[i] * end_unknown_[i];
        const double u = orientation_[i] * end_velocity_[i];
        flux_[i].mass_now = orientation_[i] * end_flow_[i];
        flux_[i].momentum_now = w.area * (alpha * u * u + 2.0 / 3.0 * end_stiffness_[i] * root);
    }
}

template <class Wall>
void NativeSolver<Wall>::fill_patches(std::size_t level, bool second, double dt) {
    LevelPatches& p = patches_[level];
    for (std::size_t k = 0; k < p.ends.size(); ++k) {
        const auto e = static_cast<std::size_t>(p.ends[k]);
        EndFlux& f = flux_[e];
        EndPatch& patch = p.patches[k];
        if (!second) {
            patch.mass_flux = f.mass_start;
            patch.momentum_flux = f.momentum_start;
            patch.variable = f.variable_start;
            patch.velocity = f.velocity_start;
        } else {
            // The mean of both stages is what has passed.
            patch.mass_flux = 2.0 * f.passed_mass / dt - f.mass_start;
            patch.momentum_flux = 2.0 * f.passed_momentum / dt - f.momentum_start;
            patch.variable = wall_.end_variable(end_unknown_[e], p.ends[k]);
            patch.velocity = orientation_[e] * end_velocity_[e];
            f = {.mass_start = f.mass_now,
                 .momentum_start = f.momentum_now,
                 .variable_start = patch.variable,
                 .velocity_start = patch.velocity,
                 .mass_now = f.mass_now,
                 .momentum_now = f.momentum_now,
                 .passed_mass = 0.0,
                 .passed_momentum = 0.0};
        }
    }
}

template <class Wall>
void NativeSolver<Wall>::advance_vessels(std::size_t level, double dt) {
    const auto& l = layout_.levels[level];
    if (l.first_block == l.last_block) return;
    StageArguments first{.area = area_.data() + halo_cells,
                         .velocity = velocity_.data() + halo_cells,
                         .root = root_.data() + halo_cells,
                         .start_area = area_.data() + halo_cells,
                         .start_velocity = velocity_.data() + halo_cells,
                         .next_area = middle_area_.data() + halo_cells,
                         .next_velocity = middle_velocity_.data() + halo_cells,
                         .next_root = middle_root_.data() + halo_cells,
                         .inverse_cell_length = inverse_cell_length_.data() + halo_cells,
                         .patches = patches_[level].patches.data(),
                         .first_patch = first_patch_.data(),
                         .last_patch = last_patch_.data(),
                         .time_step = dt,
                         .momentum_correction = network_.blood.momentum_correction(),
                         .smooth_fraction = mesh_.smooth_fraction,
                         .smooth_velocity = mesh_.smooth_velocity,
                         .friction = network_.blood.friction()};
    StageArguments second = first;
    second.area = first.next_area;
    second.velocity = first.next_velocity;
    second.root = first.next_root;
    second.next_area = area_.data() + halo_cells;
    second.next_velocity = velocity_.data() + halo_cells;
    second.next_root = root_.data() + halo_cells;

    const long blocks = l.last_block - l.first_block;
    const auto run = [&](auto* stage, const StageArguments& a) {
        if (blocks < fewest_blocks_for_team) {
            stage(wall_, a, l.first_block, l.last_block);
            return;
        }
        team_.run(
            [&](std::size_t lo, std::size_t hi) {
                stage(wall_, a, l.first_block + static_cast<long>(lo),
                      l.first_block + static_cast<long>(hi));
            },
            0, static_cast<std::size_t>(blocks), team_grain);
    };
    fill_patches(level, false, dt);
    run(wall_kernels_.first_stage, first);
    fill_patches(level, true, dt);
    run(wall_kernels_.second_stage, second);
    cell_updates_ += static_cast<double>(l.cells);
}

template <class Wall>
Station NativeSolver<Wall>::middle(std::size_t v) const {
    const auto a = area(v), u = velocity(v);
    const std::size_t right = a.size() / 2, left = (a.size() - 1) / 2;
    return {0.5 * (a[left] + a[right]), 0.5 * (a[left] * u[left] + a[right] * u[right])};
}

template <class Wall>
FlowState NativeSolver<Wall>::save() const {
    FlowState s;
    s.time = time_;
    for (std::size_t v = 0; v < network_.vessels.size(); ++v) {
        s.area.insert(s.area.end(), area(v).begin(), area(v).end());
        s.velocity.insert(s.velocity.end(), velocity(v).begin(), velocity(v).end());
    }
    s.capacitor_pressure = capacitor_pressure_;
    for (const long number : layout_.end_number) {
        const auto e = static_cast<std::size_t>(number);
        s.end_unknown.push_back(end_unknown_[e]);
        s.end_velocity.push_back(orientation_[e] * end_velocity_[e]);
    }
    s.head.resize(network_.nodes.size());
    for (std::size_t i = 0; i < layout_.node_order.size(); ++i)
        s.head[layout_.node_order[i]] = head_[i];
    return s;
}

template <class Wall>
void NativeSolver<Wall>::load(const FlowState& s) {
    ASP_ASSERT(s.area.size() == mesh_.cells && s.velocity.size() == mesh_.cells);
    ASP_ASSERT(s.capacitor_pressure.size() == network_.terminals.size());
    ASP_ASSERT(s.end_unknown.empty() || (s.end_unknown.size() == layout_.end_number.size() &&
                                         s.end_velocity.size() == s.end_unknown.size() &&
                                         s.head.size() == network_.nodes.size()));
    time_ = s.time;
    cell_updates_ = 0.0;
    std::fill(level_time_.begin(), level_time_.end(), time_);
    for (std::size_t v = 0; v < network_.vessels.size(); ++v) {
        const std::size_t offset = mesh_.vessels[v].offset;
        for (std::size_t i = 0; i < mesh_.vessels[v].count; ++i) {
            area_[slot(v) + i] = s.area[offset + i];
            velocity_[slot(v) + i] = s.velocity[offset + i];
            root_[slot(v) + i] = std::sqrt(s.area[offset + i]);
        }
    }
    capacitor_pressure_ = s.capacitor_pressure;
    if (s.end_unknown.empty()) {
        find_ends_from_cells();
    } else {
        for (std::size_t number = 0; number < layout_.end_number.size(); ++number) {
            const auto e = static_cast<std::size_t>(layout_.end_number[number]);
            const double x = s.end_unknown[number];
            end_unknown_[e] = x;
            end_velocity_[e] = orientation_[e] * s.end_velocity[number];
            end_flow_[e] = (x * x) * (x * x) * end_velocity_[e];  // as in solve_nodes, to the bit
        }
        for (std::size_t i = 0; i < layout_.node_order.size(); ++i)
            head_[i] = s.head[layout_.node_order[i]];
    }
    for (std::size_t i = 0; i < layout_.node_order.size(); ++i) {
        if (terminal_[i] == nullptr) continue;
        double flow = 0.0;
        for (long e = layout_.node_first_end[i]; e < layout_.node_last_end[i]; ++e)
            flow += end_flow_[static_cast<std::size_t>(e)];
        if (node_inlet_[i] != nullptr) flow += node_inlet_[i]->flow(time_);
        terminal_flow_[static_cast<std::size_t>(terminal_[i] - network_.terminals.data())] = flow;
    }
    publish_ends(0, layout_.ends);
    for (std::size_t e = 0; e < flux_.size(); ++e) {
        EndFlux& f = flux_[e];
        f.mass_start = f.mass_now;
        f.momentum_start = f.momentum_now;
        f.variable_start = wall_.end_variable(end_unknown_[e], static_cast<long>(e));
        f.velocity_start = orientation_[e] * end_velocity_[e];
    }
}

/// The nodes' state that belongs to the cells' present one: a step of no length.
template <class Wall>
void NativeSolver<Wall>::find_ends_from_cells() {
    for (std::size_t e = 0; e < end_unknown_.size(); ++e)
        if (end_cell_[e] >= 0)
            end_unknown_[e] = std::sqrt(root_[static_cast<std::size_t>(end_cell_[e] + halo_cells)]);
    for (std::size_t i = 0; i < layout_.node_order.size(); ++i) {
        const long e = layout_.node_first_end[i];
        head_[i] = wall_.end(end_unknown_[static_cast<std::size_t>(e)], e).potential;
    }
    std::fill(terminal_flow_.begin(), terminal_flow_.end(), 0.0);
    for (std::size_t level = 0; level < layout_.levels.size(); ++level)
        solve_nodes_of(level, time_, 0.0);
}

template <class Wall>
void NativeSolver<Wall>::blow_up_at_node(std::size_t level) const {
    throw_if_cells_blew_up(network_, *this);  // the usual reason of a node without a solution
    for (const std::size_t i : layout_.levels[level].nodes)
        for (long e = layout_.node_first_end[i]; e < layout_.node_last_end[i]; ++e) {
            const auto k = static_cast<std::size_t>(e);
            if (!(std::abs(defect_[k]) < 1e-9 * end_unknown_[k]))
                throw_node_blow_up(network_, layout_.node_order[i], time_);
        }
    throw_node_blow_up(network_, layout_.node_order[layout_.levels[level].nodes.front()], time_);
}

}  // namespace

std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team, const NativeKernels& kernels) {
    bool varies = network.gravity != std::array<double, 3>{};
    for (const Vessel& vessel : network.vessels) varies = varies || !vessel.uniform();
    if (varies)
        return std::make_unique<NativeSolver<VaryingElasticWall>>(
            network, mesh, std::move(inlets), cfl, team, kernels, kernels.varying);
    return std::make_unique<NativeSolver<UniformElasticWall>>(network, mesh, std::move(inlets), cfl,
                                                              team, kernels, kernels.uniform);
}

std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team) {
    return make_native_solver(network, mesh, std::move(inlets), cfl, team, native_kernels());
}

double volume(const FlowSolver& solver, const Mesh& mesh) {
    double sum = 0.0;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v) {
        const auto area = solver.area(v);
        sum += mesh.vessels[v].length * std::accumulate(area.begin(), area.end(), 0.0);
    }
    return sum;
}

}  // namespace bloodflow

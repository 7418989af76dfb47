#include "bloodflow/detail/native_solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "asp/base/error.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/blow_up.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace detail {

/// Below this many blocks a level's stage is done by one hart: handing out ranges costs 1 to 4 us,
/// a block 0.04 us (docs/performance.md).
constexpr long fewest_blocks_for_team = 384;
/// Blocks that a hart takes at a time.
constexpr std::size_t team_grain = 128;

double NativeSolver::stable_step() {
    const double alpha = network_.blood.momentum_correction();
    const double convection = alpha + std::sqrt(alpha * (alpha - 1.0));
    const SignalArguments signals{.root = root_.data() + halo_cells,
                                  .velocity = velocity_.data() + halo_cells,
                                  .inverse_cell_length = inverse_cell_length_.data() + halo_cells,
                                  .momentum_correction = alpha,
                                  .convection = convection};
    double step = 1e300, excess = -1e300, poison = 0.0;
    for (std::size_t level = 0; level < layout_.levels.size(); ++level) {
        const auto& l = layout_.levels[level];
        const SignalSpeed s =
            kernels_.table.signal_speed(wall_, signals, l.first_block, l.last_block);
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

void NativeSolver::advance(double dt) {
    std::fill(level_time_.begin(), level_time_.end(), time_);
    advance_level(0, time_, dt);
    time_ += dt;
}

/// One step of a level and two of the next finer one, which goes first: the finer nodes need only
/// this level's old state, and its own step then knows all that has passed through its ends.
void NativeSolver::advance_level(std::size_t level, double start, double macro_step) {
    const double dt = std::ldexp(macro_step, -static_cast<int>(level));
    if (level + 1 < layout_.levels.size()) {
        advance_level(level + 1, start, macro_step);
        advance_level(level + 1, start + 0.5 * dt, macro_step);
    }
    solve_nodes_of(level, start + dt, dt);
    advance_vessels(level, dt);
    level_time_[level] = start + dt;
}

void NativeSolver::solve_nodes_of(std::size_t level, double target, double dt) {
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
        const MomentaryTerminal& m = momentary_[number] =
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
    if (kernels_.table.solve_nodes(wall_, nodes_, l.first_group, l.last_group) < 0)
        blow_up_at_node(level);
    // What passes in this step of the nodes: the trapezoid of the old flux and the new one.
    const auto add_half_step = [&] {
        for (long e = first; e < last; ++e) {
            EndFlux& f = flux_[static_cast<std::size_t>(e)];
            f.passed_mass += 0.5 * dt * f.mass_now;
            f.passed_momentum += 0.5 * dt * f.momentum_now;
        }
    };
    add_half_step();
    publish_ends(first, last);
    add_half_step();
    for (const std::size_t i : l.nodes) {
        const Terminal* t = terminal_[i];
        if (t == nullptr) continue;
        const auto number = static_cast<std::size_t>(t - network_.terminals.data());
        double flow = equations_[i].source;
        for (long e = layout_.node_first_end[i]; e < layout_.node_last_end[i]; ++e)
            flow += end_flow_[static_cast<std::size_t>(e)];
        capacitor_pressure_[number] = state_after(momentary_[number], flow);
        terminal_flow_[number] = flow;
    }
}

/// Fluxes through the ends from the nodes' solution.
void NativeSolver::publish_ends(long first, long last) {
    kernels_.table.describe_ends(wall_, nodes_, first, last);
    for (long e = first; e < last; ++e) {
        const auto i = static_cast<std::size_t>(e);
        if (end_cell_[i] < 0) continue;
        flux_[i].mass_now = orientation_[i] * end_flow_[i];
        flux_[i].momentum_now = end_momentum_[i];
    }
}

void NativeSolver::fill_patches(std::size_t level, bool second, double dt) {
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
            patch.variable = end_variable_[e];
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

void NativeSolver::advance_vessels(std::size_t level, double dt) {
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
    run(kernels_.table.first_stage, first);
    fill_patches(level, true, dt);
    run(kernels_.table.second_stage, second);
    cell_updates_ += static_cast<double>(l.cells);
}

Station NativeSolver::middle(std::size_t v) const {
    const auto a = area(v), u = velocity(v);
    const std::size_t right = a.size() / 2, left = (a.size() - 1) / 2;
    return {0.5 * (a[left] + a[right]), 0.5 * (a[left] * u[left] + a[right] * u[right])};
}

FlowState NativeSolver::save() const {
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

void NativeSolver::load(const FlowState& s) {
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
        f.variable_start = end_variable_[e];
        f.velocity_start = orientation_[e] * end_velocity_[e];
        f.passed_mass = f.passed_momentum = 0.0;
    }
}

/// The nodes' state that belongs to the cells' present one: a step of no length.
void NativeSolver::find_ends_from_cells() {
    for (std::size_t e = 0; e < end_unknown_.size(); ++e)
        if (end_cell_[e] >= 0)
            end_unknown_[e] = std::sqrt(root_[static_cast<std::size_t>(end_cell_[e] + halo_cells)]);
    kernels_.table.describe_ends(wall_, nodes_, 0, layout_.ends);
    for (std::size_t i = 0; i < layout_.node_order.size(); ++i)
        head_[i] = end_potential_[static_cast<std::size_t>(layout_.node_first_end[i])];
    std::fill(terminal_flow_.begin(), terminal_flow_.end(), 0.0);
    solve_until_consistent(network_, terminal_flow_, [&] {
        for (std::size_t level = 0; level < layout_.levels.size(); ++level)
            solve_nodes_of(level, time_, 0.0);
    });
}

void NativeSolver::blow_up_at_node(std::size_t level) const {
    throw_if_cells_blew_up(network_, *this);  // the usual reason of a node without a solution
    for (const std::size_t i : layout_.levels[level].nodes)
        for (long e = layout_.node_first_end[i]; e < layout_.node_last_end[i]; ++e) {
            const auto k = static_cast<std::size_t>(e);
            if (!(std::abs(defect_[k]) < 1e-9 * end_unknown_[k]))
                throw_node_blow_up(network_, layout_.node_order[i], time_);
        }
    throw_node_blow_up(network_, layout_.node_order[layout_.levels[level].nodes.front()], time_);
}

}  // namespace detail

std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team, const StepKernels& kernels) {
    return std::make_unique<detail::NativeSolver>(network, mesh, std::move(inlets), cfl, team,
                                                  kernels);
}

std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team) {
    return make_native_solver(network, mesh, std::move(inlets), cfl, team,
                              make_step(network, {.mode = asp::Mode::off}));
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

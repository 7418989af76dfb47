#include "bloodflow/probe_step.hpp"

#include <array>
#include <cmath>

#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/solver.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

/// Waves everywhere, a tenth of the reference area high and slower than sound.
FlowState uneven(const Network& network, const Mesh& mesh) {
    FlowState state;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v)
        for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
            const WallSection wall = network.vessels[v].wall(mesh.vessels[v].place(i));
            const double phase = static_cast<double>(3 * v + i);
            state.area.push_back(wall.reference_area * (1.0 + 0.1 * std::sin(phase)));
            state.velocity.push_back(0.05 * std::cos(phase) *
                                     wall.wave_speed(wall.reference_area, network.blood.density));
        }
    for (const Terminal& t : network.terminals)
        state.capacitor_pressure.push_back(starting_state(t, t.distal_pressure, 0.0, true));
    return state;
}

}  // namespace

bool agrees(const Network& network, const StepKernels& kernels, const StepKernels& oracle) {
    std::vector<double> speeds;
    for (const Vessel& v : network.vessels) {
        const WallSection wall = v.wall(0.5);
        speeds.push_back(2.0 * wall.wave_speed(wall.reference_area, network.blood.density));
    }
    const Mesh mesh = make_mesh(network, {.cell_length = 10.0, .min_cells = 5}, speeds);
    const FlowState start = uneven(network, mesh);
    asp::HartPool pool(1);
    const asp::Lease lease = pool.request(1);
    asp::Team team(lease);
    std::array<FlowState, 2> ends;
    std::array<double, 2> steps{};
    const std::array<const StepKernels*, 2> both{&oracle, &kernels};
    for (std::size_t k = 0; k < 2; ++k) {
        try {
            const auto solver = make_native_solver(network, mesh, {}, 0.5, team, *both[k]);
            solver->load(start);
            steps[k] = solver->stable_step();
            solver->advance(0.9 * steps[0]);
            ends[k] = solver->save();
        } catch (const BlowUp&) {
            ends[k] = {};
        }
    }
    if (ends[0].area.empty() || ends[1].area.empty())  // with both there is nothing to compare
        return ends[0].area.size() == ends[1].area.size();
    // Contraction and the order of folded factors differ: some units in the last place, times the
    // condition of the difference of two fluxes.
    constexpr double tolerance = 1e-10;
    const auto near = [](const std::vector<double>& a, const std::vector<double>& b, double scale) {
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!(std::abs(a[i] - b[i]) <= tolerance * (std::abs(b[i]) + scale))) return false;
        return true;
    };
    return std::abs(steps[1] - steps[0]) <= tolerance * steps[0] &&
           near(ends[1].area, ends[0].area, 0.0) && near(ends[1].velocity, ends[0].velocity, 0.1);
}

}  // namespace bloodflow

#pragma once
// For the tests of formulas: the fork of three vessels under physics written in its run file.

#include <cmath>

#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/input_testing.hpp"
#include "bloodflow/solver.hpp"

namespace bloodflow::testing {

inline const std::string elastic_formula =
    "physics: {tube_law: \"p_ref + beta * (sqrt(A) - sqrt(A0)) / A0\", "
    "parameters: {beta: \"sqrt(pi) * h * E / (1 - nu**2)\"}}\n";
/// Olufsen's form, stiffer as it widens.
inline const std::string curved_formula =
    "physics: {tube_law: \"p_ref + k * (1 - sqrt(A0 / A)) + 0.2 * k * (A / A0 - 1)\", "
    "parameters: {k: \"4/3 * E * h * sqrt(pi / A0)\"}}\n";
/// No antiderivative among powers.
inline const std::string exponential_formula =
    "physics: {tube_law: \"p_ref + k * (exp(2 * (sqrt(A / A0) - 1)) - 1)\", "
    "parameters: {k: \"2/3 * E * h * sqrt(pi / A0)\"}}\n";

/// Vessels that taper and stiffen, and gravity.
inline std::string tapered_network() {
    return with(with(fork_network, "length_mm: 100, radius_mm: 8,",
                     "length_mm: 100, radius_mm: [8, 6.5],"),
                "wall_thickness_mm: 0.8", "wall_thickness_mm: [0.8, 0.9]") +
           "gravity_m_s2: [0, 0, -9.81]\n";
}

inline RunConfig read_with(const std::string& physics, const std::string& network = fork_network) {
    return InputFiles(network, fork_run + physics).read({});
}

/// Waves everywhere, and their solver on one hart.
struct Waves {
    explicit Waves(const RunConfig& run)
        : network(run.network), inlets(run.inlets), mesh(mesh_of(run, std::nullopt)) {
        for (std::size_t v = 0; v < mesh.vessels.size(); ++v)
            for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
                const WallSection wall = network.vessels[v].wall(mesh.vessels[v].place(i));
                const double phase = 0.4 * static_cast<double>(i) + static_cast<double>(v);
                start.area.push_back(wall.reference_area * (1.0 + 0.1 * std::sin(phase)));
                start.velocity.push_back(0.3 * std::cos(phase));
            }
        for (const Terminal& t : network.terminals)
            start.capacitor_pressure.push_back(t.distal_pressure + 1e4);
    }

    FlowState after(FlowSolver& solver, int steps, double dt) const {
        solver.load(start);
        for (int k = 0; k < steps; ++k) solver.advance(dt);
        return solver.save();
    }
    FlowState after(const StepKernels& kernels, int steps, double dt) const {
        asp::HartPool pool(1);
        const asp::Lease lease = pool.request(1);
        asp::Team team(lease);
        const auto solver = make_native_solver(network, mesh, inlets, 0.8, team, kernels);
        return after(*solver, steps, dt);
    }
    FlowState reference(int steps, double dt) const {
        const auto solver = make_reference_solver(network, mesh, inlets, 0.8);
        return after(*solver, steps, dt);
    }

    const Network& network;
    std::vector<Inlet> inlets;
    Mesh mesh;
    FlowState start;
};

/// Largest difference of areas, relative, and of velocities over 4 m/s, the slowest waves.
inline double distance_of(const FlowState& a, const FlowState& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.area.size(); ++i)
        largest = std::max({largest, std::abs(a.area[i] / b.area[i] - 1.0),
                            std::abs(a.velocity[i] - b.velocity[i]) / 4.0});
    return largest;
}

inline StepKernels specialized(const Network& network) {
    return make_step(network, asp::process_context(asp::Mode::required));
}

}  // namespace bloodflow::testing

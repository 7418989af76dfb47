#pragma once

#include <memory>
#include <vector>

#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"
#include "bloodflow/solver.hpp"

namespace validation {

/// The solver without the program around it, for states that no run file can say and for numbers
/// that no results file keeps.
class SolverRun {
public:
    /// Cells of `cell_length` [m]; `speed_margin`: fastest signal over the wave speed at reference.
    SolverRun(bloodflow::Network network, std::vector<bloodflow::Inlet> inlets, double cell_length,
              double speed_margin = 1.0);

    /// Blood without motion, every vessel at its reference area.
    bloodflow::FlowState rest() const;
    /// Cells from `area(x)` [m^2] and `velocity(x)` [m/s], x [m] from the inlet of the only vessel.
    template <class Area, class Velocity>
    bloodflow::FlowState state(Area area, Velocity velocity) const {
        bloodflow::FlowState state;
        for (std::size_t i = 0; i < mesh.cells; ++i) {
            const double x = (static_cast<double>(i) + 0.5) * mesh.vessels[0].length;
            state.area.push_back(area(x));
            state.velocity.push_back(velocity(x));
        }
        return state;
    }
    /// Runs to `time` [s] and ends there; `after_step(dt)` after every step.
    template <class AfterStep>
    void advance_to(double time, AfterStep after_step) {
        while (time - solver->time() > 1e-12 * time) {
            const double left = time - solver->time();
            const double dt = std::min(left, solver->stable_step());
            solver->advance(dt);
            after_step(dt);
        }
    }
    void advance_to(double time) {
        advance_to(time, [](double) {});
    }
    double volume() const;  ///< [m^3] in all vessels

    const bloodflow::Network network;
    const bloodflow::Mesh mesh;

private:
    asp::Lease lease_;
    asp::Team team_;

public:
    const std::unique_ptr<bloodflow::FlowSolver> solver;
};

}  // namespace validation

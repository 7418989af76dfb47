#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"
#include "bloodflow/waveform.hpp"

namespace asp {
class Team;
}

namespace bloodflow {

struct StepKernels;

/// Flow fed into a node.
struct Inlet {
    std::size_t node;
    Waveform flow;
};

/// All that the next step depends on; a run goes on from it bit for bit. Cells and vessels are in
/// the network's order, whatever the solver's own layout.
struct FlowState {
    double time = 0.0;                       ///< [s]
    std::vector<double> area;                ///< [cells] A [m^2]
    std::vector<double> velocity;            ///< [cells] u = Q/A [m/s]
    std::vector<double> capacitor_pressure;  ///< [terminals] of windkessels [Pa]; a formula's state
    std::vector<double> end_unknown;   ///< [2 vessels] A^(1/4) at inlet, outlet [m^(1/2)]; empty:
                                       ///< to be found from the cells
    std::vector<double> end_velocity;  ///< [2 vessels] [m/s]
    std::vector<double> head;          ///< [nodes] potential, total or static [m^2/s^2]
};

/// Area and flow at one place.
struct Station {
    double area;  ///< [m^2]
    double flow;  ///< [m^3/s]
};

/// The run cannot go on: an area that is not positive, a flow faster than its waves, or a node
/// without a solution. `what()` tells vessel, position, time and the likely cause.
struct BlowUp : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Advances a network in time. One scheme, two implementations: `make_native_solver` and the plain
/// `make_reference_solver`, which is the oracle.
///
/// Scheme: finite volumes for (A, Q), MUSCL in the potential and the velocity, flux of the
/// linearized Riemann problem, Heun in time with friction by the trapezoidal rule; conservative
/// coupling of vessels through the flux of each node, found by characteristics and Newton's method;
/// each vessel steps with dt / 2^level.
class FlowSolver {
public:
    virtual ~FlowSolver() = default;
    virtual double time() const = 0;
    /// Largest stable step of level 0, from the present state; throws BlowUp where there is none.
    virtual double stable_step() = 0;
    /// One step of level 0 for all vessels, `dt` [s] at most the stable step.
    virtual void advance(double dt) = 0;
    virtual FlowState save() const = 0;
    virtual void load(const FlowState& state) = 0;
    /// State at a vessel's inlet, middle (mean of the two cells there if even) and outlet.
    virtual Station inlet(std::size_t vessel) const = 0;
    virtual Station middle(std::size_t vessel) const = 0;
    virtual Station outlet(std::size_t vessel) const = 0;
    /// Cells of a vessel, in order.
    virtual std::span<const double> area(std::size_t vessel) const = 0;
    virtual std::span<const double> velocity(std::size_t vessel) const = 0;
    virtual double cell_updates() const = 0;      ///< full steps of one cell since `load`
    virtual std::string description() const = 0;  ///< rung of the ladder, instruction set
};

/// With kernels that need no compiler: the built-in ones, or the interpreter's for formulas.
std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team);
/// With kernels made for this network.
std::unique_ptr<FlowSolver> make_native_solver(const Network& network, const Mesh& mesh,
                                               std::vector<Inlet> inlets, double cfl,
                                               asp::Team& team, const StepKernels& kernels);
std::unique_ptr<FlowSolver> make_reference_solver(const Network& network, const Mesh& mesh,
                                                  std::vector<Inlet> inlets, double cfl);

/// Volume of blood in all vessels [m^3].
double volume(const FlowSolver& solver, const Mesh& mesh);

}  // namespace bloodflow

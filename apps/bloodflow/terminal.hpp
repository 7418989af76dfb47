#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "bloodflow/network.hpp"

namespace bloodflow {

/// A terminal under a steady flow Q out of the network: p = pressure + resistance * Q, of a formula
/// for flows near the one asked for.
struct SteadyTerminal {
    double resistance = -1.0;  ///< [Pa s/m^3]; negative: nothing flows
    double pressure = 0.0;     ///< [Pa]; NaN where a formula has no steady state
};
SteadyTerminal steady_terminal(const Network& network, const Terminal& terminal, double flow);

/// What a terminal's state is worth in blood: volume per unit of capacitor pressure, or of a
/// formula's state, at this outflow. 0 where there is none.
double volume_by_state(const Terminal& terminal, double flow, double state);
/// Volume [m^3] per unit of the outlet's pressure [Pa]; 0 where it stores none.
double compliance(const Terminal& terminal, double flow, double state);

/// Capacitor pressure, or a formula's state, that belongs to a pressure [Pa] and an outflow
/// [m^3/s] at the start of a run; `steady`: under which nothing changes.
double starting_state(const Terminal& terminal, double pressure, double flow, bool steady);

/// What a terminal is at the end of a step: p = back_pressure + resistance * flow, and
/// its state = state + state_by_flow * flow.
struct MomentaryTerminal {
    double resistance;     ///< [Pa s/m^3]
    double back_pressure;  ///< [Pa]
    double state, state_by_flow;
};

/// A terminal at the end of a step of `dt` [s] that began with `state` (capacitor pressure [Pa], or
/// a formula's) and `flow` [m^3/s]. The state is integrated by the trapezoidal rule, which leaves a
/// resistance and a pressure to the flow that is still unknown; dt = 0 gives the terminal at the
/// step's beginning. A formula is linearized about the step's beginning, which keeps the second
/// order; a linear one gives the windkessel's own values.
MomentaryTerminal momentary(const Terminal& terminal, double state, double flow, double dt);

/// The terminal's state at the end of that step, once the new flow is known.
inline double state_after(const MomentaryTerminal& m, double flow) {
    return m.state + m.state_by_flow * flow;
}

/// Repeats a step of no length until the outflows stay what they are: each solves the nodes with
/// formulas linearized about the flows before. Once where all terminals are linear.
template <class Solve>
void solve_until_consistent(const Network& network, const std::vector<double>& flows, Solve solve) {
    solve();
    const auto of_formula = [](const Terminal& t) { return t.kind == TerminalKind::formula; };
    if (std::none_of(network.terminals.begin(), network.terminals.end(), of_formula)) return;
    constexpr int most = 30;
    for (int pass = 0; pass < most; ++pass) {
        const std::vector<double> before = flows;
        solve();
        double change = 0.0, largest = 0.0;
        for (std::size_t t = 0; t < flows.size(); ++t) {
            change = std::max(change, std::abs(flows[t] - before[t]));
            largest = std::max(largest, std::abs(flows[t]));
        }
        if (change <= 1e-12 * largest) return;
    }
}

}  // namespace bloodflow

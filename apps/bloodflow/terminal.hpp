#pragma once

#include "bloodflow/network.hpp"

namespace bloodflow {

/// Resistance of a terminal to a steady flow [Pa s/m^3]; negative: nothing flows.
inline double steady_resistance(const Network& network, const Terminal& t) {
    const double r = t.reflection_coefficient;
    switch (t.kind) {
        case TerminalKind::closed:
            break;
        case TerminalKind::resistance:
        case TerminalKind::windkessel:
            return t.total_resistance();
        case TerminalKind::reflection:
            if (r < 1.0) return network.characteristic_impedance(t.node) * (1.0 + r) / (1.0 - r);
    }
    return -1.0;
}

/// What a terminal is at one instant: p = back_pressure + resistance * flow.
struct MomentaryTerminal {
    double resistance;     ///< [Pa s/m^3]
    double back_pressure;  ///< [Pa]
};

/// A terminal at the end of a step of `dt` [s] that began with `capacitor_pressure` [Pa] and `flow`
/// [m^3/s]. The windkessel is integrated by the trapezoidal rule, which leaves a resistance and a
/// pressure to the flow that is still unknown; dt = 0 gives the terminal at the step's beginning.
inline MomentaryTerminal momentary(const Terminal& t, double capacitor_pressure, double flow,
                                   double dt) {
    if (t.kind != TerminalKind::windkessel) return {t.total_resistance(), t.distal_pressure};
    const double share = 0.5 * dt / t.compliance;     // of a flow, in pressure
    const double leak = share / t.distal_resistance;  // dimensionless
    const double kept = capacitor_pressure * (1.0 - leak) + 2.0 * leak * t.distal_pressure;
    return {t.proximal_resistance + share / (1.0 + leak), (kept + share * flow) / (1.0 + leak)};
}

/// Pressure of the capacitor at the end of that step, once the new flow is known.
inline double charged(const Terminal& t, const MomentaryTerminal& m, double flow) {
    if (t.kind != TerminalKind::windkessel) return 0.0;
    return m.back_pressure + (m.resistance - t.proximal_resistance) * flow;
}

}  // namespace bloodflow

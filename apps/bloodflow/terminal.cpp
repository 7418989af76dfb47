#include "bloodflow/terminal.hpp"

#include <algorithm>
#include <cmath>

namespace bloodflow {
namespace {

/// p = g(Q, s) with s from f(Q, s) = 0, and dp/dQ = g_Q - g_s f_Q / f_s.
SteadyTerminal steady_formula(const OutletLaw& law, double flow) {
    if (!law.settles()) return {};  // its state is steady without flow only
    const OutletLaw::Value v =
        law.at(flow, law.steady_state(flow, law.initial_state().value_or(0.0)));
    if (law.has_state() && v.rate_by_state == 0.0) return {};  // nothing drains it here
    double resistance = v.pressure_by_flow;
    if (law.has_state()) resistance -= v.pressure_by_state * v.rate_by_flow / v.rate_by_state;
    // Below zero it would mean that nothing flows; a step with zero leads to the same state.
    resistance = std::max(resistance, 0.0);
    return {resistance, v.pressure - resistance * flow};
}

/// g(Q, s) and f(Q, s) about the last values: s1 = s + a + b dQ with
/// (1 - dt/2 f_s) a = dt f and (1 - dt/2 f_s) b = dt/2 f_Q; p1 = g + g_s (a + b dQ) + g_Q dQ.
MomentaryTerminal linearized(const OutletLaw& law, double state, double flow, double dt) {
    const OutletLaw::Value v = law.at(flow, state);
    const double implicit = 1.0 - 0.5 * dt * v.rate_by_state;
    const double a = dt * v.rate / implicit, b = 0.5 * dt * v.rate_by_flow / implicit;
    const double resistance = v.pressure_by_flow + v.pressure_by_state * b;
    return {resistance, v.pressure + v.pressure_by_state * a - resistance * flow,
            state + a - b * flow, b};
}

}  // namespace

SteadyTerminal steady_terminal(const Network& network, const Terminal& t, double flow) {
    const double r = t.reflection_coefficient;
    switch (t.kind) {
        case TerminalKind::closed:
            break;
        case TerminalKind::resistance:
        case TerminalKind::windkessel:
            return {t.total_resistance(), t.distal_pressure};
        case TerminalKind::reflection:
            if (r == 1.0) break;
            for (const Vessel& v : network.vessels)  // it rests at the reference state
                if (v.from == t.node || v.to == t.node)
                    return {network.characteristic_impedance(t.node) * (1.0 + r) / (1.0 - r),
                            v.reference_pressure};
            break;
        case TerminalKind::formula:
            return steady_formula(*t.law, flow);
    }
    return {};
}

double volume_by_state(const Terminal& t, double flow, double state) {
    if (t.kind != TerminalKind::formula) return t.compliance;
    // ds/dt = f_Q Q + ...: a volume dV that flows in moves the state by f_Q dV.
    const double by_flow = t.law->at(flow, state).rate_by_flow;
    return std::isfinite(by_flow) && by_flow != 0.0 ? std::abs(1.0 / by_flow) : 0.0;
}

double compliance(const Terminal& t, double flow, double state) {
    if (t.kind != TerminalKind::formula) return t.compliance;
    const OutletLaw::Value v = t.law->at(flow, state);
    const double by_volume = v.pressure_by_state * v.rate_by_flow;  // [Pa/m^3]
    return by_volume > 0.0 ? 1.0 / by_volume : 0.0;
}

double starting_state(const Terminal& t, double pressure, double flow, bool steady) {
    if (t.kind != TerminalKind::formula) return pressure - t.proximal_resistance * flow;
    const OutletLaw& law = *t.law;
    const double guess = law.initial_state().value_or(0.0);
    if (!law.has_state()) return 0.0;
    if (steady && law.settles()) {
        const double state = law.steady_state(flow, guess);
        if (std::isfinite(state)) return state;
    } else if (!steady && law.initial_state()) {
        return guess;
    }
    const double state = law.state_at_pressure(pressure, flow, guess);
    return std::isfinite(state) ? state : law.steady_state(flow, guess);
}

MomentaryTerminal momentary(const Terminal& t, double state, double flow, double dt) {
    if (t.kind == TerminalKind::formula) return linearized(*t.law, state, flow, dt);
    if (t.kind != TerminalKind::windkessel)
        return {t.total_resistance(), t.distal_pressure, 0.0, 0.0};
    const double share = 0.5 * dt / t.compliance;     // of a flow, in pressure
    const double leak = share / t.distal_resistance;  // dimensionless
    const double kept = state * (1.0 - leak) + 2.0 * leak * t.distal_pressure;
    const double charge = share / (1.0 + leak);
    const double back = (kept + share * flow) / (1.0 + leak);
    return {t.proximal_resistance + charge, back, back, charge};
}

}  // namespace bloodflow

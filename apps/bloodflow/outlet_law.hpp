#pragma once

#include <optional>
#include <string>

#include "asp/ir/function.hpp"
#include "asp/ir/interpreter.hpp"

namespace bloodflow {

/// What lies behind an outlet, as formulas: the pressure of the outflow Q and of at most one state
/// of its own (a compartment's pressure or volume, an inertance's flow), which changes at a rate.
class OutletLaw {
public:
    /// One result each, of Q [m^3/s] and the state. `initial`: the state that a run without a
    /// steady start begins with.
    explicit OutletLaw(asp::ir::Function pressure,
                       std::optional<asp::ir::Function> rate = std::nullopt,
                       std::optional<double> initial = std::nullopt);

    bool has_state() const { return has_state_; }
    /// Whether a state can come to rest under a flow: of a compliance alone it cannot.
    bool settles() const { return settles_; }
    std::optional<double> initial_state() const { return initial_; }
    /// The formulas with all parameters in them, to compare one law with another.
    const std::string& text() const { return text_; }

    /// Pressure [Pa] and rate [1/s times the state's unit] with their derivatives.
    struct Value {
        double pressure, pressure_by_flow, pressure_by_state;
        double rate, rate_by_flow, rate_by_state;
        bool finite() const;
    };
    Value at(double flow, double state) const;

    /// The state that a steady flow leaves where it is, and to which it returns; the one nearest to
    /// `guess` where there are several, NaN where there is none. 0 of a law without a state.
    double steady_state(double flow, double guess) const;
    /// The state at which the pressure is the given one; NaN where there is none.
    double state_at_pressure(double pressure, double flow, double guess) const;

private:
    std::optional<double> initial_;
    std::string text_;
    bool has_state_, settles_;
    asp::ir::Program<double> program_;
};

}  // namespace bloodflow

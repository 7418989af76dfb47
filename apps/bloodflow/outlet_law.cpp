#include "bloodflow/outlet_law.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/ir/differentiate.hpp"
#include "asp/ir/print.hpp"
#include "asp/ir/rewrite.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

/// Pressure, rate, and both by Q and by the state.
ir::Function with_derivatives(const ir::Function& pressure, const ir::Function* rate) {
    ir::Function f;
    f.name = "outlet";
    f.graph = std::make_shared<ir::Graph>();
    f.arguments = pressure.arguments;
    const std::vector<ir::Expression> same{f.argument(0), f.argument(1)};
    const auto add = [&](const char* name, ir::Expression value) {
        f.results.push_back({name, value ? value : f.graph->constant(0.0), {}});
    };
    for (const ir::Function* one : {&pressure, rate}) {
        const ir::Expression value = one != nullptr
                                         ? ir::substitute(one->results[0].value, *f.graph, same)
                                         : f.graph->constant(0.0);
        add("value", value);
        add("by_flow", ir::derivative(value, 0));
        add("by_state", ir::derivative(value, 1));
    }
    return f;
}

std::string text_of(const ir::Function& pressure, const ir::Function* rate) {
    std::string text = "p = " + ir::to_string(pressure, pressure.results[0].value);
    if (rate != nullptr)
        text += ", d" + rate->arguments[1].name +
                "/dt = " + ir::to_string(*rate, rate->results[0].value);
    return text;
}

struct Point {
    double value, slope;
};

/// Between points where the function has different signs: Newton's method, bisection where it
/// leaves the bracket.
template <class Function>
double root_between(const Function& function, double low, double high) {
    const bool rises = function(low).value < 0.0;
    double x = 0.5 * (low + high);
    for (int iteration = 0; iteration < 200; ++iteration) {
        const Point p = function(x);
        if (p.value == 0.0) return x;
        ((p.value < 0.0) == rises ? low : high) = x;
        double next = x - p.value / p.slope;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (std::abs(next - x) <= 1e-15 * std::abs(next)) return next;
        x = next;
    }
    return x;
}

/// The root nearest to `guess`, of whatever size: Newton's method from there, else a search over
/// 30 powers of ten of either sign. `falling`: only where the function falls.
template <class Function>
double root_near(const Function& function, double guess, bool falling) {
    double x = guess;
    for (int iteration = 0; iteration < 50; ++iteration) {
        const Point p = function(x);
        if (falling && p.slope > 0.0) break;
        if (p.value == 0.0) return x;
        const double next = x - p.value / p.slope;
        if (!std::isfinite(next)) break;
        if (std::abs(next - x) <= 1e-15 * std::abs(next)) return next;
        x = next;
    }
    double nearest = std::nan(""), before = 0.0, value_before = std::nan("");
    constexpr int decades = 15, per_decade = 4, last = 2 * decades * per_decade;
    for (int k = -last - 1; k <= last + 1; ++k) {
        const double size =
            std::pow(10.0, static_cast<double>(std::abs(k) - 1) / per_decade - decades);
        const double here = k == 0 ? 0.0 : std::copysign(size, k);
        const double value = function(here).value;
        const bool crosses = (value_before > 0.0 && value <= 0.0) ||
                             (!falling && value_before < 0.0 && value >= 0.0);
        if (crosses) {
            const double root = root_between(function, before, here);
            if (!(std::abs(root - guess) >= std::abs(nearest - guess))) nearest = root;
        }
        before = here;
        value_before = value;
    }
    return nearest;
}

}  // namespace

OutletLaw::OutletLaw(ir::Function pressure, std::optional<ir::Function> rate,
                     std::optional<double> initial)
    : initial_(initial),
      text_(text_of(pressure, rate ? &*rate : nullptr)),
      has_state_(rate.has_value()),
      settles_(!rate || ir::derivative(rate->results[0].value, 1)),
      program_(with_derivatives(pressure, rate ? &*rate : nullptr)) {
    ASP_ASSERT(pressure.arguments.size() == 2 && (!rate || rate->arguments.size() == 2));
}

bool OutletLaw::Value::finite() const {
    for (const double x :
         {pressure, pressure_by_flow, pressure_by_state, rate, rate_by_flow, rate_by_state})
        if (!std::isfinite(x)) return false;
    return true;
}

OutletLaw::Value OutletLaw::at(double flow, double state) const {
    const std::array<double, 2> arguments{flow, state};
    std::array<double, 6> v{};
    program_.run_at(arguments, v);
    return {v[0], v[1], v[2], v[3], v[4], v[5]};
}

double OutletLaw::steady_state(double flow, double guess) const {
    if (!has_state_) return 0.0;
    const auto rate = [&](double state) -> Point {
        const Value v = at(flow, state);
        return {v.rate, v.rate_by_state};
    };
    return root_near(rate, guess, true);
}

double OutletLaw::state_at_pressure(double pressure, double flow, double guess) const {
    if (!has_state_) return 0.0;
    const auto off = [&](double state) -> Point {
        const Value v = at(flow, state);
        return {v.pressure - pressure, v.pressure_by_state};
    };
    return root_near(off, guess, false);
}

}  // namespace bloodflow

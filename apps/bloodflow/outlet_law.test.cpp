#include "bloodflow/outlet_law.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/base/testing.hpp"
#include "asp/ir/parse.hpp"
#include "bloodflow/terminal.hpp"

using namespace bloodflow;

namespace {

asp::ir::Function parsed(const std::string& text) {
    asp::Diagnostics diagnostics;
    asp::ir::Environment environment;
    environment.arguments = {{"Q"}, {"s"}};
    const auto source = std::make_shared<const asp::ir::Source>(asp::ir::Source{"test", text});
    const auto function = asp::ir::parse_expression(source, environment, diagnostics);
    diagnostics.throw_if_any();
    return *function;
}

std::shared_ptr<const OutletLaw> law(const std::string& pressure, const std::string& rate = "",
                                     std::optional<double> initial = std::nullopt) {
    std::optional<asp::ir::Function> change;
    if (!rate.empty()) change = parsed(rate);
    return std::make_shared<const OutletLaw>(parsed(pressure), change, initial);
}

Terminal terminal(std::shared_ptr<const OutletLaw> law) {
    Terminal t{};
    t.node = 0;
    t.kind = TerminalKind::formula;
    t.law = std::move(law);
    return t;
}

const Terminal windkessel{.node = 0,
                          .kind = TerminalKind::windkessel,
                          .proximal_resistance = 4e7,
                          .distal_resistance = 6e8,
                          .compliance = 1.5e-9,
                          .distal_pressure = 600.0};
const Terminal written = terminal(law("s + 4e7 * Q", "(Q - (s - 600) / 6e8) / 1.5e-9"));
/// The same with the volume of the compartment as its state.
const Terminal of_volume = terminal(law("s / 1.5e-9 + 4e7 * Q", "Q - (s / 1.5e-9 - 600) / 6e8"));

/// A compartment that stiffens, drained through a resistance that grows with the flow.
const Terminal nonlinear =
    terminal(law("s + 4e7 * Q + 2e11 * Q * abs(Q)", "(Q - s / 6e8) / (3e-9 * exp(-s / 19000))"));

double flow_at(double time) {
    return 2e-5 * (1.0 + std::sin(9.0 * time) + 0.3 * std::cos(31.0 * time));
}

struct Errors {
    double state, pressure;  ///< [Pa], the largest on the way
};

/// Half a second under a given outflow in `steps` steps, against the classical Runge-Kutta method
/// in steps that are far shorter.
Errors errors(const Terminal& t, double start, int steps) {
    constexpr double end = 0.5;
    const int parts = 16000 / steps;
    const double dt = end / steps, h = dt / parts;
    const auto rate = [&](double time, double s) { return t.law->at(flow_at(time), s).rate; };
    double state = start, exact = start;
    Errors largest{};
    for (int step = 0; step < steps; ++step) {
        for (int part = 0; part < parts; ++part) {
            const double time = dt * step + h * part;
            const double k1 = rate(time, exact), k2 = rate(time + 0.5 * h, exact + 0.5 * h * k1);
            const double k3 = rate(time + 0.5 * h, exact + 0.5 * h * k2);
            const double k4 = rate(time + h, exact + h * k3);
            exact += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
        }
        const double flow = flow_at(dt * (step + 1));
        const MomentaryTerminal m = momentary(t, state, flow_at(dt * step), dt);
        state = state_after(m, flow);
        const double pressure = m.back_pressure + m.resistance * flow;
        largest.state = std::max(largest.state, std::abs(state - exact));
        largest.pressure =
            std::max(largest.pressure, std::abs(pressure - t.law->at(flow, exact).pressure));
    }
    return largest;
}

}  // namespace

TEST_CASE("a windkessel written as formulas takes the steps of the one that is built in") {
    for (const double dt : {0.0, 1e-5, 1e-3, 0.1})
        for (const double flow : {-1e-5, 0.0, 3e-5}) {
            const MomentaryTerminal a = momentary(windkessel, 9000.0, flow, dt);
            const MomentaryTerminal b = momentary(written, 9000.0, flow, dt);
            CHECK(b.resistance == Approx(a.resistance).epsilon(1e-14));
            CHECK(b.back_pressure == Approx(a.back_pressure).epsilon(1e-14));
            CHECK(state_after(b, 2e-5) == Approx(state_after(a, 2e-5)).epsilon(1e-14));
        }
}

TEST_CASE("a compartment's volume serves as its state as well as its pressure does") {
    const MomentaryTerminal a = momentary(windkessel, 9000.0, 3e-5, 1e-3);
    const MomentaryTerminal b = momentary(of_volume, 9000.0 * 1.5e-9, 3e-5, 1e-3);
    CHECK(b.resistance == Approx(a.resistance).epsilon(1e-14));
    CHECK(b.back_pressure == Approx(a.back_pressure).epsilon(1e-14));
    CHECK(state_after(b, 2e-5) / 1.5e-9 == Approx(state_after(a, 2e-5)).epsilon(1e-14));
}

TEST_CASE("a nonlinear outlet follows its equations to second order in the time step") {
    const double start = 9000.0;
    const Errors coarse = errors(nonlinear, start, 100), fine = errors(nonlinear, start, 200),
                 finest = errors(nonlinear, start, 400);
    CHECK(coarse.state / fine.state == Approx(4.0).epsilon(0.15));
    CHECK(fine.state / finest.state == Approx(4.0).epsilon(0.08));
    CHECK(coarse.pressure / fine.pressure == Approx(4.0).epsilon(0.15));
    CHECK(fine.pressure / finest.pressure == Approx(4.0).epsilon(0.08));
    CHECK(finest.state < 1.0);  // [Pa], of 9000
}

TEST_CASE("an outlet without a state is followed along its curve") {
    const Terminal orifice = terminal(law("500 + 4e7 * Q + 2e11 * Q * abs(Q)"));
    for (const double before : {-2e-5, 0.0, 2e-5})
        for (const double step : {1e-9, 1e-7, 1e-6}) {
            const double flow = before + step;
            const MomentaryTerminal m = momentary(orifice, 0.0, before, 1e-4);
            // The curve leaves its tangent by K step^2, or twice that across the kink.
            CHECK(std::abs(m.back_pressure + m.resistance * flow -
                           orifice.law->at(flow, 0.0).pressure) <=
                  2.001 * 2e11 * step * step + 1e-9);
            CHECK(state_after(m, flow) == 0.0);
        }
}

TEST_CASE("a steady state is found whatever its size and however flat the rate where one begins") {
    CHECK(written.law->steady_state(1e-5, 0.0) == Approx(600.0 + 6e8 * 1e-5).epsilon(1e-14));
    for (const double size : {1e-12, 1e-3, 1e7}) {
        const auto scaled = law("s", "Q - (s / " + fmt::format("{:e}", size) + ")**3");
        CHECK(scaled->steady_state(8.0, 0.0) == Approx(2.0 * size).epsilon(1e-13));
        CHECK(scaled->steady_state(-8.0, 0.0) == Approx(-2.0 * size).epsilon(1e-13));
    }
    CHECK(law("s", "s - s**3 + Q")->steady_state(0.0, 0.5) == Approx(1.0).epsilon(1e-13));
    CHECK(law("s", "s - s**3 + Q")->steady_state(0.0, -0.5) == Approx(-1.0).epsilon(1e-13));
    CHECK(std::isnan(law("s", "1 + Q**2 + s**2")->steady_state(0.0, 0.0)));
    CHECK(law("1e8 * Q")->steady_state(1e-5, 3.0) == 0.0);
}

TEST_CASE("a steady state that runs away when touched is none") {
    CHECK(std::isnan(law("s", "s - 1 + Q")->steady_state(0.0, 0.0)));
}

TEST_CASE("what a state is worth in blood does not depend on what the state is") {
    CHECK(volume_by_state(written, 1e-5, 9000.0) == Approx(1.5e-9));
    CHECK(volume_by_state(of_volume, 1e-5, 9000.0 * 1.5e-9) == Approx(1.0));
    CHECK(compliance(written, 1e-5, 9000.0) == Approx(1.5e-9));
    CHECK(compliance(of_volume, 1e-5, 9000.0 * 1.5e-9) == Approx(1.5e-9));
    CHECK(volume_by_state(windkessel, 1e-5, 9000.0) == 1.5e-9);
    CHECK(volume_by_state(terminal(law("1e8 * Q")), 1e-5, 0.0) == 0.0);
}

TEST_CASE("a run starts with what its outlet's state is under the pressure there") {
    CHECK(starting_state(windkessel, 9000.0, 1e-5, false) == Approx(9000.0 - 400.0));
    CHECK(starting_state(written, 9000.0, 1e-5, false) == Approx(9000.0 - 400.0));
    CHECK(starting_state(written, 9000.0, 1e-5, true) == Approx(6600.0));  // steady
    CHECK(starting_state(of_volume, 9000.0, 1e-5, false) == Approx(8600.0 * 1.5e-9));
    const Terminal given = terminal(law("s + 4e7 * Q", "(Q - s / 6e8) / 1.5e-9", 1234.0));
    CHECK(starting_state(given, 9000.0, 1e-5, false) == 1234.0);
    CHECK(starting_state(given, 9000.0, 1e-5, true) == Approx(6000.0));
    // A compliance alone lets nothing out for good.
    const Terminal bag = terminal(law("s / 1e-9", "Q"));
    CHECK(!bag.law->settles());
    CHECK(starting_state(bag, 9000.0, 0.0, true) == Approx(9000.0 * 1e-9));
    CHECK(steady_terminal({}, bag, 0.0).resistance < 0.0);
}

#include "bloodflow/steady.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <sstream>

#include "asp/base/testing.hpp"
#include "bloodflow/run_config.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;

namespace {

constexpr double outside = 9000.0;  // [Pa] at which the radii hold

Vessel vessel(std::string name, std::size_t from, std::size_t to, double length, double radius) {
    return {std::move(name), from,       to,  length, {radius, radius},
            {5e-4, 5e-4},    {4e5, 4e5}, 0.5, outside};
}

Terminal resistance(std::size_t node, double value, double distal_pressure) {
    return {.node = node,
            .kind = TerminalKind::resistance,
            .proximal_resistance = value,
            .distal_pressure = distal_pressure};
}

/// One vessel of 0.3 m with a resistance behind it.
Network single(double radius = 3e-3) {
    Network n;
    n.nodes = {{"inlet", {}}, {"outlet", {}}};
    n.vessels = {vessel("tube", 0, 1, 0.3, radius)};
    n.terminals = {resistance(1, 5e8, 2000.0)};
    return n;
}

std::vector<Inlet> inflow(double flow) {
    return {{0, Waveform::constant(flow)}};
}

/// Integral of A^2 dp from collapse, in the closed form for sqrt(A) linear in p.
double conductivity(const WallSection& wall, double pressure) {
    return 0.2 * wall.beta * std::pow(wall.area(pressure), 2.5);
}

std::string failure(const Network& network, const std::vector<Inlet>& inlets) {
    return asp::testing::message_of<BlowUp>([&] { solve_steady(network, inlets); });
}

/// A column of a table by the vessels' names.
std::map<std::string, double> column(const std::string& path, const std::string& wanted) {
    std::ifstream file(path);
    const auto cells = [](const std::string& line) {
        std::vector<std::string> result;
        std::istringstream stream(line);
        for (std::string cell; std::getline(stream, cell, ',');) result.push_back(cell);
        return result;
    };
    std::string line;
    std::getline(file, line);
    const auto header = cells(line);
    const auto place = [&](const std::string& name) {
        return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) -
                                        header.begin());
    };
    const std::size_t name = place("vessel"), value = place(wanted);
    REQUIRE(value < header.size());
    std::map<std::string, double> result;
    while (std::getline(file, line))
        result[cells(line).at(name)] = std::stod(cells(line).at(value));
    return result;
}

}  // namespace

TEST_CASE("flow through one elastic vessel obeys the closed form") {
    const Network n = single();
    const double flow = 1.2e-5;
    const SteadyFlow s = solve_steady(n, inflow(flow));
    CHECK(s.flow[0] == Approx(flow).epsilon(1e-14));
    // The terminal first, then back through the vessel.
    CHECK(s.pressure[1] == Approx(2000.0 + 5e8 * flow).epsilon(1e-12));
    const WallSection wall = n.vessels[0].wall(0.0);
    const double friction = 2.0 * (n.blood.profile_exponent + 2.0) * std::numbers::pi *
                            n.blood.viscosity;  // A^2 dp/dx = -friction Q
    CHECK(conductivity(wall, s.pressure[0]) - conductivity(wall, s.pressure[1]) ==
          Approx(friction * flow * 0.3).epsilon(1e-9));  // a difference of numbers 1e3 times larger
    CHECK(s.residual < 1e-14);
}

TEST_CASE("between its ends a vessel obeys the closed form too") {
    const Network n = single();
    const double flow = 1.2e-5;
    const SteadyFlow s = solve_steady(n, inflow(flow));
    const WallSection wall = n.vessels[0].wall(0.0);
    const double inlet = conductivity(wall, s.pressure[0]);
    const double outlet = conductivity(wall, s.pressure[1]);
    for (const double place : {0.0, 0.25, 0.5, 1.0})
        CHECK(conductivity(wall, steady_pressure(n, s, 0, place)) ==
              Approx(std::lerp(inlet, outlet, place)).epsilon(1e-12));
}

TEST_CASE("a stiff vessel has the resistance of Poiseuille's law") {
    Network n = single();
    n.blood.profile_exponent = 2.0;
    n.vessels[0].young_modulus = {1e10, 1e10};
    const double flow = 1e-5;
    const SteadyFlow s = solve_steady(n, inflow(flow));
    const double poiseuille =
        8.0 * n.blood.viscosity * 0.3 / (std::numbers::pi * std::pow(3e-3, 4));
    // The radius, to the fourth power here, still differs by (p - p_ref) / (beta sqrt(A0)): 1e-6.
    CHECK((s.pressure[0] - s.pressure[1]) / flow == Approx(poiseuille).epsilon(1e-5));
}

TEST_CASE("backward inflow gives backward flow") {
    const SteadyFlow s = solve_steady(single(), inflow(-2e-6));
    CHECK(s.flow[0] == Approx(-2e-6));
    CHECK(s.pressure[0] < s.pressure[1]);
}

TEST_CASE("parallel vessels share the flow by their conductances") {
    Network n;
    n.nodes = {{"inlet", {}}, {"fork", {}}, {"join", {}}, {"outlet", {}}};
    n.vessels = {vessel("in", 0, 1, 0.1, 4e-3), vessel("wide", 1, 2, 0.2, 3e-3),
                 vessel("narrow", 1, 2, 0.2, 1.5e-3), vessel("back", 2, 1, 0.4, 3e-3),
                 vessel("out", 2, 3, 0.1, 4e-3)};
    n.terminals = {resistance(3, 5e8, 2000.0)};
    const double flow = 1.2e-5;
    const SteadyFlow s = solve_steady(n, inflow(flow));
    CHECK(s.flow[1] + s.flow[2] - s.flow[3] == Approx(flow).epsilon(1e-13));
    CHECK(s.flow[3] == Approx(-0.5 * s.flow[1]).epsilon(1e-9));  // the same, twice as long, turned
    const WallSection narrow = n.vessels[2].wall(0.0), wide = n.vessels[1].wall(0.0);
    const auto drop = [&](const WallSection& wall) {
        return conductivity(wall, s.pressure[1]) - conductivity(wall, s.pressure[2]);
    };
    CHECK(s.flow[2] / s.flow[1] == Approx(drop(narrow) / drop(wide)).epsilon(1e-9));
}

TEST_CASE("the direction in which a vessel is named does not matter") {
    Network n = single();
    std::swap(n.vessels[0].from, n.vessels[0].to);
    const SteadyFlow s = solve_steady(n, inflow(1.2e-5)),
                     t = solve_steady(single(), inflow(1.2e-5));
    CHECK(s.flow[0] == Approx(-1.2e-5));
    CHECK(s.pressure[0] == Approx(t.pressure[0]).epsilon(1e-12));
    CHECK(steady_pressure(n, s, 0, 0.25) == Approx(steady_pressure(single(), t, 0, 0.75)));
}

TEST_CASE("a taper is met the better the more pieces it is divided into by hand") {
    // The 64 pieces of one vessel against 4 and 16 vessels of 64 pieces each.
    const auto inlet_pressure = [](std::size_t vessels) {
        Network n;
        n.nodes.resize(vessels + 1);
        const auto at = [&](std::size_t i) {
            const double s = static_cast<double>(i) / static_cast<double>(vessels);
            return std::lerp(4e-3, 2e-3, s);
        };
        for (std::size_t v = 0; v < vessels; ++v) {
            n.vessels.push_back(vessel("v", v, v + 1, 0.4 / static_cast<double>(vessels), 0.0));
            n.vessels.back().radius = {at(v), at(v + 1)};
        }
        n.terminals = {resistance(vessels, 5e8, 2000.0)};
        return solve_steady(n, inflow(1.2e-5)).pressure[0];
    };
    const double exact = inlet_pressure(64), one = inlet_pressure(1), four = inlet_pressure(4);
    CHECK(one == Approx(exact).epsilon(1e-4));
    CHECK(std::abs(four - exact) < 0.3 * std::abs(one - exact));  // at least first order: 1/4
}

TEST_CASE("blood at rest under gravity has the hydrostatic pressure") {
    Network n;
    n.gravity = {0.0, 0.0, -9.81};
    n.nodes = {{"heart", {0.0, 0.0, 0.0}}, {"head", {0.0, 0.0, 0.4}}, {"foot", {0.1, 0.0, -1.2}}};
    n.vessels = {vessel("up", 0, 1, 0.41, 4e-3), vessel("down", 0, 2, 1.25, 5e-3)};
    n.vessels[1].radius[1] = 3e-3;
    n.terminals = {resistance(1, 1e9, 8000.0), {.node = 2, .kind = TerminalKind::closed}};
    const SteadyFlow s = solve_steady(n, {});
    const double weight = 1060.0 * 9.81;
    CHECK(s.pressure[1] == Approx(8000.0).epsilon(1e-12));
    CHECK(s.pressure[0] == Approx(8000.0 + weight * 0.4).epsilon(1e-12));
    CHECK(s.pressure[2] == Approx(8000.0 + weight * 1.6).epsilon(1e-12));
    CHECK(steady_pressure(n, s, 1, 0.5) == Approx(8000.0 + weight * 1.0).epsilon(1e-12));
    for (const double flow : s.flow) CHECK(std::abs(flow) < 1e-18);
}

TEST_CASE("a terminal of every kind lets out what its law says") {
    const double flow = 4e-6;
    Network n = single();
    Terminal& t = n.terminals[0];
    t = {.node = 1,
         .kind = TerminalKind::windkessel,
         .proximal_resistance = 1e8,
         .distal_resistance = 9e8,
         .compliance = 1e-9,
         .distal_pressure = 500.0};
    CHECK(solve_steady(n, inflow(flow)).pressure[1] == Approx(500.0 + 1e9 * flow));
    t = resistance(1, 0.0, 9500.0);  // a given pressure
    CHECK(solve_steady(n, inflow(flow)).pressure[1] == Approx(9500.0).epsilon(1e-14));
    const WallSection wall = n.vessels[0].wall(1.0);
    const double impedance = n.blood.density *
                             wall.wave_speed(wall.reference_area, n.blood.density) /
                             wall.reference_area;
    t = {.node = 1, .kind = TerminalKind::reflection};  // absorbs: R is the vessel's impedance
    CHECK(solve_steady(n, inflow(flow)).pressure[1] == Approx(outside + impedance * flow));
    t.reflection_coefficient = 0.5;  // R = 3 Z
    CHECK(solve_steady(n, inflow(flow)).pressure[1] == Approx(outside + 3.0 * impedance * flow));
    t.reflection_coefficient = -1.0;  // an open end
    CHECK(solve_steady(n, inflow(flow)).pressure[1] == Approx(outside));
}

TEST_CASE("nothing flows into a closed end") {
    Network n = single();
    n.nodes.push_back({"dead end", {}});
    n.vessels.push_back(vessel("stump", 0, 2, 0.05, 2e-3));
    n.terminals.push_back({.node = 2, .kind = TerminalKind::closed});
    const SteadyFlow s = solve_steady(n, inflow(4e-6));
    CHECK(std::abs(s.flow[1]) < 1e-20);
    CHECK(s.pressure[2] == Approx(s.pressure[0]).epsilon(1e-14));
}

TEST_CASE("without an outlet nothing fixes the steady pressure, which is said") {
    Network n = single();
    n.terminals[0] = {.node = 1, .kind = TerminalKind::closed};
    CHECK(failure(n, inflow(1e-6)) ==
          "no terminal lets blood out, so nothing fixes the steady pressure");
    n.terminals[0] = {.node = 1, .kind = TerminalKind::reflection, .reflection_coefficient = 1.0};
    CHECK(failure(n, inflow(1e-6)) ==
          "no terminal lets blood out, so nothing fixes the steady pressure");
}

TEST_CASE("a vessel that collapses has no steady flow, which is said") {
    const std::string expected =
        "no steady flow: a vessel collapses, for its wall is too soft or the pressure too low";
    Network n = single();
    n.terminals[0].distal_pressure = -1e6;
    CHECK(failure(n, inflow(1e-6)) == expected);
    n = single(1e-3);
    CHECK(failure(n, inflow(-1e-4)) == expected);  // drawn through too narrow a vessel
}

TEST_CASE("every node of the circle passes on what it gets, and nothing is lost on the way") {
    const RunConfig config = read_run_config("configs/willis.yaml", {});
    const SteadyFlow s = solve_steady(config.network, config.inlets);
    CHECK(s.residual < 1e-15);  // of the largest flow
    double out = 0.0;
    for (const Terminal& t : config.network.terminals)
        out += (s.pressure[t.node] - t.distal_pressure) / t.total_resistance();
    CHECK(out == Approx(config.inlets[0].flow.mean()).epsilon(1e-12));
    CHECK(s.iterations < 15);
}

TEST_CASE("the steady flows of the Circle of Willis are those found independently") {
    const auto expected = column("validation/willis/mean_flows_complete.csv",
                                 "steady_zeta9_analytic_inlet_mean_flow_ml_s");
    const RunConfig config = read_run_config("configs/willis.yaml", {});
    const SteadyFlow s = solve_steady(config.network, config.inlets);
    REQUIRE(expected.size() == 33);
    for (std::size_t v = 0; v < config.network.vessels.size(); ++v) {
        const std::string& name = config.network.vessels[v].name;
        INFO(name);
        // The table has seven digits.
        CHECK(s.flow[v] / mL == Approx(expected.at(name)).epsilon(1e-6));
    }
}

TEST_CASE("a trickle, and no flow at all, have a steady pressure too") {
    const Network n = single();
    for (const double flow : {0.0, 1e-16, 1e-12, 1e-9}) {
        const SteadyFlow s = solve_steady(n, inflow(flow));
        // The outlet's pressure is p_distal + R Q; beta sqrt(A) of 5e4 Pa rounds to 1e-11.
        CHECK(s.pressure[1] == Approx(2000.0 + 5e8 * flow).epsilon(1e-10));
    }
}

TEST_CASE("a vessel that collapses at its upper end only has no steady flow either") {
    Network n = single();
    n.gravity = {0.0, 0.0, -9.81};
    n.nodes[1].position = {0.0, 0.0, 30.0};  // 2.3 m of mercury up
    CHECK(failure(n, inflow(0.0)) ==
          "no steady flow: a vessel collapses, for its wall is too soft or the pressure too low");
}

TEST_CASE("without viscosity nothing divides a steady flow, which is said") {
    Network n = single();
    n.blood.viscosity = 0.0;
    n.vessels.push_back(vessel("beside", 0, 1, 0.3, 3e-3));
    CHECK(failure(n, inflow(1e-6)) ==
          "without viscosity nothing divides a steady flow among branches");
}

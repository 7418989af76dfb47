// Steady flow in an elastic tube; README.md tells what is compared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "asp/base/testing.hpp"
#include "bloodflow/units.hpp"
#include "validation/program.hpp"
#include "validation/reference.hpp"
#include "validation/table.hpp"

using namespace validation;

namespace {

constexpr double pi = std::numbers::pi;

/// One row of exact.csv.
struct Tube {
    std::string name;
    double length, area, beta, density, viscosity, profile, alpha, flow, outlet_pressure, drop;

    explicit Tube(const Reference::Row& row)
        : name(row.at("case")),
          length(number(row, "length_m")),
          area(number(row, "reference_area_m2")),
          beta(number(row, "beta_pa_m")),
          density(number(row, "density_kg_m3")),
          viscosity(number(row, "viscosity_pa_s")),
          profile(number(row, "velocity_profile_exponent")),
          alpha(number(row, "momentum_correction")),
          flow(number(row, "flow_m3_s")),
          outlet_pressure(number(row, "outlet_pressure_pa")),
          drop(number(row, "exact_pressure_drop_pa")) {}

    double area_at(double pressure) const {
        const double root = std::sqrt(area) + pressure / beta;
        return root * root;
    }
    double pressure_at(double a) const { return beta * (std::sqrt(a) - std::sqrt(area)); }
};

/// The tube as a network and a run of it, until what is left of the start is round-off: of a wave,
/// (R - Z)/(R + Z) < 0.9 comes back each 2 L/c < 0.1 s.
std::filesystem::path write_run(const Tube& t, const ScratchFolder& folder) {
    // In a network file, one exponent sets both friction and momentum correction. An enormous one
    // means alpha = 1, and a viscosity made smaller by as much keeps the friction.
    const bool flat = t.alpha == 1.0;
    const double profile = flat ? 1e12 : t.profile;
    const double viscosity = t.viscosity * (t.profile + 2.0) / (profile + 2.0);
    const double radius = std::sqrt(t.area / pi), wall = 0.1 * radius;
    const double modulus = t.beta * 0.75 * t.area / (std::sqrt(pi) * wall);
    folder.write("network.yaml", fmt::format(R"(name: {}
blood: {{density_kg_m3: {}, viscosity_mpa_s: {:.17g}, velocity_profile_exponent: {:.17g}}}
walls:
  wall: {{law: elastic, young_modulus_kpa: {:.17g}, poisson_ratio: 0.5, reference_pressure_mmhg: 0}}
nodes:
  - {{id: inlet, position_mm: [0, 0, 0]}}
  - {{id: outlet, position_mm: [{:.17g}, 0, 0]}}
vessels:
  - {{name: tube, from: inlet, to: outlet, length_mm: {:.17g}, radius_mm: {:.17g},
     wall_thickness_mm: {:.17g}, wall: wall}}
terminals:
  - {{node: outlet, type: resistance, resistance_pa_s_m3: {:.17g}}}
)",
                                             t.name, t.density, 1e3 * viscosity, profile,
                                             1e-3 * modulus, 1e3 * t.length, 1e3 * t.length,
                                             1e3 * radius, 1e3 * wall, t.outlet_pressure / t.flow));
    return folder.write("run.yaml", fmt::format(R"(network: network.yaml
inlets:
  - node: inlet
    flow: {{type: constant, flow_ml_s: {:.17g}}}
numerics: {{cell_length_mm: 1, cfl: 0.8}}
run: {{mode: transient, duration_s: 10, start: rest, rest_pressure_mmhg: {:.17g}}}
output:
  waveforms: {{sample_interval_ms: 100}}
)",
                                                1e6 * t.flow, t.outlet_pressure / bloodflow::mmHg));
}

}  // namespace

TEST_CASE("a steady flow loses the pressure that friction and convection take", "[steady_tube]") {
    const Table table("steady_tube");
    const Reference cases("validation/steady_tube/exact.csv");
    for (const auto& row : cases.rows()) {
        const Tube t(row);
        const ScratchFolder folder;
        const auto run = write_run(t, folder);
        simulate(run, folder.path());
        const Results results(folder.path());
        const double inlet = results.at("tube", Place::inlet).pressure.back();
        const double outlet = results.at("tube", Place::outlet).pressure.back();
        // A second-order scheme on a solution that is smooth and nearly linear.
        CHECK(table.agrees(t.name + ": pressure drop [Pa]", inlet - outlet, t.drop,
                           t.drop * 2e-4 > 0.02 ? relative(2e-4) : absolute(0.02)));
        // Steady: nothing is stored.
        const double sent = results.at("tube", Place::outlet).flow.back();
        CHECK(table.agrees(t.name + ": flow through the outlet [mL/s]", 1e6 * sent, 1e6 * t.flow,
                           relative(1e-10)));
        // Area times velocity of a cell is its flow to second order, like its pressure.
        double deviation = 0.0;
        for (const double flow : results.final_flow())
            deviation = std::max(deviation, std::abs(flow / t.flow - 1.0));
        CHECK(table.agrees(t.name + ": flow of a cell, largest deviation over the flow", deviation,
                           2e-4, at_most));

        // Without convection, the integral of A^2 dP is closed: beta/5 A^(5/2).
        const auto vessel = steady(run).at("tube");
        const double from = vessel.at("inlet_pressure_mmhg").get<double>() * bloodflow::mmHg;
        const double outlet_area = t.area_at(t.outlet_pressure);
        const double loss = 2.0 * (t.profile + 2.0) * pi * t.viscosity * t.flow * t.length;
        const double exact =
            t.pressure_at(std::pow(std::pow(outlet_area, 2.5) + 5.0 / t.beta * loss, 0.4));
        // The same equation, solved by Newton's method.
        CHECK(table.agrees(t.name + ": inlet pressure by `bloodflow steady` [Pa]", from, exact,
                           relative(1e-10)));
    }
}

#include "bloodflow/read_physics.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "asp/ir/rewrite.hpp"
#include "bloodflow/formulas.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

using Place = asp::config::Node;

constexpr std::size_t blood_count = 3;

/// What formulas know of a place: the wall's properties, then the blood's.
std::vector<ir::Symbol> known_names() {
    std::vector<ir::Symbol> known;
    for (const ir::Argument& a : wall_symbols()) known.push_back({a.name, a.unit, a.range, 0});
    known.push_back({"rho", ir::parse_unit("kg/m^3"), {500.0, 2000.0}, 0});
    known.push_back({"mu", ir::parse_unit("Pa s"), {0.0, 1.0}, 0});
    known.push_back({"zeta", ir::parse_unit("1"), {0.0, 1e6}, 0});
    return known;
}

/// The blood is the same everywhere: its names become numbers.
ir::Function with_blood(const ir::Function& function, std::size_t variables, const Blood& blood) {
    ir::Function f;
    f.name = function.name;
    f.source = function.source;
    f.graph = std::make_shared<ir::Graph>();
    const std::size_t kept = variables + WallProperties::count;
    std::vector<ir::Expression> replacements;
    for (std::size_t i = 0; i < kept; ++i) {
        f.arguments.push_back(function.arguments[i]);
        replacements.push_back(f.argument(i));
    }
    for (const double value :
         std::array<double, blood_count>{blood.density, blood.viscosity, blood.profile_exponent})
        replacements.push_back(f.graph->constant(value));
    f.results = {{function.results[0].name,
                  ir::substitute(function.results[0].value, *f.graph, replacements),
                  function.results[0].unit}};
    return f;
}

/// Complains about the first vessel and area, from small to large, where the law is of no use.
bool is_defined(const Place& place, const TubeLaw& law, const Network& network,
                const std::array<double, 2>& range) {
    constexpr int samples = 48;
    for (const Vessel& v : network.vessels)
        for (const double s : {0.0, 0.5, 1.0})
            for (int i = 0; i <= samples; ++i) {
                const WallSection wall = v.wall(s);
                const double part =
                    range[0] * std::pow(range[1] / range[0], static_cast<double>(i) / samples);
                const TubeLaw::Value value = law.at(std::sqrt(part * wall.reference_area), wall);
                if (std::isfinite(value.pressure) && value.slope > 0.0) continue;
                const std::string what =
                    std::isfinite(value.pressure)
                        ? fmt::format(
                              "the pressure does not rise with the area (its slope dp/dA "
                              "is {:.3g} Pa/m^2)",
                              value.slope / (2.0 * std::sqrt(part * wall.reference_area)))
                    : std::isnan(value.pressure) ? std::string("the pressure is not a number")
                                                 : std::string("the pressure is infinite");
                place.error(fmt::format(
                    "{} at A = {:.3g} m^2, {:.3g} of the reference area of '{}'; expected a "
                    "pressure that rises with A from {:.3g} to {:.3g} of it "
                    "(physics.area_range)",
                    what, part * wall.reference_area, part, v.name, range[0], range[1]));
                return false;
            }
    return true;
}

bool is_defined(const Place& place, const FrictionLaw& law, const Network& network,
                const std::array<double, 2>& range) {
    for (const Vessel& v : network.vessels)
        for (const double part : {range[0], 1.0, range[1]})
            for (const double u : {-2.0, -0.1, -1e-6, 0.0, 1e-6, 0.1, 2.0}) {
                const WallSection wall = v.wall(0.5);
                const double force = law.at(part * wall.reference_area, u, wall);
                if (std::isfinite(force) && force * u >= 0.0) continue;
                place.error(fmt::format(
                    "{:.3g} N/m at u = {:.3g} m/s and {:.3g} of the reference area of '{}'; "
                    "expected a number of the sign of u, the force against the flow",
                    force, u, part, v.name));
                return false;
            }
    return true;
}

}  // namespace

void read_physics(const Place& root, Network& network) {
    if (!root.has("physics")) return;
    const Place physics = root.required_map("physics");
    const FormulaReader formulas(physics.optional_map("parameters"), known_names());
    std::array<double, 2> range{0.25, 4.0};
    if (physics.has("area_range")) {
        const auto given = physics.numbers("area_range", 2);
        if (given.size() == 2 && given[0] > 0.0 && given[0] < 1.0 && given[1] > 1.0)
            range = {given[0], given[1]};
        else if (given.size() == 2)
            physics.error("area_range",
                          "expected two fractions of the reference area, below and above 1");
    }
    if (network.vessels.empty()) return;
    const ir::Symbol area{"A", ir::parse_unit("m^2"), {1e-9, 1e-2}, 0};
    if (physics.has("tube_law")) {
        if (const auto f = formulas.read(physics, "tube_law", {area}, ir::parse_unit("Pa"))) {
            const Place place = physics.child("tube_law");
            if (!ir::depends_on(f->results[0].value, [](std::size_t i) { return i == 0; })) {
                place.error("expected a pressure that depends on the area A");
            } else {
                const auto law = std::make_shared<const TubeLaw>(place.as_text(),
                                                                 with_blood(*f, 1, network.blood));
                if (is_defined(place, *law, network, range))
                    for (Vessel& v : network.vessels) v.tube_law = law;
            }
        }
    }
    if (physics.has("friction")) {
        const ir::Symbol velocity{"u", ir::parse_unit("m/s"), {-5.0, 5.0}, 0};
        if (const auto f =
                formulas.read(physics, "friction", {area, velocity}, ir::parse_unit("N/m"))) {
            const Place place = physics.child("friction");
            const auto law = std::make_shared<const FrictionLaw>(place.as_text(),
                                                                 with_blood(*f, 2, network.blood));
            if (is_defined(place, *law, network, range)) network.friction_law = law;
        }
    }
}

}  // namespace bloodflow

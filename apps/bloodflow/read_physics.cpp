#include "bloodflow/read_physics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

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

std::vector<ir::Symbol> with_known(std::vector<ir::Symbol> variables) {
    for (ir::Symbol& s : known_names()) variables.push_back(std::move(s));
    return variables;
}

const std::vector<ir::Symbol>& area() {
    static const std::vector<ir::Symbol> symbols{{"A", ir::parse_unit("m^2"), {1e-9, 1e-2}, 0}};
    return symbols;
}

const std::vector<ir::Symbol>& area_and_velocity() {
    static const std::vector<ir::Symbol> symbols{area().front(),
                                                 {"u", ir::parse_unit("m/s"), {-5.0, 5.0}, 0}};
    return symbols;
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

/// A function whose arguments are `symbols`, all of them in order, whichever the given one takes.
std::optional<ir::Function> arranged(const GivenLaw& law, const std::vector<ir::Symbol>& symbols,
                                     const std::string& key, asp::Diagnostics& diagnostics) {
    ir::Function f;
    f.name = law.function.name;
    f.source = law.function.source;
    f.graph = std::make_shared<ir::Graph>();
    for (const ir::Symbol& s : symbols) f.arguments.push_back({s.name, s.unit, s.range});
    std::vector<ir::Expression> replacements;
    for (const ir::Argument& argument : law.function.arguments) {
        const auto same = [&](const ir::Symbol& s) { return s.name == argument.name; };
        const auto known = std::find_if(symbols.begin(), symbols.end(), same);
        if (known != symbols.end()) {
            replacements.push_back(f.argument(static_cast<std::size_t>(known - symbols.begin())));
        } else if (argument.preset) {
            replacements.push_back(f.graph->constant(*argument.preset));
        } else {
            std::string names;
            for (const ir::Symbol& s : symbols) names += (names.empty() ? "" : ", ") + s.name;
            diagnostics.error(
                fmt::format("{} = {}: nothing is known of its argument '{}'; "
                            "expected {}, or an argument with a default",
                            key, law.function.name, argument.name, names));
            return std::nullopt;
        }
    }
    if (law.function.results.size() != 1) {
        diagnostics.error(fmt::format("{} = {}: it returns {} numbers; expected one", key,
                                      law.function.name, law.function.results.size()));
        return std::nullopt;
    }
    const ir::Result& result = law.function.results[0];
    f.results = {{result.name, ir::substitute(result.value, *f.graph, replacements), result.unit}};
    return f;
}

using Complain = std::function<void(const std::string&)>;

/// Complains about the first vessel and area, from small to large, where the law is of no use.
bool is_defined(const Complain& complain, const TubeLaw& law, const Network& network,
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
                complain(fmt::format(
                    "{} at A = {:.3g} m^2, {:.3g} of the reference area of '{}'; expected a "
                    "pressure that rises with A from {:.3g} to {:.3g} of it "
                    "(physics.area_range)",
                    what, part * wall.reference_area, part, v.name, range[0], range[1]));
                return false;
            }
    return true;
}

bool is_defined(const Complain& complain, const FrictionLaw& law, const Network& network,
                const std::array<double, 2>& range) {
    for (const Vessel& v : network.vessels)
        for (const double part : {range[0], 1.0, range[1]})
            for (const double u : {-2.0, -0.1, -1e-6, 0.0, 1e-6, 0.1, 2.0}) {
                const WallSection wall = v.wall(0.5);
                const double force = law.at(part * wall.reference_area, u, wall);
                if (std::isfinite(force) && force * u >= 0.0) continue;
                complain(fmt::format(
                    "{:.3g} N/m at u = {:.3g} m/s and {:.3g} of the reference area of '{}'; "
                    "expected a number of the sign of u, the force against the flow",
                    force, u, part, v.name));
                return false;
            }
    return true;
}

/// A law of a run file, or of the program that took its place.
struct Law {
    ir::Function function;  ///< of its variables, then of the wall's properties
    std::string text;
    Complain complain;
};

/// What `physics` has under a key, or the program in place of it. Nothing where there is neither,
/// or where it is wrong.
std::optional<Law> law_of(const Place& physics, const char* key, const FormulaReader& formulas,
                          const std::optional<GivenLaw>& given,
                          const std::vector<ir::Symbol>& variables, const char* unit,
                          const Blood& blood) {
    std::optional<ir::Function> function;
    Law law;
    if (given) {
        physics.has(key);  // it is known, and not read
        function = arranged(*given, with_known(variables), key, physics.diagnostics());
        law.text = given->text;
        law.complain = [name = fmt::format("{} = {}: ", key, given->function.name),
                        &to = physics.diagnostics()](const std::string& what) {
            to.error(name + what);
        };
    } else if (physics.has(key)) {
        const Place place = physics.child(key);
        function = formulas.read(physics, key, variables, ir::parse_unit(unit));
        if (function) law.text = place.as_text();
        law.complain = [place](const std::string& what) { place.error(what); };
    }
    if (!function) return std::nullopt;
    const ir::Unit expected = ir::parse_unit(unit), &got = function->results[0].unit;
    if (got && *got != *expected) {  // of a formula that has been said
        law.complain(fmt::format("its unit is {}; expected {}", ir::to_string(*got), unit));
        return std::nullopt;
    }
    law.function = with_blood(*function, variables.size(), blood);
    return law;
}

std::array<double, 2> read_area_range(const Place& physics) {
    if (!physics.has("area_range")) return {0.25, 4.0};
    const auto given = physics.numbers("area_range", 2);
    if (given.size() == 2 && given[0] > 0.0 && given[0] < 1.0 && given[1] > 1.0)
        return {given[0], given[1]};
    if (given.size() == 2)
        physics.error("area_range",
                      "expected two fractions of the reference area, below and above 1");
    return {0.25, 4.0};
}

}  // namespace

std::vector<std::string> PhysicsFunctions::provenance() const {
    std::vector<std::string> lines;
    const auto add = [&](const char* key, const std::optional<GivenLaw>& law) {
        if (!law) return;
        lines.push_back(fmt::format("physics.{}={}", key, law->text));
        for (const ir::Argument& argument : law->function.arguments)
            if (argument.preset)
                lines.push_back(
                    fmt::format("physics.{}.{}={}", key, argument.name, *argument.preset));
    };
    add("tube_law", tube_law);
    add("friction", friction);
    return lines;
}

std::vector<ir::Symbol> tube_law_symbols() {
    return with_known(area());
}

std::vector<ir::Symbol> friction_symbols() {
    return with_known(area_and_velocity());
}

void read_physics(const Place& root, const PhysicsFunctions& functions, Network& network) {
    const bool given = functions.tube_law || functions.friction;
    if (!root.has("physics") && !given) return;
    const Place physics =
        root.has("physics") ? root.required_map("physics") : root.optional_map("physics");
    const FormulaReader formulas(physics.optional_map("parameters"), known_names());
    const std::array<double, 2> range = read_area_range(physics);
    if (network.vessels.empty()) return;
    if (auto found = law_of(physics, "tube_law", formulas, functions.tube_law, area(), "Pa",
                            network.blood)) {
        if (!ir::depends_on(found->function.results[0].value,
                            [](std::size_t i) { return i == 0; })) {
            found->complain("expected a pressure that depends on the area A");
        } else {
            const auto law = std::make_shared<const TubeLaw>(found->text, found->function);
            if (is_defined(found->complain, *law, network, range))
                for (Vessel& v : network.vessels) v.tube_law = law;
        }
    }
    if (auto found = law_of(physics, "friction", formulas, functions.friction, area_and_velocity(),
                            "N/m", network.blood)) {
        const auto law = std::make_shared<const FrictionLaw>(found->text, found->function);
        if (is_defined(found->complain, *law, network, range)) network.friction_law = law;
    }
}

}  // namespace bloodflow

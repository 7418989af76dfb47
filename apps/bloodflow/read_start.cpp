#include "bloodflow/read_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/ir/rewrite.hpp"
#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/formulas.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

using Place = asp::config::Node;

/// The place, then the wall; units are left open, for pressures are in mmHg here.
std::vector<ir::Symbol> known_names() {
    std::vector<ir::Symbol> known{{"x", {}, {}, 0}, {"L", {}, {}, 0}};
    for (const ir::Argument& a : wall_symbols()) known.push_back({a.name, {}, a.range, 0});
    known.push_back({"mmHg", {}, {}, 0});
    return known;
}

/// Of place and wall in SI, from a formula in another unit.
ir::Function in_si(const ir::Function& function, double unit) {
    ir::Function f;
    f.name = function.name;
    f.graph = std::make_shared<ir::Graph>();
    std::vector<ir::Expression> replacements;
    for (std::size_t i = 0; i < StartFormulas::arguments; ++i) {
        f.arguments.push_back(function.arguments[i]);
        replacements.push_back(f.argument(i));
    }
    replacements.push_back(f.graph->constant(mmHg));
    f.results = {{function.results[0].name,
                  unit * ir::substitute(function.results[0].value, *f.graph, replacements),
                  {}}};
    return f;
}

/// Complains about the first place, along the vessels, where nothing can begin. Half a cell apart.
bool makes_sense(const Place& run, const StartFormulas& formulas, const RunConfig& config) {
    for (const Vessel& vessel : config.network.vessels) {
        const double cells = vessel.length / config.numerics.cell_length;
        const int samples = static_cast<int>(std::clamp(2.0 * cells, 100.0, 1e5));
        for (int i = 0; i <= samples; ++i) {
            const double s = static_cast<double>(i) / samples;
            const auto [pressure, velocity] = formulas.at(vessel, s);
            const std::string place =
                fmt::format("in '{}' at x = {:.4g} m", vessel.name, s * vessel.length);
            if (!std::isfinite(pressure)) {
                run.error("initial_pressure_mmhg", fmt::format("{} {}; expected a finite number",
                                                               detail::shown(pressure), place));
                return false;
            }
            if (!(vessel.wall(s).root(pressure) > 0.0)) {
                run.error("initial_pressure_mmhg",
                          fmt::format("{:.4g} mmHg {}; expected a pressure at which it does not "
                                      "collapse",
                                      pressure / mmHg, place));
                return false;
            }
            if (!std::isfinite(velocity)) {
                run.error("initial_velocity_m_s", fmt::format("{} {}; expected a finite number",
                                                              detail::shown(velocity), place));
                return false;
            }
        }
    }
    return true;
}

void read_formulas(const Place& run, RunConfig& config) {
    const FormulaReader formulas(run.optional_map("parameters"), known_names());
    const auto pressure = formulas.read(run, "initial_pressure_mmhg", {}, std::nullopt);
    std::optional<ir::Function> velocity;
    if (run.has("initial_velocity_m_s")) {
        velocity = formulas.read(run, "initial_velocity_m_s", {}, std::nullopt);
        if (!velocity) return;
    }
    if (!pressure) return;
    ir::Function still = *pressure;
    still.results[0].value = still.graph->constant(0.0);
    const auto start = std::make_shared<const StartFormulas>(
        in_si(*pressure, mmHg), in_si(velocity ? *velocity : still, 1.0));
    if (config.mode == RunMode::periodic)
        run.error("start", "expected in mode 'transient' only");
    else if (makes_sense(run, *start, config))
        config.formulas = start;
}

}  // namespace

void read_start(const Place& run, RunConfig& config) {
    const std::string start = run.choice("start", {"steady", "rest", "formula"},
                                         config.mode == RunMode::periodic ? "steady" : "rest");
    config.start = start == "steady" ? Start::steady
                   : start == "rest" ? Start::rest
                                     : Start::formula;
    config.rest_pressure =
        mmHg *
        run.number("rest_pressure_mmhg", config.network.vessels.empty()
                                             ? 0.0
                                             : config.network.vessels[0].reference_pressure / mmHg);
    if (config.start == Start::formula) {
        read_formulas(run, config);
        return;
    }
    for (const char* key : {"initial_pressure_mmhg", "initial_velocity_m_s", "parameters"})
        if (run.has(key)) run.error(key, "expected with 'start: formula' only");
    for (const Vessel& vessel : config.network.vessels)
        for (const double place : {0.0, 1.0})
            if (config.start == Start::rest &&
                !(vessel.wall(place).root(config.rest_pressure) > 0.0)) {
                run.error("rest_pressure_mmhg",
                          fmt::format("expected a pressure at which '{}' does not collapse",
                                      vessel.name));
                config.start = Start::steady;
            }
}

}  // namespace bloodflow

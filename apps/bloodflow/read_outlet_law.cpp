#include "bloodflow/read_outlet_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include "asp/ir/rewrite.hpp"
#include "bloodflow/detail/read_values.hpp"
#include "bloodflow/formulas.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

using Place = asp::config::Node;

constexpr const char* no_state = "state";  // a name for what no formula can name

struct State {
    std::string name = no_state;
    ir::Unit unit;
    std::optional<double> initial;
};

bool is_name(const std::string& text) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return false;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
    for (const char* taken : {"Q", "Z0", "t", "pi", "e", "inf", "nan"})
        if (text == taken) return false;
    return true;
}

std::optional<State> read_state(const Place& place) {
    const std::size_t complaints = place.diagnostics().size();
    State state;
    state.name = place.text("name");
    if (place.diagnostics().size() == complaints && !is_name(state.name))
        place.error("name", "expected a name of letters, digits and '_' that has no meaning yet");
    if (place.has("unit")) {
        state.unit = ir::parse_unit(place.text("unit"));
        if (!state.unit)
            place.error("unit", "expected SI units without prefixes, such as 'Pa' or 'm^3'");
    }
    if (place.has("initial")) state.initial = place.number("initial");
    if (place.diagnostics().size() != complaints) return std::nullopt;
    return state;
}

/// Of Q and the state; the vessel's impedance becomes a number.
ir::Function with_impedance(const ir::Function& function, bool has_state, double impedance) {
    ir::Function f;
    f.name = function.name;
    f.source = function.source;
    f.graph = std::make_shared<ir::Graph>();
    f.arguments = {function.arguments[0],
                   has_state ? function.arguments[2] : ir::Argument{no_state, {}, {}}};
    std::vector<ir::Expression> replacements{f.argument(0), f.graph->constant(impedance)};
    if (has_state) replacements.push_back(f.argument(1));
    f.results = {{function.results[0].name,
                  ir::substitute(function.results[0].value, *f.graph, replacements),
                  function.results[0].unit}};
    return f;
}

/// What a sample of a law shows.
struct Sample {
    double flow, state;
    OutletLaw::Value value;
};

std::string at_words(const OutletLaw& law, const std::string& state, const Sample& s) {
    std::string words = fmt::format("Q = {:.3g} m^3/s", s.flow);
    if (law.has_state()) words += fmt::format(" and {} = {:.3g}", state, s.state);
    return words;
}

/// Complains where a law is of no use at a sample.
bool is_of_use(const Place& terminal, const Sample& sample, const std::string& place,
               const std::string& range) {
    const OutletLaw::Value& v = sample.value;
    if (!v.finite()) {
        const bool pressure = !std::isfinite(v.pressure + v.pressure_by_flow + v.pressure_by_state);
        const double value = pressure ? v.pressure : v.rate;
        (pressure ? terminal.child("pressure_pa") : terminal.child("state").child("rate"))
            .error(std::isfinite(value)
                       ? fmt::format("its slope is not finite at {}; expected a finite number "
                                     "with a finite slope {}",
                                     place, range)
                       : fmt::format("it is {} at {}; expected a finite number {}",
                                     detail::shown(value), place, range));
        return false;
    }
    if (v.pressure_by_flow >= 0.0) return true;
    terminal.error("pressure_pa",
                   fmt::format("it falls as the outflow rises, by {:.3g} Pa s/m^3, at {}; expected "
                               "a pressure that does not {}",
                               -v.pressure_by_flow, place, range));
    return false;
}

/// Complains about the first flow for which the law is of no use. Flows up to 1 m/s at the
/// reference area, either way: reflections send blood back through outlets too.
bool is_defined(const Place& terminal, const OutletLaw& law, const std::string& state,
                const Vessel& vessel, double reference_area) {
    const double guess = law.initial_state().value_or(0.0);
    std::vector<double> states{law.state_at_pressure(vessel.reference_pressure, 0.0, guess),
                               law.steady_state(0.0, guess),
                               law.initial_state().value_or(std::nan(""))};
    if (std::none_of(states.begin(), states.end(), [](double s) { return std::isfinite(s); })) {
        terminal.error("state",
                       fmt::format("expected a state that is steady without flow, or 'initial', "
                                   "the value of {} at the start",
                                   state));
        return false;
    }
    const std::string range = fmt::format("for flows to {:.3g} m^3/s either way, 1 m/s in '{}'",
                                          reference_area, vessel.name);
    for (const double speed : {0.0, 1e-3, -1e-3, 0.1, -0.1, 1.0, -1.0}) {
        const double flow = speed * reference_area;
        std::vector<double> here = states;
        here.push_back(law.steady_state(flow, guess));
        for (const double s : here) {
            if (!std::isfinite(s)) continue;
            const Sample sample{flow, s, law.at(flow, s)};
            if (!is_of_use(terminal, sample, at_words(law, state, sample), range)) return false;
        }
    }
    return true;
}

}  // namespace

std::shared_ptr<const OutletLaw> read_outlet_law(const Place& terminal, const Network& network,
                                                 std::optional<std::size_t> node) {
    const std::size_t complaints = terminal.diagnostics().size();
    std::vector<ir::Symbol> known{{"Q", ir::parse_unit("m^3/s"), {}, 0},
                                  {"Z0", ir::parse_unit("Pa s/m^3"), {}, 0}};
    const bool has_state = terminal.has("state");
    State state;
    if (has_state) {
        const Place place = terminal.required_map("state");
        const auto read = read_state(place);
        if (!read) {  // nothing more is to be said about formulas of it
            for (const char* key : {"pressure_pa", "parameters"}) terminal.has(key);
            place.has("rate");
            return nullptr;
        }
        state = *read;
        known.push_back({state.name, state.unit, {}, 0});
    }
    const FormulaReader formulas(terminal.optional_map("parameters"), known);
    const auto pressure = formulas.read(terminal, "pressure_pa", {}, ir::parse_unit("Pa"));
    std::optional<ir::Function> rate;
    if (has_state) {
        const auto per_second = ir::parse_unit("s^-1");
        const ir::Unit unit = state.unit ? ir::Unit(*state.unit * *per_second) : ir::Unit{};
        rate = formulas.read(terminal.child("state"), "rate", {}, unit);
    }
    if (terminal.diagnostics().size() != complaints || !pressure || (has_state && !rate))
        return nullptr;
    const double impedance = node ? network.characteristic_impedance(*node) : 1.0;
    if (rate) rate = with_impedance(*rate, has_state, impedance);
    auto law = std::make_shared<const OutletLaw>(with_impedance(*pressure, has_state, impedance),
                                                 std::move(rate), state.initial);
    if (!node) return law;
    for (const Vessel& v : network.vessels) {
        if (v.from != *node && v.to != *node) continue;
        const double area = v.wall(v.to == *node ? 1.0 : 0.0).reference_area;
        return is_defined(terminal, *law, state.name, v, area) ? law : nullptr;
    }
    return law;
}

}  // namespace bloodflow

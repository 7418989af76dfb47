#include "bloodflow/formulas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "asp/ir/rewrite.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

using Place = asp::config::Node;

std::optional<double> as_plain_number(const std::string& text) {
    double value;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

ir::Function constant(double value, ir::Unit unit) {
    ir::Function f;
    f.graph = std::make_shared<ir::Graph>();
    f.results = {{"value", f.graph->constant(value), unit}};
    return f;
}

std::shared_ptr<const ir::Source> source_of(const Place& place) {
    ir::Source source;
    source.place = place.where();
    if (!source.place.starts_with("--set")) source.place += ": " + place.path();
    source.text = place.as_text();
    return std::make_shared<const ir::Source>(std::move(source));
}

}  // namespace

FormulaReader::FormulaReader(const Place& parameters, std::vector<ir::Symbol> known)
    : known_(std::move(known)) {
    for (const Place& place : parameters.children()) {
        Parameter parameter;
        parameter.symbol.name = place.key();
        const auto clash = [&](const ir::Symbol& s) { return s.name == place.key(); };
        if (std::any_of(known_.begin(), known_.end(), clash)) {
            place.error("expected a name that has no meaning yet");
            continue;
        }
        if (place.is_map()) {
            const double value = place.number("value");
            const std::string text = place.text("unit");
            const auto unit = ir::parse_unit(text);
            if (!unit)
                place.error("unit", "expected SI units without prefixes, such as 'Pa s/m^3'");
            parameter.symbol.unit = unit;
            parameter.value = constant(value, unit);
        } else if (const auto number = as_plain_number(place.as_text())) {
            parameter.value = constant(*number, std::nullopt);
        } else {
            auto value = parse(place, {});
            if (!value) continue;
            parameter.value = std::move(*value);
            parameter.symbol.unit = parameter.value.results[0].unit;
        }
        parameters_.push_back(std::move(parameter));
    }
}

std::optional<ir::Function> FormulaReader::parse(const Place& place,
                                                 const std::vector<ir::Symbol>& variables) const {
    ir::Environment environment;
    environment.arguments = variables;
    environment.arguments.insert(environment.arguments.end(), known_.begin(), known_.end());
    const std::size_t kept = environment.arguments.size();
    for (const Parameter& p : parameters_) environment.arguments.push_back(p.symbol);
    const auto parsed = ir::parse_expression(source_of(place), environment, place.diagnostics());
    if (!parsed) return std::nullopt;

    ir::Function inlined;
    inlined.name = parsed->name;
    inlined.graph = std::make_shared<ir::Graph>();
    inlined.source = parsed->source;
    inlined.arguments.assign(parsed->arguments.begin(),
                             parsed->arguments.begin() + static_cast<std::ptrdiff_t>(kept));
    std::vector<ir::Expression> replacements, of_known;
    for (std::size_t i = 0; i < kept; ++i) {
        replacements.push_back(inlined.argument(i));
        if (i >= variables.size()) of_known.push_back(inlined.argument(i));
    }
    for (const Parameter& p : parameters_)
        replacements.push_back(ir::substitute(p.value.results[0].value, *inlined.graph, of_known));
    inlined.results = {{parsed->results[0].name,
                        ir::substitute(parsed->results[0].value, *inlined.graph, replacements),
                        parsed->results[0].unit}};
    return inlined;
}

std::optional<ir::Function> FormulaReader::read(const Place& map, const std::string& key,
                                                const std::vector<ir::Symbol>& variables,
                                                ir::Unit unit) const {
    const Place place = map.child(key);
    if (!place.is_scalar()) {
        map.text(key);  // says what is wrong
        return std::nullopt;
    }
    auto function = parse(place, variables);
    if (!function) return std::nullopt;
    const ir::Unit& got = function->results[0].unit;
    if (got && unit && *got != *unit) {
        place.error(
            fmt::format("its unit is {}; expected {}", ir::to_string(*got), ir::to_string(*unit)));
        return std::nullopt;
    }
    return function;
}

}  // namespace bloodflow

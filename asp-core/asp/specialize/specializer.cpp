#include "asp/specialize/specializer.hpp"

#include <fmt/format.h>

namespace asp {

std::optional<Problem> parse_problem(const Specializer& specializer,
                                     std::shared_ptr<const ir::Source> source,
                                     const ir::Environment& environment, const Constants& given,
                                     Diagnostics& diagnostics) {
    const std::vector<ir::Function> functions =
        ir::parse_functions(std::move(source), environment, diagnostics);
    if (functions.empty()) return {};
    return specializer.parse(functions.back(), given, diagnostics);
}

std::vector<long> run_time_parameters(const Space& space, const Variant& variant) {
    Variant at_run_time;
    for (const Parameter& p : space.parameters)
        if (p.binding == Binding::run_time) at_run_time[p.name] = variant.at(p.name);
    std::vector<long> values;
    for (const auto& [name, value] : at_run_time) values.push_back(value);
    return values;
}

std::string to_string(const Variant& variant) {
    std::string text;
    for (const auto& [name, value] : variant)
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
    return text;
}

}  // namespace asp

#include "bloodflow/detail/read_values.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "asp/base/text.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow::detail {

using Place = asp::config::Node;

std::optional<std::size_t> lookup(const Place& node, const std::string& key, const Numbers& known,
                                  const std::string& what) {
    const std::string name = node.text(key);
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    if (!node.child(key).is_scalar()) return std::nullopt;  // said already
    std::vector<std::string> names;
    for (const auto& [other, number] : known) names.push_back(other);
    const auto near = asp::nearest_name(name, names);
    node.error(key, near ? fmt::format("expected the name of a {}; did you mean '{}'?", what, *near)
                         : fmt::format("expected the name of a {}", what));
    return std::nullopt;
}

std::string shown(double number) {
    return std::isnan(number) ? "nan" : fmt::format("{:.4g}", number);
}

double read_pressure(const Place& node, const std::string& name, std::optional<double> fallback) {
    const std::string kpa = name + "_kpa", mmhg = name + "_mmhg";
    if (node.has(kpa) && node.has(mmhg))
        node.error(kpa, fmt::format("expected either this or '{}'", mmhg));
    if (node.has(kpa)) return 1e3 * node.number(kpa);
    if (!fallback) return mmHg * node.number(mmhg);
    return mmHg * node.number(mmhg, *fallback / mmHg);
}

}  // namespace bloodflow::detail

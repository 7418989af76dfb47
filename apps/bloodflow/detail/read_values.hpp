#pragma once
// Private to the readers of networks and runs.

#include <map>
#include <optional>
#include <string>

#include "asp/config/node.hpp"

namespace bloodflow::detail {

/// Things of a network by their names.
using Numbers = std::map<std::string, std::size_t>;

/// Number of the thing called `name` in a list; complains with the nearest name.
std::optional<std::size_t> lookup(const asp::config::Node& node, const std::string& key,
                                  const Numbers& known, const std::string& what);

/// A number that may not be one, as messages show it: a NaN has no sign.
std::string shown(double number);

/// [Pa] from `name`_kpa or `name`_mmhg.
double read_pressure(const asp::config::Node& node, const std::string& name,
                     std::optional<double> fallback);

}  // namespace bloodflow::detail

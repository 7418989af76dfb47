#pragma once

#include <memory>
#include <optional>

#include "asp/config/node.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Reads the formulas of a terminal: `pressure_pa` of the outflow Q and of a `state` with a rate.
/// Null, and complaints, where they are wrong or undefined for flows that may come. `node`: where
/// the terminal stands, unless that is unknown.
std::shared_ptr<const OutletLaw> read_outlet_law(const asp::config::Node& terminal,
                                                 const Network& network,
                                                 std::optional<std::size_t> node);

}  // namespace bloodflow

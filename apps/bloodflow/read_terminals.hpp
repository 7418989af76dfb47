#pragma once

#include <vector>

#include "asp/config/node.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Reads the list `terminals` of a network file, or of a run file, whose terminals take the place
/// of the network's at their nodes. `vessels_known`: the network's vessels are of use to them.
void read_terminals(const asp::config::Node& root, Network& network, bool vessels_known);

}  // namespace bloodflow

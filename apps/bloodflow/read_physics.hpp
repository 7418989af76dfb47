#pragma once

#include "asp/config/node.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Reads the map `physics` of a run file, formulas in place of built-in laws, into the network, all
/// of whose vessels get them. A formula that is wrong, or undefined for an area in its range at any
/// vessel, is a complaint.
void read_physics(const asp::config::Node& root, Network& network);

}  // namespace bloodflow

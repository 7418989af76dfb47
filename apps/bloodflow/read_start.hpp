#pragma once

#include "asp/config/node.hpp"
#include "bloodflow/run.hpp"

namespace bloodflow {

/// Reads where a run begins: `start` of the map `run` and what belongs to it. Mode, network and
/// numerics are known.
void read_start(const asp::config::Node& run, RunConfig& config);

}  // namespace bloodflow

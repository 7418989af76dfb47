#pragma once

#include <string>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// A run as an SVG picture: the network seen from the front, coloured by mean pressure, its vessels
/// as wide as their radius; a close-up from above of `config.close_up`, with mean flows; pressure
/// and flow of the vessels in `config.report` over the recorded time.
std::string draw(const RunConfig& config, const RunRecord& record);

}  // namespace bloodflow

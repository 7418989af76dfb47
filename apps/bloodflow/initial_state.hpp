#pragma once

#include <optional>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Cells and terminals at the start of a run: of the steady network, of blood at rest, or as the
/// run's formulas say. `steady`: of Start::steady.
FlowState initial_state(const RunConfig& config, const Mesh& mesh,
                        const std::optional<SteadyFlow>& steady);

/// The fastest signal [m/s] in a vessel at that start; peak flows are several times the mean.
double initial_speed(const RunConfig& config, std::size_t vessel,
                     const std::optional<SteadyFlow>& steady);

}  // namespace bloodflow

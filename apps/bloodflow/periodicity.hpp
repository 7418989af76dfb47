#pragma once

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Compares the states at both ends of a cycle, cell by cell: equal states repeat for ever.
/// `waveforms` of the cycle give the scales and the compliance.
CycleReport compare_cycle_ends(const RunConfig& config, const Mesh& mesh, const CyclePair& pair,
                               const Waveforms& waveforms);

}  // namespace bloodflow

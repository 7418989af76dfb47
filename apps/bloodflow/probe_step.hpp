#pragma once

#include "bloodflow/step_kernels.hpp"

namespace bloodflow {

/// Whether two sets of kernels take a network from the same uneven state to the same next one, to
/// rounding. On a few cells a vessel: a millisecond or less.
bool agrees(const Network& network, const StepKernels& kernels, const StepKernels& oracle);

}  // namespace bloodflow

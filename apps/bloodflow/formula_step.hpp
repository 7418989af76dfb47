#pragma once

#include <string>

#include "asp/specialize/kernel.hpp"
#include "bloodflow/step_kernels.hpp"

namespace bloodflow {

/// Kernels for a network's physics, ready before the first step, so that a result never depends on
/// when a compile finished: specialized where mode and machine allow, otherwise the built-in ones,
/// or the interpreter where a formula takes their place. A lower rung than the mode asks for is
/// said in one line, with the reason and the cure; in mode `required` it throws
/// asp::BackendError.
StepKernels make_step(const Network& network, const asp::Context& context);

/// The rung that needs no compiler, whatever the physics.
StepKernels interpreted_step(const Network& network);

/// The translation units of the specialized kernels, to read.
std::string step_source(const Network& network);

}  // namespace bloodflow

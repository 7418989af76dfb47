#pragma once

#include "asp/specialize/specializer.hpp"
#include "gmm/kernel_config.hpp"

namespace gmm::detail {

/// An EM kernel's meaning, frame by frame and in double precision.
asp::Interpreter oracle(const KernelConfig& config);

}  // namespace gmm::detail

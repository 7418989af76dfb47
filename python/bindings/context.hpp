#pragma once

#include <string>

#include "asp/specialize/kernel.hpp"

namespace asp::python {

/// What kernels are made with in this process, for an index space of `extent`: "interpret" means
/// never to compile; a variant that was tuned for just this problem is taken.
Context context_of(const std::string& mode, long extent);

}  // namespace asp::python

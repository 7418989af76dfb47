#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp::stencil::detail {

Interpreter interpreter_of(const Problem& problem);

}  // namespace asp::stencil::detail

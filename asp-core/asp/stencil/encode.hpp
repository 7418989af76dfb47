#pragma once

#include "asp/ir/grid.hpp"
#include "asp/specialize/problem.hpp"

namespace asp::stencil {

/// A grid function as specializers get it. The function's arguments: scalars, shape, indices, loads
/// (as in ir::GridFunction), then one for each field, unused, which has its name. Its results: of
/// each loop the stores, then the reductions. The constants say the rest; numbers that are not
/// whole stand there with their bits.
Problem encode(const ir::GridFunction& function);

/// The inverse. Precondition: `problem` is what the specializer's parse() gave.
ir::GridFunction decode(const Problem& problem);

/// What keeps a problem from being a grid function that can be run, as lines for people.
std::vector<std::string> faults(const Problem& problem);

}  // namespace asp::stencil

#pragma once

#include "bloodflow/solver.hpp"

namespace bloodflow {

/// Throws BlowUp for the first cell whose area is not positive, or whose flow is faster than its
/// waves.
[[noreturn]] void throw_cell_blow_up(const Network& network, const FlowSolver& solver);
/// Throws BlowUp for a node whose equations have no solution.
[[noreturn]] void throw_node_blow_up(const Network& network, std::size_t node, double time);

}  // namespace bloodflow

#pragma once

#include "bloodflow/solver.hpp"

namespace bloodflow {

/// Throws BlowUp for the first cell, if any, whose area is not positive or whose flow is faster
/// than its waves.
void throw_if_cells_blew_up(const Network& network, const FlowSolver& solver);
/// Throws BlowUp for a node whose equations have no solution.
[[noreturn]] void throw_node_blow_up(const Network& network, std::size_t node, double time);

}  // namespace bloodflow

#pragma once
// For `asp bench`: stencils against what the memory can do.

#include <string>
#include <vector>

#include "asp/stencil/stencil.hpp"

namespace asp::stencil {

/// One line of a benchmark: medians of one run, in turns.
struct BenchmarkRow {
    std::string name;  ///< "7-point 256^3, one sweep"
    double ours_seconds;
    std::string reference_name;
    double reference_seconds;
    double ratio;  ///< reference over ours, median of the ratios of the rounds
};

/// The 7-point stencil on `size3`^3 points and the 5-point one on `size2`^2, on the pool's harts:
/// one sweep against a copy of the field (the better of memcpy and of stores past the caches: one
/// read and one write of each point, like the sweep), and ten steps against ten sweeps.
std::vector<BenchmarkRow> benchmark_sweeps(const Context& context, HartPool& pool, long size3,
                                           long size2, int rounds);

/// Seconds of a call on a grid of 3^3 points, of which one is computed.
double seconds_per_tiny_call(const Context& context);

}  // namespace asp::stencil

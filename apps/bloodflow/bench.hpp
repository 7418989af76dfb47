#pragma once
// What the parts of `bloodflow bench` share.

#include <functional>
#include <string>
#include <vector>

#include "bloodflow/commands.hpp"
#include "bloodflow/run_config.hpp"

namespace bloodflow {

struct BenchRow {
    std::string name;
    std::size_t threads;
    double ours;
    double reference;  ///< NaN: none
    std::string unit;
    std::string reference_name;
};

double seconds_of(const std::function<void()>& work);
double median(std::vector<double> values);
/// Time per cell and step over `steps` steps from `start` [ns].
double ns_per_update(FlowSolver& solver, const FlowState& start, int steps);

/// Specialized kernels against the built-in ones and the interpreter's, and what they cost to make.
void bench_specialized(const CommandLine& line, std::vector<BenchRow>& rows);

}  // namespace bloodflow

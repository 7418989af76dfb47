#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "asp/specialize/specializer.hpp"
#include "asp/tune/quarantine.hpp"
#include "asp/tune/timing.hpp"

namespace asp::tune {

/// How a variant's first run ended, and why not well.
struct FirstRun {
    db::Status status = db::Status::ok;
    std::string what;  ///< "y[3] is 2, the interpreter has 3"
};

/// The same input for every variant of a problem: what it is timed on, and what it must compute.
class Workload {
public:
    /// The specializer's example, over an index space of `extent`. The interpreter works on it
    /// once.
    Workload(const Specializer& specializer, const Problem& problem, std::uint64_t seed,
             long extent);

    /// Runs the kernel in quarantine and compares its results with the interpreter's.
    /// `parameters`: its run-time parameters, in order.
    FirstRun first_run(Entry entry, std::span<const long> parameters,
                       const QuarantineLimits& limits) const;

    /// Calls of the kernel, here, each on fresh input. The workload outlives it.
    TimedWork work(Entry entry, const std::vector<long>& parameters);

private:
    Example input_;
    Example expected_;
    std::vector<Tolerance> tolerances_;
    Example scratch_;  ///< what timed calls work on
    std::vector<void*> places_;
};

}  // namespace asp::tune

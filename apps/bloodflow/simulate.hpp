#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "asp/specialize/kernel.hpp"
#include "bloodflow/case.hpp"

namespace bloodflow {

/// The kernels of a run, ready before its first step; `say` hears why one fell down a rung.
std::shared_ptr<const StepKernels> kernels_for(const Network& network, asp::Mode mode,
                                               const Say& say);

/// Where a run's results go while it goes on, and what it goes on from.
struct SimulateOptions {
    std::filesystem::path output = {};  ///< folder of results.h5; empty: nothing is written
    const RunRecord* resumed = nullptr;
};

/// `run` of a case. With a folder, what there is of the results is written every few seconds.
/// Throws asp::BackendError where it cannot be.
RunRecord simulate(const Case& prepared, asp::Team& team, const RunHooks& hooks,
                   const SimulateOptions& options);

/// Writes what a run leaves behind: results.h5, report.svg and, where the run asks for it, the
/// tubes for ParaView. Returns their paths. Throws asp::BackendError.
std::vector<std::filesystem::path> write_files(const std::filesystem::path& folder,
                                               const Case& prepared, const RunRecord& record,
                                               asp::Team& team);

}  // namespace bloodflow

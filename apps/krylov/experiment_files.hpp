#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "krylov/bandwidth.hpp"
#include "krylov/experiment.hpp"
#include "krylov/report.hpp"

namespace krylov {

/// What so many harts read from where.
struct HartSpeeds {
    std::size_t threads;
    std::vector<ReadSpeed> speeds;
};

/// The machine, the limits and what was found so far: all that the files and pictures show.
struct ExperimentRecord {
    std::string platform;  ///< JSON
    std::vector<HartSpeeds> limits;
    std::vector<CellResult> results;
};

/// Columns under /results, one entry a cell, beside the experiment's text and the machine. Throws
/// asp::BackendError.
void write_record(const std::filesystem::path& file, const Experiment& experiment,
                  const ExperimentRecord& record);

/// The results of an earlier run, for going on; none where there is no file. Throws InputError for
/// a file that is none of ours, or was measured on another machine than `platform`.
std::vector<CellResult> read_results(const std::filesystem::path& file,
                                     const std::string& platform);

/// For people, and as CSV.
Table table_of(const std::vector<CellResult>& results);

/// Time per nonzero and level over k, a panel for each matrix, with what memory allows: the matrix
/// read once a level, and read once in all.
std::string time_picture(const Experiment& experiment, const ExperimentRecord& record);
/// The best plain products' time over ours.
std::string speedup_picture(const Experiment& experiment, const ExperimentRecord& record);

}  // namespace krylov

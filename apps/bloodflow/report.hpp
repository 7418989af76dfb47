#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// How one cycle went, in one line without its end.
std::string cycle_line(const CycleReport& report);

/// A run at a glance: how it ended, flow and pressure of the vessels in `config.report` at their
/// middle, times, and `files`, what was written. With `colour` for a terminal that shows colours
/// and UTF-8; else in ASCII, but for the user's own names.
std::string screen_report(const RunConfig& config, const Mesh& mesh, const RunRecord& record,
                          bool colour, const std::vector<std::filesystem::path>& files = {});

}  // namespace bloodflow

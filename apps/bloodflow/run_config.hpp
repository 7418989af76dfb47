#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Reads a run file and the network that it names. `overrides` are "key=value" pairs that take the
/// place of the file's. Throws asp::InputError with all complaints of both files.
RunConfig read_run_config(const std::filesystem::path& path,
                          const std::vector<std::string>& overrides);

}  // namespace bloodflow

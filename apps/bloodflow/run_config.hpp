#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bloodflow/read_physics.hpp"
#include "bloodflow/run.hpp"

namespace bloodflow {

/// A run as a program has it: texts in place of files, functions in place of formulas.
struct RunText {
    std::filesystem::path name;          ///< for messages; files it names lie beside it
    std::string text;                    ///< of the run file
    std::optional<std::string> network;  ///< of the network file; none: `text` names it
};

/// Reads a run file and the network that it names. `overrides` are "key=value" pairs that take the
/// place of the file's; `functions`, that of its physics. Throws asp::InputError with all
/// complaints of both files.
RunConfig read_run_config(const std::filesystem::path& path,
                          const std::vector<std::string>& overrides,
                          const PhysicsFunctions& functions = {});
/// The same from texts.
RunConfig read_run_config(const RunText& run, const std::vector<std::string>& overrides,
                          const PhysicsFunctions& functions = {});

}  // namespace bloodflow

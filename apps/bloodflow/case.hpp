#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Hears what a person should know that ends nothing. May be empty.
using Say = std::function<void(const std::string&)>;

/// A run that has been read, with all that follows from its file.
struct Case {
    RunConfig config;
    std::optional<SteadyFlow> steady;  ///< of Start::steady
    Mesh mesh;
};

/// Solves the steady start, where the run asks for one, and makes the mesh. Throws asp::InputError
/// where there is no steady flow.
Case prepare(RunConfig config, const Say& say = {});

/// The steady flow under the inlets' mean flows. Throws asp::InputError where there is none.
SteadyFlow steady_of(const RunConfig& config);

/// What a run file or a network file holds, once it is found to be good.
struct Checked {
    Network network;
    std::optional<Mesh> mesh;  ///< of a run file
};
/// Reads either of them. Throws asp::InputError with all complaints.
Checked check_file(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                   const Say& say = {});
/// All complaints about it, none where it is good.
std::vector<std::string> complaints_about(const std::filesystem::path& path,
                                          const std::vector<std::string>& overrides);

}  // namespace bloodflow

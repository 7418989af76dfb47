#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmm/commands.hpp"
#include "gmm/engine.hpp"

namespace gmm {

/// What every summary begins with: program, command, version, status ("converged",
/// "not_converged", "failed", "interrupted"), inputs and platform; the other keys, empty, are for
/// the command.
nlohmann::json summary_of(const std::string& command, const CommandLine& line,
                          const std::string& status = "converged");

/// Rungs and origins of the kernels that an engine has run, for "kernels".
nlohmann::json kernels_of(const Engine& engine);

/// Says before a long run, not after it, that a file cannot be written there; empty: none is to be.
/// Throws asp::BackendError.
void require_writable(const std::filesystem::path& file);

/// That what will be written is nothing that is read: throws asp::InputError where `target` is one
/// of `sources`, files or "FILE.h5:/dataset"; `option` names the target.
void require_other(const std::string& option, const std::filesystem::path& target,
                   const std::vector<std::string>& sources);

/// Writes it in one step, where one was asked for. Throws asp::BackendError.
void write_summary(const CommandLine& line, const nlohmann::json& summary);

}  // namespace gmm

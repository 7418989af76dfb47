#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "krylov/commands.hpp"

namespace krylov {

/// What every summary begins with: program, command, version, status ("converged", "failed",
/// "interrupted"), inputs and platform; the other keys, empty, are for the command.
nlohmann::json summary_of(const std::string& command, const CommandLine& line,
                          const std::string& status = "converged");

/// Says before a long run, not after it, that it cannot be written. Throws asp::BackendError.
void require_writable_summary(const CommandLine& line);

/// Writes it in one step, where one was asked for. Throws asp::BackendError.
void write_summary(const CommandLine& line, const nlohmann::json& summary);

}  // namespace krylov

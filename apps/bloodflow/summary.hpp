#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// The word for it in files: "converged", "not_converged", "interrupted", "failed".
std::string status_word(RunStatus status);

/// The processor's own name, "unknown" where the system does not tell.
std::string processor_name();

/// A run in numbers, for programs to read.
nlohmann::json summary(const RunConfig& config, const Mesh& mesh, const RunRecord& record);

/// Writes it in one step. Throws asp::BackendError.
void write_summary(const std::filesystem::path& path, const nlohmann::json& summary);

}  // namespace bloodflow

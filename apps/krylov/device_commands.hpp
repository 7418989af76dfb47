#pragma once
// What `powers` and `tune` do with --backend cuda.

#include "krylov/commands.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/session.hpp"

namespace krylov {

/// Throws InputError for what a device does not have, and for a method that is none of its.
void require_device_options(const CommandLine& line);

asp::ExitCode powers_on_device(const CommandLine& line, const LoadedMatrix& loaded,
                               const Session& session);
asp::ExitCode tune_on_device(const CommandLine& line, const LoadedMatrix& loaded,
                             const Session& session);

}  // namespace krylov

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "asp/base/exit_codes.hpp"

namespace bloodflow {

/// What the command line says, whatever the command.
struct CommandLine {
    std::filesystem::path config;        ///< run file, or for `check` a network file too
    std::vector<std::string> overrides;  ///< --set key=value
    std::filesystem::path output = "out";
    std::filesystem::path resume;     ///< results file, empty: from the beginning
    std::filesystem::path summary;    ///< empty: none
    std::string backend = "auto";     ///< auto, cpu, reference
    std::string specialize = "auto";  ///< auto, sync, require, off
    bool show_kernel = false;
    std::size_t threads = 0;  ///< 0: all harts
    bool quiet = false;
};

// Each command prints for a person, writes its files and returns how it ended. Bad input throws
// asp::InputError, a machine that fails asp::BackendError.
asp::ExitCode run_command(const CommandLine& line);
asp::ExitCode steady_command(const CommandLine& line);
asp::ExitCode check_command(const CommandLine& line);
asp::ExitCode bench_command(const CommandLine& line);

}  // namespace bloodflow

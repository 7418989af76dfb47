#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/exit_codes.hpp"

namespace krylov {

/// What the command line says, whatever the command.
struct CommandLine {
    std::string matrix;   ///< file or description of a generated one
    std::string k = "8";  ///< for `tune` also "1..12" or "2,4,8"
    std::string basis = "monomial";
    double scale = 1.0;                ///< of the monomial basis
    std::string keep = "basis";        ///< basis, polynomial
    std::vector<double> coefficients;  ///< of the polynomial; empty: all 1
    int vectors = 1;
    std::string method = "auto", storage = "auto", numbering = "auto";
    std::optional<int> block, depth;
    std::optional<long> tile_kib;  ///< [KiB]
    std::optional<double> budget;  ///< [products]
    std::string x;                 ///< "FILE.h5:/x"; empty: random
    bool compare = false;
    std::vector<std::string> cross_check;  ///< names of peers
    bool show_kernel = false;
    int repetitions = 0;  ///< 0: as many as a second or two allows

    std::vector<std::string> cases;  ///< of `bench`; empty: all
    double size_scale = 1.0;         ///< of `bench`: of the grids' edges

    std::filesystem::path config;        ///< of `experiment`
    std::vector<std::string> overrides;  ///< --set key=value

    std::filesystem::path output;     ///< folder for results; empty: none
    std::filesystem::path summary;    ///< empty: none
    std::string backend = "auto";     ///< auto, cpu, cuda
    std::string specialize = "auto";  ///< auto, sync, require, off
    std::size_t threads = 0;          ///< 0: all harts
    bool quiet = false;
};

// Each command prints for a person, writes its files and returns how it ended. Bad input throws
// asp::InputError, a machine that fails asp::BackendError, Ctrl-C Interrupted (timing.hpp).
asp::ExitCode powers_command(const CommandLine& line);
asp::ExitCode info_command(const CommandLine& line);
asp::ExitCode tune_command(const CommandLine& line);
asp::ExitCode bench_command(const CommandLine& line);
asp::ExitCode experiment_command(const CommandLine& line);

}  // namespace krylov

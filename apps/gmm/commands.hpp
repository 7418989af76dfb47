#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/exit_codes.hpp"

namespace gmm {

/// What the command line says, whatever the command. Text is looked at by the command that needs
/// it.
struct CommandLine {
    std::vector<std::string> inputs;  ///< "FILE.h5:/dataset", "FILE.npy"
    std::string weights;              ///< the same, of sample weights; empty: none
    std::string rows;                 ///< "FIRST:END"; empty: all
    std::optional<long> memory_mib;   ///< for frames [MiB]; none: a quarter of all there is

    std::optional<long> components;
    std::optional<long> dimension;          ///< of `tune`
    std::optional<std::string> covariance;  ///< full, tied, diag, spherical
    std::optional<std::string> init;        ///< a way to start, or a model's file
    std::optional<long> starts, iterations;
    std::optional<unsigned long long> seed;
    std::optional<double> tolerance, regularization, relative_floor;
    std::string precision = "auto";  ///< auto, single, double
    std::filesystem::path resume;    ///< model to go on with; empty: none
    std::filesystem::path prior;     ///< model to adapt; empty: none
    double relevance = 16.0;         ///< [frames]
    std::vector<std::string> adapt;  ///< means, variances, weights; empty: means
    std::string select;              ///< "LO..HI" components; empty: none
    std::string criterion = "bic";   ///< of `select`: bic, aic
    std::string cross_check;         ///< eigen; empty: none
    double save_seconds = 30.0;      ///< between states that are saved on the way

    std::filesystem::path model;  ///< of `score`, `info`
    bool responsibilities = false;
    std::filesystem::path result;  ///< -o

    std::vector<std::string> cases;  ///< of `bench`; empty: all
    double scale = 1.0;              ///< of `bench`: of the numbers of frames
    int repetitions = 0;             ///< of `bench`; 0: as many as some seconds allow
    bool no_peers = false;
    std::filesystem::path python;  ///< that has scikit-learn; empty: the build's

    std::filesystem::path output;     ///< folder for a report; empty: none
    std::filesystem::path summary;    ///< empty: none
    std::string backend = "auto";     ///< auto, cpu, cuda
    std::string specialize = "auto";  ///< auto, sync, require, off
    std::size_t threads = 0;          ///< 0: all harts
    bool quiet = false;
};

// Each command prints for a person, writes its files and returns how it ended. Bad input throws
// asp::InputError, a machine that fails asp::BackendError, Ctrl-C Interrupted (session.hpp) where
// there is nothing to keep.
asp::ExitCode train_command(const CommandLine& line);
asp::ExitCode score_command(const CommandLine& line);
asp::ExitCode info_command(const CommandLine& line);
asp::ExitCode tune_command(const CommandLine& line);
asp::ExitCode bench_command(const CommandLine& line);

}  // namespace gmm

#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace asp::jit::detail {

struct ProcessRequest {
    std::filesystem::path program;       ///< absolute; never searched for, never a shell's
    std::vector<std::string> arguments;  ///< without the program's own name
    std::filesystem::path folder;        ///< its working and temporary folder
    std::chrono::milliseconds time_limit{60000};
    bool low_priority = false;  ///< nice +10
    std::stop_token stop{};
    std::size_t output_limit = std::size_t{64} << 10U;  ///< [bytes] kept; the rest is read and lost
};

struct ProcessResult {
    enum class End {
        exited,     ///< `code` is its exit status
        signalled,  ///< `code` is the signal
        timed_out,
        stopped,      ///< by the request's token
        not_started,  ///< `code` is the system's error
        unknown,      ///< it ended, and somebody else in this process took its status
    };
    End end;
    int code = 0;
    std::string output;  ///< stdout and stderr as they came
    double seconds = 0.0;
};

/// Runs a program to its end in a clean environment and a process group of its own. When this
/// returns, none of the group is left: what the program itself started ends with it.
ProcessResult run_process(const ProcessRequest& request);

/// "exited with 1", "was ended by signal 11 (Segmentation fault)".
std::string describe(const ProcessResult& result);

}  // namespace asp::jit::detail

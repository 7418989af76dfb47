#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "asp/jit/header.hpp"
#include "asp/jit/instruction_set.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit {

/// One translation unit. Functions to be called from outside are extern "C" and marked
/// __attribute__((visibility("default"))): all else is hidden.
struct Source {
    std::string text;
    std::vector<Header> headers{};  ///< all that `text` may include; their text must outlive us
    std::vector<std::string> extra_flags{};  ///< ours, never a user's
    std::string name{};                      ///< for people: "wave_speeds, wall = elastic"
};

struct CompileOptions {
    int optimization = 3;
    bool contract = true;  ///< a * b + c may become one rounding (-ffp-contract=fast)
    std::optional<InstructionSet> instruction_set;  ///< default: this machine's
    std::chrono::milliseconds time_limit{60000};
    bool low_priority = false;  ///< the compiler runs at nice +10
    bool retry_failed = false;  ///< compile again what is remembered as failing
    std::stop_token stop;       ///< ends the compiler at once; Reason::stopped
};

/// Why there is no kernel: an outcome that the ladder plans for.
struct CompileFailure {
    enum class Reason {
        no_compiler,     ///< none found, or it stopped working
        error,           ///< the source does not compile: a mistake of ours
        timeout,         ///< the compiler took longer than the limit
        crash,           ///< the compiler was ended by a signal, or its object does not load
        killed,          ///< from outside, as where memory is short; not remembered
        unusable_cache,  ///< no place to compile in: disk full, no temporary folder
        remembered,      ///< failed before with the same key, and was not tried again
        stopped,         ///< the caller lost interest
    };
    Reason reason;
    std::string message;                  ///< one line
    std::filesystem::path kept_source{};  ///< where to look; empty if nothing was kept
    std::string log{};                    ///< what the compiler said, bounded
};

/// The flags that decide what code comes out, in the order of the command line; no paths in them.
std::vector<std::string> compile_flags(const Toolchain& toolchain, const Source& source,
                                       const CompileOptions& options);

/// SHA-256, in hexadecimal, of all that changes the object, except the compiler: what a machine
/// without one can compute. Instruction set and target are not in it either.
std::string source_key(const Source& source, const CompileOptions& options);

/// SHA-256, in hexadecimal, of all that changes the object.
std::string kernel_key(const Source& source, const Toolchain& toolchain,
                       const CompileOptions& options);

}  // namespace asp::jit

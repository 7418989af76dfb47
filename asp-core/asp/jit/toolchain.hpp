#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asp::jit {

enum class ToolchainKind { gcc, clang, nvrtc };

std::string_view name_of(ToolchainKind kind);

/// A compiler that has proved itself: it compiled a probe, the probe loaded and computed the right
/// numbers. Whether a kernel computes the right numbers is checked by the layer above.
struct Toolchain {
    ToolchainKind kind;
    std::filesystem::path compiler;  ///< absolute
    std::string version;             ///< for people: "g++ (Debian 12.2.0-14+deb12u1) 12.2.0"
    std::string machine;             ///< "x86_64-linux-gnu"
    std::string tune;      ///< what the compiler takes this processor for, for -mtune: "znver4"
    std::string identity;  ///< for keys: SHA-256 of kind, version, machine, file size and time
};

struct ToolchainReport {
    std::vector<Toolchain> found;       ///< in order of preference
    std::vector<std::string> problems;  ///< why one was not taken, and the cure; one line each
};

struct ToolchainSearch {
    std::chrono::milliseconds time_limit{10000};  ///< for each run of a compiler
    bool first_only = false;                      ///< stop at the first that works
    bool use_remembered = true;  ///< trust what an earlier process found out about the same file
    std::filesystem::path
        memory{};  ///< folder of what is remembered; empty: KernelCache::process()
};

/// Looks at ASP_CXX, CXX, then g++ and clang++ on the PATH, then versioned names, newest first.
/// What was found out is remembered in the folder of KernelCache::process() by the file's stamp
/// (path, inode, size, time), so that a later process starts no compiler.
ToolchainReport find_toolchains(const ToolchainSearch& search = {});

/// The first that works, looked for once per process. Empty: no compiler; why is in the report.
const std::optional<Toolchain>& host_toolchain();
/// What the search for host_toolchain() found.
const ToolchainReport& host_toolchain_report();

}  // namespace asp::jit

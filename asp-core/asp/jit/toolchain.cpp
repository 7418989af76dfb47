#include "asp/jit/toolchain.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <sstream>

#include "asp/jit/detail/inspect.hpp"
#include "asp/jit/detail/remembered_toolchains.hpp"

namespace asp::jit {

namespace fs = std::filesystem;

namespace {

/// A place to look at, and who named it.
struct Candidate {
    std::string program;   ///< a path, or a name to look up on the PATH
    std::string named_by;  ///< "ASP_CXX", "CXX"; empty for our own guesses
};

std::vector<Candidate> candidates() {
    std::vector<Candidate> list;
    for (const char* variable : {"ASP_CXX", "CXX"})
        if (const char* value = std::getenv(variable); value != nullptr && *value != '\0')
            list.push_back({value, variable});
    list.push_back({"g++", {}});
    list.push_back({"clang++", {}});
    for (int version = 16; version >= 11; --version)
        list.push_back({"g++-" + std::to_string(version), {}});
    for (int version = 22; version >= 13; --version)
        list.push_back({"clang++-" + std::to_string(version), {}});
    return list;
}

/// ccache and its like stand for the compiler behind them: neither their version nor their time
/// changes with it. Our own cache does their work.
bool is_launcher(const fs::path& program) {
    static constexpr std::array<std::string_view, 5> names{"ccache", "sccache", "distcc", "icecc",
                                                           "buildcache"};
    return std::find(names.begin(), names.end(), program.filename().string()) != names.end();
}

/// The absolute path behind a name; empty when there is none. Links are left as they are: some
/// programs go by the name they were called by.
fs::path resolve(const std::string& program) {
    const auto usable = [&](const fs::path& path) -> fs::path {
        std::error_code failed;
        if (::access(path.c_str(), X_OK) != 0 || !fs::is_regular_file(path, failed)) return {};
        const fs::path real = fs::canonical(path, failed);
        return failed || is_launcher(real) ? fs::path() : path;
    };
    if (program.find('/') != program.npos) return usable(fs::absolute(program));
    const char* search = std::getenv("PATH");
    std::istringstream folders(search == nullptr ? "" : search);
    for (std::string folder; std::getline(folders, folder, ':');) {
        // An empty or relative entry means the current folder: not a place to take programs from.
        if (!folder.starts_with('/')) continue;
        if (const fs::path found = usable(fs::path(folder) / program); !found.empty()) return found;
    }
    return {};
}

std::string missing(const Candidate& candidate) {
    std::string line = candidate.named_by + "=" + candidate.program + ": there is no such program";
    if (candidate.program.find(' ') != candidate.program.npos)
        line += "; give the compiler alone, without launcher and flags";
    return line;
}

}  // namespace

std::string_view name_of(ToolchainKind kind) {
    switch (kind) {
        case ToolchainKind::gcc:
            return "gcc";
        case ToolchainKind::clang:
            return "clang";
        case ToolchainKind::nvrtc:
            return "nvrtc";
    }
    return {};
}

ToolchainReport find_toolchains(const ToolchainSearch& search) {
    ToolchainReport report;
    detail::RememberedToolchains remembered(search.memory, search.use_remembered);
    std::set<fs::path> seen;
    for (const Candidate& candidate : candidates()) {
        const fs::path compiler = resolve(candidate.program);
        if (compiler.empty()) {
            if (!candidate.named_by.empty()) report.problems.push_back(missing(candidate));
            continue;
        }
        if (!seen.insert(fs::canonical(compiler)).second) continue;
        auto toolchain = remembered.find(compiler);
        if (!toolchain) {
            toolchain = detail::inspect(compiler, search);
            remembered.add(compiler, *toolchain);
        }
        if (*toolchain)
            report.found.push_back(toolchain->value());
        else
            report.problems.push_back(toolchain->error());
        if (search.first_only && !report.found.empty()) break;
    }
    if (report.found.empty()) report.problems.emplace_back(detail::no_compiler_message);
    return report;
}

const ToolchainReport& host_toolchain_report() {
    static const ToolchainReport report = find_toolchains({.first_only = true});
    return report;
}

const std::optional<Toolchain>& host_toolchain() {
    static const std::optional<Toolchain> first =
        host_toolchain_report().found.empty()
            ? std::nullopt
            : std::optional(host_toolchain_report().found.front());
    return first;
}

}  // namespace asp::jit

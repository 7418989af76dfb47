#pragma once
// For tests only.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/jit/kernel_cache.hpp"

namespace asp::jit::testing {

using asp::testing::ScratchFolder;

/// The machine's compiler, looked for once per test program.
inline const Toolchain& compiler() {
    static const ScratchFolder memory;
    static const ToolchainReport report =
        find_toolchains({.first_only = true, .memory = memory.path()});
    if (report.found.empty()) FAIL(report.problems.back());
    return report.found.front();
}

/// A kernel `double scaled(double)`. Another factor is another key.
inline Source scaling_by(double factor) {
    const std::string text = std::to_string(factor);
    return {.text =
                "extern \"C\" __attribute__((visibility(\"default\")))\n"
                "double scaled(double x) { return " +
                text + " * x; }\n",
            .name = "scaled by " + text};
}

inline double scaled(const Module& module, double x) {
    return module.function<double(double)>("scaled")(x);
}

/// Of a build that is expected to work.
inline Module module_of(const BuildResult& result) {
    if (!result) FAIL(result.error().message);
    return *result;
}

/// Of a build that is expected to fail.
inline CompileFailure failure_of(const BuildResult& result) {
    if (result) FAIL("a module was built");
    return result.error();
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A shell script that takes a compiler's place. Its own folder is `$here`.
inline std::filesystem::path write_script(const ScratchFolder& folder, const std::string& name,
                                          const std::string& text) {
    const auto path =
        folder.write(name, "#!/bin/sh\nhere='" + folder.path().string() + "'\n" + text + "\n");
    ::chmod(path.c_str(), 0755);
    return path;
}

/// One that passes for the machine's compiler, but for what it does.
inline Toolchain scripted_compiler(const ScratchFolder& folder, const std::string& text) {
    Toolchain toolchain = compiler();
    toolchain.compiler = write_script(folder, "compiler", text);
    toolchain.identity = "a script: " + text;
    return toolchain;
}

/// Sets environment variables (or, with nothing, takes them away), and puts them back.
class Environment {
public:
    explicit Environment(const std::map<std::string, std::optional<std::string>>& values) {
        for (const auto& [name, value] : values) {
            const char* old = std::getenv(name.c_str());
            before_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
            set(name, value);
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        for (const auto& [name, value] : before_) set(name, value);
    }

private:
    static void set(const std::string& name, const std::optional<std::string>& value) {
        if (value)
            ::setenv(name.c_str(), value->c_str(), 1);
        else
            ::unsetenv(name.c_str());
    }
    std::map<std::string, std::optional<std::string>> before_;
};

/// Lines a cache warned with.
struct Warnings {
    std::vector<std::string> lines;
    std::function<void(const std::string&)> sink() {
        return [this](const std::string& line) { lines.push_back(line); };
    }
};

/// Runs `act` in a child process, which ends with what it returns, or with 99 if it throws.
inline pid_t start_child(const std::function<int()>& act) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    int code = 99;
    try {
        code = act();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
    } catch (...) {
    }
    ::_exit(code);
}

/// Its exit status; 1000 + signal if one ended it; 2000 if it has not ended after `seconds`.
inline int wait_for(pid_t child, double seconds = 60.0) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return 2000;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Waits up to ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

/// Whether a process runs; one that only waits to be buried does not.
inline bool is_running(long process) {
    const std::string status = content_of("/proc/" + std::to_string(process) + "/stat");
    const std::size_t end = status.rfind(") ");
    return end != status.npos && status[end + 2] != 'Z' && status[end + 2] != 'X';
}

/// Process numbers that a script wrote into a file.
inline std::vector<long> processes_in(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istream_iterator<long>(file), {}};
}

}  // namespace asp::jit::testing

#pragma once
// The program as a person runs it: a child process, its words, its files and its exit code. For
// *.test.cpp only.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "asp/base/testing.hpp"
#include "gmm/file_testing.hpp"
#include "gmm/testing.hpp"

namespace gmm::testing {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

struct Outcome {
    int code;  ///< exit code, or minus the signal that ended it
    std::string out, err;
    double peak_bytes;  ///< of memory

    bool says(const std::string& words) const { return out.find(words) != std::string::npos; }
};

/// A running child whose output goes into files.
class Child {
public:
    /// Started in `home`, or where the test runs.
    explicit Child(Arguments arguments, const char* program = GMM_PROGRAM,
                   const std::string& home = ".") {
        arguments.insert(arguments.begin(), program);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
            ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
            if (::chdir(home.c_str()) != 0) ::_exit(127);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void signal(int number) const { ::kill(pid_, number); }

    Outcome finish() {
        int status = 0;
        rusage usage{};
        REQUIRE(::wait4(pid_, &status, 0, &usage) == pid_);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                content_of(folder_ / "out"), content_of(folder_ / "err"),
                1024.0 * static_cast<double>(usage.ru_maxrss)};
    }

private:
    ScratchFolder folder_;
    pid_t pid_;
};

/// Runs it to its end.
inline Outcome run_gmm(Arguments arguments) {
    return Child(std::move(arguments)).finish();
}

/// The one line that it complains with, having done nothing.
inline std::string complaint(const Arguments& arguments, int code = 2) {
    const Outcome outcome = run_gmm(arguments);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
}

inline Json json_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return Json::parse(file);
}

inline Arguments with(Arguments arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// A folder with frames x.h5:/x, of three clusters in four dimensions, in double precision.
struct Place {
    ScratchFolder folder;
    asp::Array<double, 2> points = clusters(600, 4, 3, 1);
    std::string x = write_h5<double>(folder, "x.h5", points);

    std::string file(const std::string& name) const { return (folder / name).string(); }
    /// Three components, into model.h5.
    Arguments train(const Arguments& more = {}) const {
        return with({"train", "--input", x, "--components", "3", "-o", file("model.h5")}, more);
    }
};

}  // namespace gmm::testing

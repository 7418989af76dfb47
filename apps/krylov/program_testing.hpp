#pragma once
// The program as a person runs it: a child process, its words, its files and its exit code. For
// *.test.cpp only.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "asp/base/testing.hpp"

namespace krylov::testing {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

struct Outcome {
    int code;  ///< exit code, or minus the signal that ended it
    std::string out, err;

    bool says(const std::string& words) const { return out.find(words) != std::string::npos; }
};

/// A running child whose output goes through pipes.
class Child {
public:
    explicit Child(Arguments arguments) {
        arguments.insert(arguments.begin(), KRYLOV_PROGRAM);
        int out[2], err[2];
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::dup2(err[1], STDERR_FILENO);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(out[1]);
        ::close(err[1]);
        out_ = out[0];
        err_ = err[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void signal(int number) const { ::kill(pid_, number); }

    /// Reads on until the program has said this on its standard output.
    void wait_for(const std::string& words) {
        char piece[4096];
        while (said_.find(words) == std::string::npos) {
            const ssize_t count = ::read(out_, piece, sizeof piece);
            if (count <= 0) FAIL("the program ended without '" << words << "':\n" << said_);
            said_.append(piece, static_cast<std::size_t>(count));
        }
    }

    Outcome finish() {
        Outcome outcome{0, std::move(said_), {}};
        std::thread reader([&] { drain(err_, outcome.err); });
        drain(out_, outcome.out);
        reader.join();
        int status = 0;
        REQUIRE(::waitpid(pid_, &status, 0) == pid_);
        outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return outcome;
    }

private:
    static void drain(int pipe, std::string& text) {
        char piece[4096];
        for (ssize_t count; (count = ::read(pipe, piece, sizeof piece)) > 0;)
            text.append(piece, static_cast<std::size_t>(count));
        ::close(pipe);
    }

    pid_t pid_;
    int out_ = -1, err_ = -1;
    std::string said_;
};

/// Runs it to its end.
inline Outcome run_krylov(Arguments arguments) {
    return Child(std::move(arguments)).finish();
}

/// What it complains about, having done nothing.
inline std::string complaint(const Arguments& arguments, int code = 2) {
    const Outcome outcome = run_krylov(arguments);
    CHECK(outcome.code == code);
    return outcome.err;
}

inline Json json_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return Json::parse(file);
}

/// 2 x 2, both eigenvalues of size 1e200: its square overflows.
inline const std::string huge =
    "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1e200\n2 1 1e200\n";

inline const Arguments small{"powers",        "--matrix", "stencil:5pt:12", "--k", "4",
                             "--repetitions", "2"};

inline Arguments with(Arguments arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

}  // namespace krylov::testing

#include "asp/tune/quarantine.hpp"

#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "asp/base/testing.hpp"

using asp::db::Status;
using asp::tune::run_in_quarantine;
using asp::tune::SharedBlock;

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool may_fork = false;  // its runtime does not survive a fork among threads
#else
constexpr bool may_fork = true;
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool crashes_bare = false;  // its handler turns a signal into a report and an exit code
#else
constexpr bool crashes_bare = true;
#endif

/// True, with the reason printed, where these tests cannot run.
bool skipped() {
    if (!may_fork) WARN("skipped: the thread sanitizer does not support fork with threads");
    return !may_fork;
}

/// A value that no compiler can see through.
template <class T>
T opaque(T value) {
    volatile T hidden = value;
    return hidden;
}

void require_no_child_left() {
    REQUIRE(::waitpid(-1, nullptr, WNOHANG) == -1);
    REQUIRE(errno == ECHILD);
}

}  // namespace

TEST_CASE("a kernel's results come back from quarantine through shared memory") {
    if (skipped()) return;
    const SharedBlock block(100 * sizeof(double));
    auto* const out = reinterpret_cast<double*>(block.data());
    const std::vector<double> input(100, 4.0);
    const auto outcome = run_in_quarantine([&] {
        for (std::size_t i = 0; i < input.size(); ++i) out[i] = std::sqrt(input[i]) + double(i);
        return 7;
    });
    REQUIRE(outcome.status == Status::ok);
    CHECK(outcome.returned == 7);
    CHECK(out[99] == 101.0);
    require_no_child_left();
}

TEST_CASE("what a quarantined kernel writes elsewhere does not reach the parent") {
    if (skipped()) return;
    std::vector<double> own(1000, 1.0);
    const auto outcome = run_in_quarantine([&] {
        for (double& value : own) value = -1.0;
        return 0;
    });
    CHECK(outcome.status == Status::ok);
    CHECK(own == std::vector<double>(1000, 1.0));
}

TEST_CASE("a quarantined segmentation fault is an outcome") {
    if (skipped()) return;
    const auto outcome = run_in_quarantine([] {
        *static_cast<volatile int*>(opaque<int*>(nullptr)) = 1;
        return 0;
    });
    CHECK(outcome.status == Status::crash);
    if (crashes_bare) CHECK(outcome.what == "crashed (Segmentation fault)");
    require_no_child_left();
}

TEST_CASE("a run over the end of a shared block crashes") {
    if (skipped()) return;
    const SharedBlock block(64);
    const auto outcome = run_in_quarantine([&] {
        std::memset(block.data(), 1, opaque<std::size_t>(65));
        return 0;
    });
    CHECK(outcome.status == Status::crash);
}

TEST_CASE("a quarantined illegal instruction is an outcome") {
    if (skipped()) return;
    const auto outcome = run_in_quarantine([]() -> int { __builtin_trap(); });
    CHECK(outcome.status == Status::crash);
    if (crashes_bare) CHECK(outcome.what == "crashed (Illegal instruction)");
}

TEST_CASE("a quarantined endless loop is ended by the wall-time limit") {
    if (skipped()) return;
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = run_in_quarantine(
        [] {
            while (opaque(true)) {
            }
            return 0;
        },
        {.wall_seconds = 0.2, .cpu_seconds = 5.0});
    CHECK(outcome.status == Status::timeout);
    CHECK(outcome.what == "did not end in 0.2 s");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    require_no_child_left();
}

TEST_CASE("a quarantined endless loop is ended by the CPU-time limit too") {
    if (skipped()) return;
    const auto outcome = run_in_quarantine(
        [] {
            while (opaque(true)) {
            }
            return 0;
        },
        {.wall_seconds = 60.0, .cpu_seconds = 1.0});
    CHECK(outcome.status == Status::timeout);
    CHECK(outcome.what == "used more than 1 s of CPU time");
}

TEST_CASE("a quarantined kernel that exits with success has not succeeded") {
    if (skipped()) return;
    const auto outcome = run_in_quarantine([]() -> int { ::_exit(0); });
    CHECK(outcome.status == Status::crash);
    CHECK(outcome.what == "ended its process");
}

TEST_CASE("exit(0) in a quarantined kernel is no success either") {
    if (skipped()) return;
    const auto outcome = run_in_quarantine([]() -> int {
        std::quick_exit(0);  // exit() would print this test program's summary a second time
    });
    CHECK(outcome.status == Status::crash);
}

TEST_CASE("a quarantined kernel runs while other threads allocate") {
    if (skipped()) return;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            for (std::size_t n = 1; !stop; n = n % 5000 + 1) std::vector<double>(n, 1.0).pop_back();
        });
    int succeeded = 0;
    for (int i = 0; i < 100; ++i) succeeded += run_in_quarantine([i] { return i; }).returned == i;
    stop = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(succeeded == 100);
    require_no_child_left();
}

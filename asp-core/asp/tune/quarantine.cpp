#include "asp/tune/quarantine.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "asp/base/error.hpp"

namespace asp::tune {

namespace {

using Clock = std::chrono::steady_clock;

std::size_t page() {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

/// What the child says at its end. A kernel that calls exit() does not get to say it.
struct Report {
    int returned;
    int done;
};

[[noreturn]] void live_as_child(pid_t parent, const std::function<int()>& work,
                                volatile Report* report, rlim_t cpu_seconds) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it died before the line above
    // Our own handlers would print, or ask for a clean end, in the parent's name.
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGINT, SIGTERM, SIGHUP,
                             SIGALRM, SIGPIPE, SIGTRAP, SIGXCPU})
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const rlimit cpu{cpu_seconds, cpu_seconds + 1};
    ::setrlimit(RLIMIT_CPU, &cpu);
    report->returned = work();
    report->done = 1;
    ::_exit(0);
}

/// How the child ended; nothing when it had to be killed.
std::optional<int> wait_for(pid_t child, double seconds) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    auto pause = std::chrono::microseconds(50);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return status;
        if (ended < 0 && errno != EINTR) return 0;  // SIGCHLD is ignored here: the report decides
        if (Clock::now() >= end) {
            ::kill(child, SIGKILL);
            while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
            }
            return std::nullopt;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::microseconds(2000));
    }
}

QuarantineOutcome judge(std::optional<int> ended, const volatile Report& report,
                        const QuarantineLimits& limits) {
    using db::Status;
    if (!ended) return {Status::timeout, fmt::format("did not end in {:g} s", limits.wall_seconds)};
    if (WIFSIGNALED(*ended) && WTERMSIG(*ended) == SIGXCPU)
        return {Status::timeout,
                fmt::format("used more than {:g} s of CPU time", limits.cpu_seconds)};
    if (WIFSIGNALED(*ended))
        return {Status::crash, fmt::format("crashed ({})", ::strsignal(WTERMSIG(*ended)))};
    if (report.done != 1) return {Status::crash, "ended its process"};
    return {Status::ok, {}, report.returned};
}

}  // namespace

SharedBlock::SharedBlock(std::size_t bytes)
    : mapped_(rounded_up(std::max<std::size_t>(bytes, 1), page()) + page()), bytes_(bytes) {
    void* pages =
        ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        throw BackendError(
            fmt::format("no {} bytes of shared memory: {}", bytes, std::strerror(errno)));
    pages_ = static_cast<std::byte*>(pages);
    std::byte* const wall = pages_ + mapped_ - page();
    ::mprotect(wall, page(), PROT_NONE);
    data_ = wall - rounded_up(bytes, 64);
}

SharedBlock::SharedBlock(SharedBlock&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)),
      mapped_(other.mapped_),
      data_(other.data_),
      bytes_(other.bytes_) {}

SharedBlock::~SharedBlock() {
    if (pages_ != nullptr) ::munmap(pages_, mapped_);
}

QuarantineOutcome run_in_quarantine(const std::function<int()>& work,
                                    const QuarantineLimits& limits) {
    const SharedBlock block(sizeof(Report));
    auto* const report = reinterpret_cast<volatile Report*>(block.data());
    const auto cpu_seconds = static_cast<rlim_t>(std::ceil(std::max(limits.cpu_seconds, 1.0)));
    const pid_t parent = ::getpid();
    const auto begin = Clock::now();
    const pid_t child = ::fork();
    if (child < 0)
        throw BackendError(
            fmt::format("no child process for a first run: {}", std::strerror(errno)));
    if (child == 0) live_as_child(parent, work, report, cpu_seconds);
    QuarantineOutcome outcome = judge(wait_for(child, limits.wall_seconds), *report, limits);
    outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return outcome;
}

}  // namespace asp::tune

#include "asp/jit/detail/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "asp/base/error.hpp"
#include "asp/jit/detail/file_system.hpp"

namespace asp::jit::detail {

namespace {

using Clock = std::chrono::steady_clock;
using End = ProcessResult::End;

/// Nothing that changes what a compiler makes of the same arguments (CPATH, LIBRARY_PATH,
/// GCC_EXEC_PREFIX, a language for its messages). LD_LIBRARY_PATH stays: compilers of environment
/// modules do not start without it.
std::vector<std::string> clean_environment(const std::filesystem::path& folder) {
    std::vector<std::string> environment{"LANG=C", "LC_ALL=C", "TMPDIR=" + folder.string()};
    for (const char* name : {"PATH", "HOME", "LD_LIBRARY_PATH"})
        if (const char* value = std::getenv(name))
            environment.push_back(std::string(name) + "=" + value);
    return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What posix_spawn takes beside the arguments.
class SpawnSetup {
public:
    SpawnSetup(const ProcessRequest& request, int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, 1);
        posix_spawn_file_actions_adddup2(&actions_, output, 2);
        posix_spawn_file_actions_addchdir_np(&actions_, request.folder.c_str());
        posix_spawnattr_init(&attributes_);
        // A group of its own, to be killed as a whole; and no signal blocked or ignored because
        // our own process does so.
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGXFSZ, SIGXCPU})
            sigaddset(&signals, signal);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    /// 0, or the system's error.
    int spawn(const ProcessRequest& request, pid_t& child) const {
        std::vector<std::string> words{request.program.string()};
        words.insert(words.end(), request.arguments.begin(), request.arguments.end());
        std::vector<std::string> environment = clean_environment(request.folder);
        return ::posix_spawn(&child, request.program.c_str(), &actions_, &attributes_,
                             pointers_to(words).data(), pointers_to(environment).data());
    }

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

/// Should we be killed, nobody is left to enforce the time limit: the system ends a compiler that
/// spins for longer than that.
void restrict_child(pid_t child, const ProcessRequest& request) {
    // An administrator could raise it, too: never above our own.
    if (request.low_priority)
        ::setpriority(PRIO_PGRP, static_cast<id_t>(child),
                      std::max(::getpriority(PRIO_PROCESS, 0), 10));
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(request.time_limit).count();
    const rlimit processor{static_cast<rlim_t>(seconds + 10), static_cast<rlim_t>(seconds + 10)};
    ::prlimit(child, RLIMIT_CPU, &processor, nullptr);
    const rlimit no_core{0, 0};
    ::prlimit(child, RLIMIT_CORE, &no_core, nullptr);
}

/// Reads what is there; false at the end of the output.
bool drain(int pipe, std::string& output, std::size_t limit) {
    std::array<char, 4096> buffer;
    while (true) {
        const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
        if (count == 0) return false;
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        output.append(buffer.data(), std::min(static_cast<std::size_t>(count),
                                              limit - std::min(limit, output.size())));
    }
}

bool has_ended(pid_t child) {
    siginfo_t info{};
    // Without taking the status: the number of the group stays ours until it has been killed.
    if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return errno == ECHILD;
    return info.si_pid == child;
}

/// Follows the child until it ends, or must end; End::exited stands for "ended by itself".
End follow(pid_t child, int pipe, const ProcessRequest& request, std::string& output) {
    // A file descriptor that becomes readable when the child ends (Linux 5.3); without it the
    // child is asked for often.
    const Descriptor watch(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    const auto deadline = Clock::now() + request.time_limit;
    bool pipe_is_open = true;
    while (!has_ended(child)) {
        if (request.stop.stop_requested()) return End::stopped;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return End::timed_out;
        pollfd events[2] = {{pipe_is_open ? pipe : -1, POLLIN, 0}, {watch.get(), POLLIN, 0}};
        const long pause = !watch ? 1 : request.stop.stop_possible() ? 10 : 1000;
        ::poll(events, 2, static_cast<int>(std::min<long>(left, pause)));
        if (pipe_is_open) pipe_is_open = drain(pipe, output, request.output_limit);
    }
    if (pipe_is_open) drain(pipe, output, request.output_limit);
    return End::exited;
}

ProcessResult finish(pid_t child, End end, std::string output) {
    // Its descendants too, also when it ended by itself and left them behind.
    ::kill(-child, SIGKILL);
    int status = 0;
    pid_t reaped = 0;
    do {
        reaped = ::waitpid(child, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    ProcessResult result{end, 0, std::move(output)};
    if (end != End::exited) return result;
    if (reaped != child) {
        result.end = End::unknown;
    } else if (WIFSIGNALED(status)) {
        result.end = End::signalled;
        result.code = WTERMSIG(status);
    } else {
        result.code = WEXITSTATUS(status);
    }
    return result;
}

}  // namespace

ProcessResult run_process(const ProcessRequest& request) {
    const auto start = Clock::now();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {End::not_started, errno, {}};
    const Descriptor read_end(ends[0]);
    Descriptor write_end(ends[1]);
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    pid_t child = 0;
    const int error = SpawnSetup(request, write_end.get()).spawn(request, child);
    ::close(write_end.release());
    if (error != 0) return {End::not_started, error, {}};
    restrict_child(child, request);
    std::string output;
    const End end = follow(child, read_end.get(), request, output);
    ProcessResult result = finish(child, end, std::move(output));
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return result;
}

std::string describe(const ProcessResult& result) {
    switch (result.end) {
        case End::exited:
            return "exited with " + std::to_string(result.code);
        case End::signalled:
            return "was ended by signal " + std::to_string(result.code) + " (" +
                   ::strsignal(result.code) + ")";
        case End::timed_out:
            return "took longer than the time limit";
        case End::stopped:
            return "was stopped";
        case End::not_started:
            return "did not start: " + error_text(result.code);
        case End::unknown:
            return "ended, with a status that something else took";
    }
    return {};
}

}  // namespace asp::jit::detail

#include "asp/specialize/check.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "asp/base/error.hpp"

namespace asp {
namespace {

/// Pages that this process and its children share.
class SharedMemory {
public:
    explicit SharedMemory(std::size_t bytes) : bytes_(bytes) {
        address_ =
            ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (address_ == MAP_FAILED)
            throw BackendError(
                fmt::format("no {} bytes of memory for the check of a kernel", bytes));
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory() { ::munmap(address_, bytes_); }

    std::byte* begin() const { return static_cast<std::byte*>(address_); }
    std::byte* end() const { return begin() + bytes_; }

private:
    std::size_t bytes_;
    void* address_;
};

std::size_t pages_for(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

std::size_t bytes_of(const ExampleArray& array) {
    return array.reals.size() * sizeof(double) + array.integers.size() * sizeof(long);
}

const void* data_of(const ExampleArray& array) {
    return array.reals.empty() ? static_cast<const void*>(array.integers.data())
                               : static_cast<const void*>(array.reals.data());
}

void* data_of(ExampleArray& array) {
    return const_cast<void*>(data_of(std::as_const(array)));
}

/// Where an example's arrays stand for the child: each ends just before a page that nobody may
/// touch, so that a kernel that runs over its end crashes.
struct GuardedArrays {
    explicit GuardedArrays(const Example& example) : memory(total_bytes(example)) {
        const std::size_t guard = pages_for(1);
        std::byte* next = memory.begin();
        for (const ExampleArray& array : example.arrays) {
            std::byte* const wall = next + pages_for(bytes_of(array));
            const std::size_t rounded = (bytes_of(array) + 63) / 64 * 64;  // aligned like Example's
            places.push_back(wall - rounded);
            if (bytes_of(array) > 0) std::memcpy(places.back(), data_of(array), bytes_of(array));
            ::mprotect(wall, guard, PROT_NONE);
            next = wall + guard;
        }
    }

    static std::size_t total_bytes(const Example& example) {
        std::size_t bytes = pages_for(1);
        for (const ExampleArray& array : example.arrays)
            bytes += pages_for(bytes_of(array)) + pages_for(1);
        return bytes;
    }

    SharedMemory memory;
    std::vector<void*> places;
};

/// Waits for a child until the limit, then kills it. How it ended; nothing when it was killed.
std::optional<int> wait_for(pid_t child, double limit_seconds) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(limit_seconds);
    auto pause = std::chrono::microseconds(50);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return status;
        if (ended < 0 && errno != EINTR) return 0xff00;  // somebody else reaped it: unknown end
        if (Clock::now() > end) {
            ::kill(child, SIGKILL);
            while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
            }
            return {};
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::microseconds(5000));
    }
}

/// In the child: nothing but the kernel, since other threads' locks may be held for ever.
[[noreturn]] void run_and_exit(Entry entry, const Arguments& arguments, long extent) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGINT, SIGTERM})
        ::signal(signal, SIG_DFL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    entry(arguments, 0, extent);
    ::_exit(0);
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return fmt::format("crashed ({})", ::strsignal(signal));
    }
    return "ended its process";
}

Trial run_in_child(const Example& example, Entry entry, std::span<const long> parameters,
                   double limit_seconds) {
    GuardedArrays arrays(example);
    const Arguments arguments{arrays.places.data(), example.scalars.data(), example.sizes.data(),
                              parameters.data()};
    const pid_t child = ::fork();
    if (child < 0) throw BackendError(fmt::format("no child process: {}", std::strerror(errno)));
    if (child == 0) run_and_exit(entry, arguments, example.extent);
    const std::optional<int> status = wait_for(child, limit_seconds);
    if (!status) return {{}, fmt::format("did not end within {:g} s", limit_seconds)};
    if (*status != 0) return {{}, how_it_ended(*status)};
    Trial trial{example, {}};
    for (std::size_t k = 0; k < arrays.places.size(); ++k) {
        ExampleArray& array = trial.results->arrays[k];
        if (bytes_of(array) > 0) std::memcpy(data_of(array), arrays.places[k], bytes_of(array));
    }
    return trial;
}

}  // namespace

Trial run_example(const Example& example, Entry entry, std::span<const long> parameters,
                  Isolation isolation, double limit_seconds) {
    if (isolation == Isolation::child)
        return run_in_child(example, entry, parameters, limit_seconds);
    Trial trial{example, {}};
    const BoundExample bound(*trial.results, parameters.data());
    entry(bound.arguments(), 0, example.extent);
    return trial;
}

Example interpret_example(const Example& example, const Interpreter& interpreter) {
    Example results = example;
    const BoundExample bound(results);
    interpreter(bound.arguments(), 0, results.extent);
    return results;
}

std::optional<std::string> objection(const Specializer& specializer, const Problem& problem,
                                     Entry entry, std::span<const long> parameters,
                                     Isolation isolation, double limit_seconds) {
    // Not a multiple of any vector width, and more than one chunk.
    const Example example = specializer.example(problem, 1, 43);
    const Trial trial = run_example(example, entry, parameters, isolation, limit_seconds);
    if (!trial.results) return trial.failure;
    const Example expected = interpret_example(example, specializer.interpreter(problem));
    return disagreement(*trial.results, expected, specializer.tolerances(problem));
}

}  // namespace asp

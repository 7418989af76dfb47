#include "asp/base/interrupt.hpp"

#include <atomic>

#include "asp/base/error.hpp"

namespace asp {

namespace {

// Process-wide because signals are. Lock-free, as a signal handler may touch nothing else.
std::atomic<bool> requested{false};
std::atomic<bool> guarded{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
    requested.store(true, std::memory_order_relaxed);
    // Both, so that Ctrl-C after a SIGTERM also ends a process that does not get to its next check.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
    const bool another_lives = guarded.exchange(true);
    ASP_ASSERT(!another_lives);
    requested = false;
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    action.sa_flags = SA_RESTART;  // a write to a file goes on; loops ask interrupt_requested()
    sigaction(SIGINT, &action, &previous_interrupt_);
    sigaction(SIGTERM, &action, &previous_terminate_);
}

InterruptGuard::~InterruptGuard() {
    sigaction(SIGINT, &previous_interrupt_, nullptr);
    sigaction(SIGTERM, &previous_terminate_, nullptr);
    requested = false;
    guarded = false;
}

bool interrupt_requested() noexcept {
    return requested.load(std::memory_order_relaxed);
}

}  // namespace asp

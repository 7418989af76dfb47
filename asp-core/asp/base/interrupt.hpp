#pragma once

#include <csignal>

namespace asp {

/// While it lives, SIGINT and SIGTERM set a flag instead of ending the process. The handler goes
/// away after the first signal: a second Ctrl-C ends the process at once. One at a time.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction previous_interrupt_ {};
    struct sigaction previous_terminate_ {};
};

/// Whether a signal came since the living InterruptGuard was made; false where there is none.
/// Cheap enough for every time step.
bool interrupt_requested() noexcept;

}  // namespace asp

#pragma once

#include <functional>

#include "asp/tune/contest.hpp"

namespace asp::tune {

/// What is timed: `prepare` puts the input back and is not timed, `work` is.
struct TimedWork {
    std::function<void()> work;
    std::function<void()> prepare = {};
};

/// Wall time of one call of `work`, the mean of so many. Noisy when the thread had less than 95 %
/// of a processor, or was put aside for another process more often than once in 10 ms.
Sample timed(const TimedWork& timed, long calls = 1);

/// How many calls one sample needs so that it lasts at least `seconds`, the clock's grain and the
/// call around it then being small; at most 1000000. Runs the work at least twice: once to warm up.
long calls_per_sample(const TimedWork& timed, double seconds = 5e-4);

/// Bounds what tuning a kernel while it is in use may cost. Times [s] come from the caller.
class OnlineBudget {
public:
    /// `share` of the time the kernel has already run.
    explicit OnlineBudget(double share = 0.05) : share_(share) {}

    /// The kernel ran for a caller.
    void ran(double seconds) { useful_ += seconds; }
    /// Tuning took this long: compiling, quarantine, timing.
    void spent(double seconds) { tuning_ += seconds; }
    /// Whether something that is expected to take this long may begin.
    bool affords(double seconds) const { return tuning_ + seconds <= share_ * useful_; }

    double useful_seconds() const { return useful_; }
    double tuning_seconds() const { return tuning_; }

private:
    double share_;
    double useful_ = 0.0;
    double tuning_ = 0.0;
};

}  // namespace asp::tune

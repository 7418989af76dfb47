#include "asp/tune/timing.hpp"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace asp::tune {

namespace {

constexpr double least_share_of_cpu = 0.95;

double seconds_of_cpu() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

long involuntary_switches() {
    rusage use{};
    ::getrusage(RUSAGE_THREAD, &use);
    return use.ru_nivcsw;
}

/// Longer runs are put aside now and then on any machine; then the share of the processor tells.
constexpr double seconds_per_switch = 0.01;

}  // namespace

Sample timed(const TimedWork& timed, long calls) {
    using Clock = std::chrono::steady_clock;
    const long switches = involuntary_switches();
    const double cpu = seconds_of_cpu();
    const auto begin = Clock::now();
    Clock::duration working{};
    for (long i = 0; i < calls; ++i) {
        if (timed.prepare) timed.prepare();
        const auto start = Clock::now();
        timed.work();
        working += Clock::now() - start;
    }
    const std::chrono::duration<double> wall = Clock::now() - begin, seconds = working;
    const double used = seconds_of_cpu() - cpu;
    const auto put_aside = static_cast<double>(involuntary_switches() - switches);
    const bool noisy =
        used < least_share_of_cpu * wall.count() || put_aside * seconds_per_switch > wall.count();
    return {seconds.count() / static_cast<double>(calls), noisy};
}

long calls_per_sample(const TimedWork& work, double seconds) {
    constexpr long most = 1000000;
    timed(work);
    for (long calls = 1;; calls *= 4) {
        const double one = timed(work, calls).seconds;
        const double total = one * static_cast<double>(calls);
        if (total < seconds && calls < most) continue;
        return std::clamp(static_cast<long>(std::ceil(seconds / one)), 1L, most);
    }
}

}  // namespace asp::tune

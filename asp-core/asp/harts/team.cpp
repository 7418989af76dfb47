#include "asp/harts/team.hpp"

#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "asp/harts/detail/lease_state.hpp"

namespace asp {

/// Ranges still to be handed out, and the first failure.
struct Team::Job {
    Ranges ranges;
    std::size_t lo, hi, grain, count;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr failure{};

    /// Runs ranges until none is left.
    void drain() {
        try {
            for (std::size_t k = next++; k < count; k = next++) {
                const std::size_t begin = lo + k * grain;
                ranges.call(ranges.function, begin, k + 1 == count ? hi : begin + grain);
            }
        } catch (...) {
            if (!failed.exchange(true)) failure = std::current_exception();
            next = count;
        }
    }
};

std::size_t Team::harts() const noexcept {
    return lease_.harts();
}

void Team::run_ranges(Ranges ranges, std::size_t lo, std::size_t hi, std::size_t grain) const {
    if (lo >= hi) return;
    if (grain == 0) grain = std::max<std::size_t>(1, (hi - lo) / (4 * lease_.harts()));
    const bool alone =
        lease_.harts() == 1 || hi - lo <= grain || detail::InsideRange::current() == &lease_;
    if (alone) {
        const detail::InsideRange inside(lease_);
        ranges.call(ranges.function, lo, hi);
        return;
    }
    Job job{ranges, lo, hi, grain, (hi - lo - 1) / grain + 1};
    share(job);
    if (job.failure) std::rethrow_exception(job.failure);
}

void Team::share(Job& job) const {
    const std::size_t helpers = std::min(lease_.harts(), job.count) - 1;
    lease_.arena().execute([&] {
        tbb::task_group group;
        for (std::size_t i = 0; i < helpers; ++i) {
            group.run([&job, this] {
                // No hart, no help: a nested lease has it, or this is the caller in wait().
                if (job.next >= job.count || lease_.take_idle(1) == 0) return;
                {
                    const detail::InsideRange inside(lease_);
                    job.drain();
                }
                lease_.give_idle(1);
            });
        }
        {
            const detail::InsideRange inside(lease_);
            job.drain();
        }
        group.wait();  // a helper that has not started is run here, and finds nothing to do
    });
}

}  // namespace asp

#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "asp/harts/hart_pool.hpp"

namespace asp {

/// Works on [begin, end) of an index space; runs on several threads at once, on disjoint ranges.
template <class F>
concept RangeFunction = std::invocable<F&, std::size_t, std::size_t>;

/// Runs range functions on the harts of a lease, which must outlive it. A range goes to whoever is
/// there first: the caller never waits for a helper that has not started.
class Team {
public:
    explicit Team(const Lease& lease) : lease_(*lease.state_) {}

    std::size_t harts() const noexcept;

    /// Calls function(begin, end) for ranges that together cover [lo, hi), each once. They begin at
    /// lo + k * grain, whoever runs them, and only the last is shorter than `grain`; 0 makes four
    /// for each hart. Alone, or when one grain is enough, function(lo, hi) is all that happens;
    /// also inside a range of the same lease (take a nested one to use what is idle). The first
    /// exception of a range is thrown here when all have ended; ranges not begun are left out.
    template <RangeFunction F>
    void run(F&& function, std::size_t lo, std::size_t hi, std::size_t grain = 0) const {
        using Function = std::remove_reference_t<F>;
        auto* const address = const_cast<void*>(static_cast<const void*>(std::addressof(function)));
        run_ranges({address, [](void* f, std::size_t begin,
                                std::size_t end) { (*static_cast<Function*>(f))(begin, end); }},
                   lo, hi, grain);
    }

private:
    /// A range function without its type: keeps the engine out of this header.
    struct Ranges {
        void* function;
        void (*call)(void* function, std::size_t begin, std::size_t end);
    };
    struct Job;

    void run_ranges(Ranges ranges, std::size_t lo, std::size_t hi, std::size_t grain) const;
    void share(Job& job) const;

    detail::LeaseState& lease_;
};

/// The same where there may be no team: all of it here then.
template <RangeFunction F>
void run_on(const Team* team, F&& function, std::size_t lo, std::size_t hi, std::size_t grain = 0) {
    if (team == nullptr)
        function(lo, hi);
    else
        team->run(function, lo, hi, grain);
}

}  // namespace asp

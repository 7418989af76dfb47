#pragma once

#include <tbb/task_arena.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "asp/harts/hart_pool.hpp"

namespace asp::detail {

/// Takes up to `max` from `counter`, never below zero; says how many.
std::size_t take_up_to(std::atomic<std::ptrdiff_t>& counter, std::size_t max);

/// Arenas that no lease uses at the moment: a region with a lease of its own then costs about what
/// one with a lease at hand does. Making an arena and waking helpers into it costs ten times that.
class ArenaShelf {
public:
    std::unique_ptr<tbb::task_arena> take(std::size_t harts);
    void put_back(std::unique_ptr<tbb::task_arena> arena, std::size_t harts);

private:
    struct Kept {
        std::size_t harts;
        std::unique_ptr<tbb::task_arena> arena;
    };
    std::mutex mutex_;
    std::vector<Kept> kept_;
};

/// What a lease owns. One of its harts is that of the thread that asked; the others are idle
/// until a helper of a team or a nested lease takes them.
class LeaseState : public std::enable_shared_from_this<LeaseState> {
public:
    /// From the pool, or with a parent from what that has idle.
    LeaseState(HartPool& pool, std::shared_ptr<LeaseState> parent, std::size_t max);
    ~LeaseState();
    LeaseState(const LeaseState&) = delete;
    LeaseState& operator=(const LeaseState&) = delete;

    HartPool& pool() const noexcept { return pool_; }
    std::size_t harts() const noexcept { return harts_; }

    std::size_t take_idle(std::size_t max) { return take_up_to(idle_, max); }
    void give_idle(std::size_t harts) { idle_ += static_cast<std::ptrdiff_t>(harts); }

    /// Taken or made by the first parallel region of the lease.
    tbb::task_arena& arena();

private:
    HartPool& pool_;
    std::shared_ptr<LeaseState> parent_;
    std::size_t harts_;
    std::atomic<std::ptrdiff_t> idle_;
    std::unique_ptr<tbb::task_arena> arena_;
};

/// Marks the calling thread as inside a range of `lease`, for nested requests.
class InsideRange {
public:
    explicit InsideRange(LeaseState& lease) noexcept;
    ~InsideRange();
    InsideRange(const InsideRange&) = delete;
    InsideRange& operator=(const InsideRange&) = delete;

    /// The lease whose range the calling thread is in; nullptr outside of all.
    static LeaseState* current() noexcept;

private:
    LeaseState* outer_;
};

}  // namespace asp::detail

#include "asp/harts/hart_pool.hpp"

#include <algorithm>
#include <utility>

#include "asp/base/error.hpp"
#include "asp/harts/capacity.hpp"
#include "asp/harts/detail/lease_state.hpp"

namespace asp {

namespace detail {

namespace {
thread_local LeaseState* current_lease = nullptr;
}

std::size_t take_up_to(std::atomic<std::ptrdiff_t>& counter, std::size_t max) {
    std::ptrdiff_t present = counter.load();
    while (present > 0) {
        const std::size_t taken = std::min(static_cast<std::size_t>(present), max);
        if (counter.compare_exchange_weak(present, present - static_cast<std::ptrdiff_t>(taken)))
            return taken;
    }
    return 0;
}

LeaseState::LeaseState(HartPool& pool, std::shared_ptr<LeaseState> parent, std::size_t max)
    : pool_(pool), parent_(std::move(parent)), harts_(1), idle_(0) {
    if (parent_ != nullptr) {
        harts_ += parent_->take_idle(max - 1);
    } else {
        // The caller's own hart first, be it there or not; then what is left.
        pool_.free_ -= 1;
        harts_ += take_up_to(pool_.free_, max - 1);
    }
    idle_ = static_cast<std::ptrdiff_t>(harts_ - 1);
}

std::unique_ptr<tbb::task_arena> ArenaShelf::take(std::size_t harts) {
    {
        const std::lock_guard lock(mutex_);
        for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
            if (kept->harts != harts) continue;
            auto arena = std::move(kept->arena);
            kept_.erase(std::next(kept).base());
            return arena;
        }
    }
    return std::make_unique<tbb::task_arena>(static_cast<int>(harts));
}

void ArenaShelf::put_back(std::unique_ptr<tbb::task_arena> arena, std::size_t harts) {
    constexpr std::size_t most = 16;
    const std::lock_guard lock(mutex_);
    if (kept_.size() < most) kept_.push_back({harts, std::move(arena)});
}

LeaseState::~LeaseState() {
    if (arena_) pool_.arenas_->put_back(std::move(arena_), harts_);
    if (parent_ != nullptr)
        parent_->give_idle(harts_ - 1);
    else
        pool_.free_ += static_cast<std::ptrdiff_t>(harts_);
}

tbb::task_arena& LeaseState::arena() {
    if (!arena_) arena_ = pool_.arenas_->take(harts_);
    return *arena_;
}

InsideRange::InsideRange(LeaseState& lease) noexcept
    : outer_(std::exchange(current_lease, &lease)) {}
InsideRange::~InsideRange() {
    current_lease = outer_;
}
LeaseState* InsideRange::current() noexcept {
    return current_lease;
}

}  // namespace detail

std::size_t Lease::harts() const noexcept {
    return state_->harts();
}

HartPool::HartPool(std::size_t harts)
    : harts_(harts),
      free_(static_cast<std::ptrdiff_t>(harts)),
      arenas_(std::make_shared<detail::ArenaShelf>()) {
    ASP_ASSERT(harts >= 1);
}

HartPool& HartPool::process() {
    static HartPool pool(measure_capacity().harts);
    return pool;
}

Lease HartPool::request(std::size_t max) {
    ASP_ASSERT(max >= 1);
    detail::LeaseState* const outer = detail::InsideRange::current();
    const bool nested = outer != nullptr && &outer->pool() == this;
    return Lease(std::make_shared<detail::LeaseState>(
        *this, nested ? outer->shared_from_this() : nullptr, max));
}

std::size_t HartPool::idle() const noexcept {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, free_.load()));
}

}  // namespace asp

#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>

namespace asp {

namespace detail {
class ArenaShelf;
class LeaseState;
}  // namespace detail

/// A number of harts lent to one parallel region, the caller's own among them; given back at the
/// end of its life. Used by one thread at a time, and not after its pool.
class Lease {
public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) noexcept = default;
    ~Lease() = default;

    std::size_t harts() const noexcept;

private:
    friend class HartPool;
    friend class Team;
    explicit Lease(std::shared_ptr<detail::LeaseState> state) : state_(std::move(state)) {}

    std::shared_ptr<detail::LeaseState> state_;
};

/// The harts of this process. Lends each to one parallel region at a time, so that parallel code
/// inside parallel code does not run more threads than there are harts.
class HartPool {
public:
    /// Precondition: harts >= 1.
    explicit HartPool(std::size_t harts);
    HartPool(const HartPool&) = delete;
    HartPool& operator=(const HartPool&) = delete;

    /// The one that programs hand to their solvers, as large as measure_capacity() says when it is
    /// first asked for. A test has its own pool.
    static HartPool& process();

    static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

    /// Up to `max` harts, at once. At least 1: a thread that asks runs already, so that where
    /// nothing is left its own comes on top. Inside a team's range the rest comes from what the
    /// team's lease has idle, and from nowhere else: a bound set outside holds inside.
    Lease request(std::size_t max = all);

    std::size_t harts() const noexcept { return harts_; }
    /// Neither lent nor anyone's own.
    std::size_t idle() const noexcept;

private:
    friend class detail::LeaseState;

    std::size_t harts_;
    // Below zero when more threads asked than there are harts: each brought its own.
    std::atomic<std::ptrdiff_t> free_;
    std::shared_ptr<detail::ArenaShelf> arenas_;
};

}  // namespace asp

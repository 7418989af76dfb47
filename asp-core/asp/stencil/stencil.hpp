#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "asp/harts/team.hpp"
#include "asp/ir/grid.hpp"
#include "asp/specialize/kernel.hpp"

namespace asp::stencil {

namespace detail {
struct Function;
class Passes;
}  // namespace detail

/// The arrays and numbers of a call; nothing is owned.
struct Call {
    std::array<long, 3> shape{};  ///< [dimensions] outermost first
    std::span<double* const>
        fields{};  ///< first values of the fields that are parameters, in order
    /// [fields][dimensions] elements from one index to the next, 1 for the innermost; none: all
    /// fields lie densely.
    std::span<const std::array<long, 3>> strides{};
    std::span<const double> scalars{};
};

/// A written field that is, in the next step, what another one reads.
struct Feed {
    std::size_t written, read;  ///< numbers of fields
};

/// Whether a long call is to end early.
using Stop = std::function<bool()>;

/// A grid function that is ready to run. Calls may run on many threads at once.
class Stencil {
public:
    Stencil(const ir::GridFunction& function, const Context& context);

    /// One step. `returned` gets what the function returns, to the bit the same whoever runs it.
    /// Without a team, or below some 20000 points, the calling thread is alone. Throws InputError
    /// where a written field overlaps another one that is read elsewhere than at the point, where
    /// shapes are negative, and where the innermost stride is not 1.
    void run(const Call& call, std::span<double> returned = {}, const Team* team = nullptr) const;
    /// The same with a lease of the pool's harts, taken where there is enough to do.
    void run(const Call& call, std::span<double> returned, HartPool& pool) const;

    /// So many steps, as many at a time as pay. After each, `written` is what `read` reads; a fed
    /// field also begins with the values of the one it feeds, so that those no loop writes are
    /// carried along. The fields that are read stay as they are. `returned`: of the last step.
    /// `stop` is asked between passes, by the calling thread: where it says true, the written
    /// fields hold what some whole step wrote, `returned` is left alone, and the answer is false.
    bool iterate(long steps, std::span<const Feed> feeds, const Call& call,
                 std::span<double> returned = {}, const Team* team = nullptr,
                 const Stop& stop = {}) const;
    bool iterate(long steps, std::span<const Feed> feeds, const Call& call,
                 std::span<double> returned, HartPool& pool, const Stop& stop = {}) const;

    /// Steps that iterate() makes in one pass over the fields; 0 (to begin with): from the sizes of
    /// grid and caches. For tests and measurements.
    void set_depth(long steps) { depth_ = steps; }

    const Kernel& kernel() const { return kernel_; }

    /// Points below which a call is the calling thread's alone.
    static constexpr long few_points = 20000;

private:
    std::shared_ptr<const detail::Function> function_;
    std::shared_ptr<detail::Passes> passes_;
    Kernel kernel_;
    long depth_ = 0;
};

}  // namespace asp::stencil

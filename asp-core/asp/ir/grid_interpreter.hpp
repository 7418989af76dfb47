#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "asp/ir/grid.hpp"

namespace asp::ir {

namespace detail {
struct GridCode;
}

/// A written field whose values of one step are a read field's in the next one.
struct Feed {
    std::size_t written, read;
};

/// Memory and numbers that a grid function is called with.
struct GridCall {
    std::array<long, 3> shape{1, 1, 1};  ///< outermost dimension first; 1 for those not there
    std::span<double* const> fields;     ///< first values of the fields that are parameters
    std::span<const std::array<long, 3>> strides;  ///< of each, in elements; of the innermost one 1
    std::span<const double> scalars;
    long steps = 1;
    /// A fed field begins each step, the first one too, with the values of the field that it
    /// feeds: so those that no loop writes are carried along.
    std::span<const Feed> feeds;
};

/// A grid function as register programs that are run row by row, straight on the fields' memory.
///
/// Each value is evaluate()'s, whatever ranges a call is cut into and on how many threads these are
/// run at once. Immutable; may run on many threads at once.
class GridProgram {
public:
    explicit GridProgram(const GridFunction& function);

    /// Writes the indices [lo, hi) of the outermost dimension of all written fields, as the last of
    /// `steps` leaves them, as if all points of a loop were done at once. What other ranges compute
    /// is computed again where it is needed: at each side and for each step, as many indices as
    /// the loops read sideways. Fields that are read only are not changed, fed ones neither.
    ///
    /// Gives partial values of what is returned, in the last step: [blocks, returned], a block
    /// being one index of the outermost dimension, or in one dimension the cells [1024 i, 1024 (i +
    /// 1)).
    std::vector<double> run(const GridCall& call, long lo, long hi) const;

    /// Cells of a block in one dimension. Ranges that begin and end at its multiples give the same
    /// partial values as the whole.
    static constexpr long cells_per_block = 1024;

    /// What is returned, from the partial values of all ranges, one range behind the other: the
    /// starts, then block after block; so to the bit the same however the ranges were cut.
    std::vector<double> combined(std::span<const double> partial) const;

    /// Whether ranges of such a call may run at once, or one after the other. They may not where
    /// one reads, away from its own points, old values of a field that another one writes.
    bool ranges_are_independent(const GridCall& call) const;

private:
    std::shared_ptr<const detail::GridCode> code_;
};

}  // namespace asp::ir

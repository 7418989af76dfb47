#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace gmm::detail {

/// Adds up vectors that come in any order and from any thread, in the order of one binary tree over
/// their places: the same bits always. Holds no more than what waits for its neighbour.
class SumTree {
public:
    using Sums = std::vector<double>;

    SumTree(std::size_t leaves, std::size_t numbers) : leaves_(leaves), numbers_(numbers) {}

    /// Zeros to be filled and handed to add().
    Sums take();
    /// Each leaf once.
    void add(std::size_t leaf, Sums sums);
    /// After all leaves; zeros where there is none.
    Sums total();

private:
    std::size_t leaves_, numbers_;
    std::mutex mutex_;
    std::map<std::pair<std::size_t, std::size_t>, Sums> waiting_;  ///< by (level, place)
    std::vector<Sums> spare_;
};

}  // namespace gmm::detail

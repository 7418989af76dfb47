#include "gmm/detail/sum_tree.hpp"

#include <algorithm>

#include "asp/base/error.hpp"

namespace gmm::detail {

SumTree::Sums SumTree::take() {
    Sums sums;
    {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            sums = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    sums.assign(numbers_, 0.0);
    return sums;
}

void SumTree::add(std::size_t leaf, Sums sums) {
    std::size_t level = 0, place = leaf;
    while ((leaves_ - 1) >> level > 0) {
        const std::size_t neighbour = place ^ 1U;
        if (neighbour <= (leaves_ - 1) >> level) {
            std::unique_lock lock(mutex_);
            const auto found = waiting_.find({level, neighbour});
            if (found == waiting_.end()) {
                waiting_.emplace(std::pair(level, place), std::move(sums));
                return;
            }
            Sums other = std::move(found->second);
            waiting_.erase(found);
            lock.unlock();
            for (std::size_t i = 0; i < numbers_; ++i) sums[i] += other[i];
            lock.lock();
            spare_.push_back(std::move(other));
        }
        ++level;
        place /= 2;
    }
    const std::lock_guard lock(mutex_);
    waiting_.emplace(std::pair(level, place), std::move(sums));
}

SumTree::Sums SumTree::total() {
    if (leaves_ == 0) return Sums(numbers_, 0.0);
    ASP_ASSERT(waiting_.size() == 1);
    return std::move(waiting_.begin()->second);
}

}  // namespace gmm::detail

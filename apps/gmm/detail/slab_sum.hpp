#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "gmm/detail/ranges.hpp"
#include "gmm/frames.hpp"
#include "gmm/statistics.hpp"

namespace gmm::detail {

/// Sums statistics of slabs in the order of one binary tree over all slabs: the same bits however
/// the slabs come in blocks, and however many harts work.
class SlabSum {
public:
    SlabSum(Statistics zero, const asp::Team* team) : zero_(std::move(zero)), team_(team) {}

    /// add(statistics, slab, first): adds the frames of a slab, `first` being the number of its
    /// first one. Runs on several threads at once.
    template <class Real, class Add>
    void take(const Frames<Real>& block, std::size_t first, const Add& add) {
        const std::size_t slabs = (block.size() + slab_frames - 1) / slab_frames;
        // One for each: slabs cost the same, and sums of large mixtures take megabytes.
        const std::size_t at_once = team_ == nullptr ? 1 : team_->harts();
        for (std::size_t done = 0; done < slabs; done += at_once) {
            std::vector<Statistics> parts(std::min(at_once, slabs - done), zero_);
            for_each(team_, parts.size(), [&](std::size_t k) {
                const std::size_t lo = (done + k) * slab_frames,
                                  hi = std::min(block.size(), lo + slab_frames);
                add(parts[k], block.part(lo, hi), first + lo);
            });
            for (Statistics& part : parts) push(std::move(part));
        }
    }

    /// What was taken so far.
    Statistics total() && {
        while (levels_.size() > 1) join_last();
        return levels_.empty() ? std::move(zero_) : std::move(levels_.back().second);
    }

private:
    /// A binary counter: what holds the sums of 2^level slabs stands before what holds fewer.
    void push(Statistics part) {
        levels_.emplace_back(0, std::move(part));
        while (levels_.size() > 1 && levels_[levels_.size() - 2].first == levels_.back().first)
            join_last();
    }
    void join_last() {
        auto& [level, sum] = levels_[levels_.size() - 2];
        sum += levels_.back().second;
        ++level;
        levels_.pop_back();
    }

    Statistics zero_;
    const asp::Team* team_;
    std::vector<std::pair<int, Statistics>> levels_;
};

}  // namespace gmm::detail

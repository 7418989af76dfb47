#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "asp/harts/team.hpp"
#include "krylov/unit_graph.hpp"

namespace krylov {

/// An order of all (unit, level) pairs in which nothing is done twice: tile after tile, and within
/// a tile level after level. A tile does at each level what its own units need and no earlier tile
/// has done. Tiles are dealt to strands, which run side by side: tile j of a strand waits for those
/// tiles of other strands whose values it reads, all of which come before it in the common order
/// (0 of strand 0, 0 of strand 1, ..., 1 of strand 0, ...).
/// The implicit algorithm SA2 of Mohiyuddin, Hoemmen, Demmel and Yelick (2009) without its copies
/// for threads.
class Schedule {
public:
    /// `depth`: levels. Precondition: depth >= 1, strands >= 1.
    Schedule(const UnitGraph& graph, const Tiling& tiling, int depth, std::size_t strands);

    struct Range {
        std::int32_t first, last;  ///< units
    };

    int depth() const { return depth_; }
    std::size_t strands() const { return strand_start_.size() - 1; }
    std::int32_t tiles() const {
        return static_cast<std::int32_t>(tile_start_.size() - 1) / depth_;
    }
    /// Of a strand; those of the last but one end where the last begins.
    std::int32_t first_tile(std::size_t strand) const { return strand_start_[strand]; }
    std::size_t bytes() const {
        return ranges_.size() * sizeof(Range) + tile_start_.size() * sizeof(std::int64_t) +
               needs_.size() * sizeof(std::int32_t);
    }
    /// What tile `tile` does at level 1 <= p <= depth.
    std::span<const Range> ranges(std::int32_t tile, int level) const {
        const auto i = static_cast<std::size_t>(tile) * static_cast<std::size_t>(depth_) +
                       static_cast<std::size_t>(level) - 1;
        return std::span(ranges_).subspan(
            static_cast<std::size_t>(tile_start_[i]),
            static_cast<std::size_t>(tile_start_[i + 1] - tile_start_[i]));
    }

    /// Calls work(tile) for all tiles, each after those it needs: on the team's harts, or here in
    /// the common order. Whoever waits does another strand's tiles meanwhile.
    void run(const asp::Team* team, const std::function<void(std::int32_t)>& work) const;
    /// The tiles in the common order.
    std::vector<std::int32_t> common_order() const;

private:
    friend class Runner;
    int depth_;
    std::vector<Range> ranges_;
    std::vector<std::int64_t> tile_start_;    ///< [tiles * depth + 1] into ranges
    std::vector<std::int32_t> strand_start_;  ///< [strands + 1] into tiles
    std::vector<std::int32_t> needs_;         ///< [tiles, strands] tiles of that strand to be done
};

}  // namespace krylov

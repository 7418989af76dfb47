#include "krylov/schedule.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <thread>

#include "asp/base/error.hpp"

namespace krylov {
namespace {

using Size = std::size_t;

/// Where each strand's tiles begin, so that all have about the same work.
std::vector<std::int32_t> deal(const std::vector<std::int64_t>& work, Size strands) {
    std::int64_t all = 0, done = 0;
    for (const std::int64_t w : work) all += w;
    const auto tiles = static_cast<std::int32_t>(work.size());
    std::vector<std::int32_t> start{0};
    for (std::int32_t tile = 0; tile < tiles; ++tile) {
        done += work[static_cast<Size>(tile)];
        while (start.size() < strands && done * static_cast<std::int64_t>(strands) >=
                                             all * static_cast<std::int64_t>(start.size()))
            start.push_back(tile + 1);
    }
    start.resize(strands, tiles);
    start.push_back(tiles);
    return start;
}

/// The common order: tile j of strand s has rank j * strands + s.
struct Ranks {
    std::vector<std::int32_t> of_tile;  ///< [tiles]
    std::vector<std::int32_t> tile;     ///< [ranks], -1 where a strand has ended
    /// [depth + 1][units], from level 1: of the tile that makes a unit's value.
    std::vector<std::vector<std::int32_t>> of_unit;

    Ranks(const std::vector<std::int32_t>& strand_start, Size tiles) : of_tile(tiles) {
        const Size strands = strand_start.size() - 1;
        for (Size s = 0; s < strands; ++s)
            for (std::int32_t t = strand_start[s]; t < strand_start[s + 1]; ++t) {
                const Size rank = static_cast<Size>(t - strand_start[s]) * strands + s;
                of_tile[static_cast<Size>(t)] = static_cast<std::int32_t>(rank);
                tile.resize(std::max(tile.size(), rank + 1), -1);
                tile[rank] = t;
            }
    }

    /// Level by level from the last: a unit's value is made by the first tile that needs it.
    void spread(const UnitGraph& graph, const Tiling& tiling, int depth) {
        const auto units = static_cast<Size>(graph.units());
        of_unit.assign(static_cast<Size>(depth) + 1, {});
        of_unit.back().resize(units);
        for (Size u = 0; u < units; ++u)
            of_unit.back()[u] = of_tile[static_cast<Size>(tiling.tile_of[u])];
        for (Size p = of_unit.size() - 1; p > 1; --p) {
            of_unit[p - 1].assign(units, std::numeric_limits<std::int32_t>::max());
            for (Size u = 0; u < units; ++u)
                for (const std::int32_t v : graph.reads_of(static_cast<std::int32_t>(u))) {
                    std::int32_t& first = of_unit[p - 1][static_cast<Size>(v)];
                    first = std::min(first, of_unit[p][u]);
                }
        }
    }
    Size tile_of(Size level, Size unit) const {
        return static_cast<Size>(tile[static_cast<Size>(of_unit[level][unit])]);
    }
};

/// [tiles, strands]: how many tiles of a strand must be done before.
std::vector<std::int32_t> needs_of(const UnitGraph& graph, const Ranks& ranks, Size strands) {
    std::vector<std::int32_t> needs(ranks.of_tile.size() * strands, 0);
    const auto width = static_cast<std::int32_t>(strands);
    for (Size p = 2; p < ranks.of_unit.size() && strands > 1; ++p)
        for (Size u = 0; u < ranks.of_unit[p].size(); ++u)
            for (const std::int32_t v : graph.reads_of(static_cast<std::int32_t>(u))) {
                const std::int32_t maker = ranks.of_unit[p - 1][static_cast<Size>(v)];
                if (maker == ranks.of_unit[p][u]) continue;
                std::int32_t& need =
                    needs[ranks.tile_of(p, u) * strands + static_cast<Size>(maker % width)];
                need = std::max(need, maker / width + 1);
            }
    return needs;
}

}  // namespace

Schedule::Schedule(const UnitGraph& graph, const Tiling& tiling, int depth, std::size_t strands)
    : depth_(depth) {
    ASP_ASSERT(depth >= 1 && strands >= 1);
    const auto tiles = static_cast<Size>(tiling.tiles);
    std::vector<std::int64_t> work(tiles, 0);
    for (const std::int32_t tile : tiling.tile_of) ++work[static_cast<Size>(tile)];
    strand_start_ = deal(work, strands);
    Ranks ranks(strand_start_, tiles);
    ranks.spread(graph, tiling, depth);
    needs_ = needs_of(graph, ranks, strands);

    // Ranges of units, by tile and level: counted, placed, then filled in rising order.
    const auto depth_size = static_cast<Size>(depth);
    tile_start_.assign(tiles * depth_size + 1, 0);
    std::vector<std::int32_t> last(tiles * depth_size, -2);
    const auto for_each_unit = [&](auto&& act) {
        std::ranges::fill(last, -2);
        for (Size p = 1; p < ranks.of_unit.size(); ++p)
            for (Size u = 0; u < ranks.of_unit[p].size(); ++u) {
                const Size place = ranks.tile_of(p, u) * depth_size + p - 1;
                const auto unit = static_cast<std::int32_t>(u);
                act(place, unit, last[place] + 1 == unit);
                last[place] = unit;
            }
    };
    for_each_unit([&](Size place, std::int32_t, bool goes_on) {
        if (!goes_on) ++tile_start_[place + 1];
    });
    for (Size i = 1; i < tile_start_.size(); ++i) tile_start_[i] += tile_start_[i - 1];
    ranges_.resize(static_cast<Size>(tile_start_.back()));
    std::vector<std::int64_t> at(tile_start_.begin(), tile_start_.end() - 1);
    for_each_unit([&](Size place, std::int32_t unit, bool goes_on) {
        if (!goes_on) ranges_[static_cast<Size>(at[place]++)] = {unit, unit};
        ranges_[static_cast<Size>(at[place] - 1)].last = unit + 1;
    });
}

std::vector<std::int32_t> Schedule::common_order() const {
    std::vector<std::int32_t> order;
    for (std::int32_t j = 0; static_cast<std::int32_t>(order.size()) < tiles(); ++j)
        for (std::size_t s = 0; s + 1 < strand_start_.size(); ++s)
            if (strand_start_[s] + j < strand_start_[s + 1]) order.push_back(strand_start_[s] + j);
    return order;
}

/// One pass over the tiles by whoever comes.
class Runner {
public:
    Runner(const Schedule& schedule, const std::function<void(std::int32_t)>& work)
        : schedule_(schedule), work_(work), strands_(schedule.strands()) {}

    /// Returns when all tiles are done, or when what throws has been seen.
    void help(std::size_t own) {
        while (!failed_) {
            bool is_done = true, has_worked = false;
            for (std::size_t i = 0; i < strands_.size() && !has_worked; ++i) {
                const std::size_t s = (own + i) % strands_.size();
                if (strands_[s].done.load(std::memory_order_acquire) == count(s)) continue;
                is_done = false;
                has_worked = advance(s);
            }
            if (is_done) return;
            if (!has_worked) std::this_thread::yield();
        }
    }

private:
    struct alignas(64) Strand {
        std::atomic<std::int32_t> done{0};
        std::atomic_flag taken;
    };

    std::int32_t count(std::size_t s) const {
        return schedule_.strand_start_[s + 1] - schedule_.strand_start_[s];
    }

    /// Does the tiles of a strand that are ready, if nobody else is at it; whether there were any.
    bool advance(std::size_t s) {
        Strand& strand = strands_[s];
        if (strand.taken.test_and_set(std::memory_order_acquire)) return false;
        struct Release {
            Strand& strand;
            ~Release() { strand.taken.clear(std::memory_order_release); }
        } release{strand};
        bool has_worked = false;
        for (std::int32_t j = strand.done.load(std::memory_order_relaxed); j < count(s) && !failed_;
             ++j) {
            const std::int32_t tile = schedule_.strand_start_[s] + j;
            if (!is_ready(tile)) break;
            try {
                work_(tile);
            } catch (...) {
                failed_ = true;
                throw;
            }
            strand.done.store(j + 1, std::memory_order_release);
            has_worked = true;
        }
        return has_worked;
    }

    bool is_ready(std::int32_t tile) const {
        const auto first = static_cast<std::size_t>(tile) * strands_.size();
        for (std::size_t s = 0; s < strands_.size(); ++s)
            if (strands_[s].done.load(std::memory_order_acquire) < schedule_.needs_[first + s])
                return false;
        return true;
    }

    const Schedule& schedule_;
    const std::function<void(std::int32_t)>& work_;
    std::vector<Strand> strands_;
    std::atomic<bool> failed_{false};
};

void Schedule::run(const asp::Team* team, const std::function<void(std::int32_t)>& work) const {
    if (team == nullptr || team->harts() == 1 || strands() == 1) {
        for (const std::int32_t tile : common_order()) work(tile);
        return;
    }
    Runner runner(*this, work);
    team->run([&](std::size_t begin, std::size_t) { runner.help(begin); }, 0, strands(), 1);
}

}  // namespace krylov

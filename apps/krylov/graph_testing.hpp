#pragma once
// For tests only: random graphs of units, and what a schedule does with them.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "krylov/schedule.hpp"

namespace krylov::testing {

/// Each unit reads itself and, on average, about `degree` others: near ones, or any.
inline UnitGraph random_graph(std::int32_t units, int degree, bool is_local, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    UnitGraph graph;
    graph.items = units;
    graph.start.push_back(0);
    for (std::int32_t u = 0; u < units; ++u) {
        std::vector<std::int32_t> list{u};
        const int count = degree == 0 ? 0 : static_cast<int>(random() % (2U * degree + 1U));
        for (int i = 0; i < count; ++i) {
            const auto any = static_cast<std::int32_t>(random() % static_cast<unsigned>(units));
            list.push_back(is_local ? std::clamp(u + any % 9 - 4, 0, units - 1) : any);
        }
        std::ranges::sort(list);
        list.erase(std::ranges::unique(list).begin(), list.end());
        graph.reads.insert(graph.reads.end(), list.begin(), list.end());
        graph.start.push_back(static_cast<std::int64_t>(graph.reads.size()));
        graph.bytes.push_back(static_cast<std::int64_t>(100 + random() % 100));
    }
    return graph;
}

/// The tile that does each unit at each level; -1: none, -2: more than one.
/// [level - 1][unit]
inline std::vector<std::vector<std::int32_t>> makers(const Schedule& schedule, std::int32_t units) {
    std::vector<std::vector<std::int32_t>> by(
        static_cast<std::size_t>(schedule.depth()),
        std::vector<std::int32_t>(static_cast<std::size_t>(units), -1));
    for (std::int32_t tile = 0; tile < schedule.tiles(); ++tile)
        for (int p = 1; p <= schedule.depth(); ++p)
            for (const Schedule::Range& range : schedule.ranges(tile, p))
                for (std::int32_t u = range.first; u < range.last; ++u) {
                    std::int32_t& maker =
                        by[static_cast<std::size_t>(p) - 1][static_cast<std::size_t>(u)];
                    maker = maker == -1 ? tile : -2;
                }
    return by;
}

/// Keeps two vectors in turn as a schedule is run: how often a unit's value is overwritten before
/// a unit of `graph` has read it.
inline int overwritten_too_soon(const Schedule& schedule, const UnitGraph& graph,
                                const asp::Team* team = nullptr) {
    std::vector<std::atomic<int>> level(static_cast<std::size_t>(graph.units()));
    std::atomic<int> times = 0;
    schedule.run(team, [&](std::int32_t tile) {
        for (int p = 1; p <= schedule.depth(); ++p)
            for (const Schedule::Range& range : schedule.ranges(tile, p))
                for (std::int32_t u = range.first; u < range.last; ++u) {
                    // Reads level p - 1, which is gone where level p + 1 has been made.
                    for (const std::int32_t v : graph.reads_of(u))
                        times += level[static_cast<std::size_t>(v)] > p ? 1 : 0;
                    level[static_cast<std::size_t>(u)] = p;
                }
    });
    return times;
}

}  // namespace krylov::testing

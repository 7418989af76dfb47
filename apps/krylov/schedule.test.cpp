#include "krylov/schedule.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "asp/base/testing.hpp"
#include "krylov/akx_testing.hpp"
#include "krylov/graph_testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

struct Case {
    UnitGraph graph;
    Tiling tiling;
    int depth;
    std::size_t strands;
};

/// Graphs of all densities and sizes, both tilings, few and many strands.
std::vector<Case> cases() {
    std::vector<Case> all;
    std::mt19937_64 random(21);
    for (const std::int32_t units : {0, 1, 2, 3, 7, 19, 40, 90, 150, 400})
        for (const int degree : {0, 1, 2, 3, 12})
            for (const bool is_local : {true, false}) {
                if (units == 0 && degree > 0) continue;
                const UnitGraph graph = random_graph(units, degree, is_local, random());
                const auto bytes = static_cast<std::int64_t>(150 + random() % 2000);
                const Tiling tiling = random() % 2 == 0 ? contiguous_tiling(graph, bytes, 8)
                                                        : bisected_tiling(graph, bytes, 8);
                for (const int depth : {1, 2, 5})
                    for (const std::size_t strands : {1U, 2U, 3U, 11U})
                        all.push_back({graph, tiling, depth, strands});
            }
    return all;
}

std::vector<std::size_t> places_in_common_order(const Schedule& schedule) {
    const std::vector<std::int32_t> order = schedule.common_order();
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[static_cast<std::size_t>(order[i])] = i;
    return place;
}

/// How often work reads a unit's level that is not made yet, or makes one again, when the team runs
/// it. Each tile begins when it may, on whatever thread.
int mistakes_on(const asp::Team* team, const Case& c) {
    const Schedule schedule(c.graph, c.tiling, c.depth, c.strands);
    const auto units = static_cast<std::size_t>(c.graph.units());
    const auto made = std::make_unique<std::atomic<int>[]>(units * (c.depth + 1U));
    for (std::size_t u = 0; u < units; ++u) made[u] = 1;
    std::atomic<int> mistakes{0};
    schedule.run(team, [&](std::int32_t tile) {
        for (int p = 1; p <= c.depth; ++p)
            for (const Schedule::Range& range : schedule.ranges(tile, p))
                for (std::int32_t u = range.first; u < range.last; ++u) {
                    const std::size_t before = static_cast<std::size_t>(p - 1) * units;
                    for (const std::int32_t v : c.graph.reads_of(u))
                        mistakes += made[before + static_cast<std::size_t>(v)] == 1 ? 0 : 1;
                    mistakes += made[before + units + static_cast<std::size_t>(u)]++;
                }
    });
    for (std::size_t i = 0; i < units * (c.depth + 1U); ++i) mistakes += made[i] == 1 ? 0 : 1;
    return mistakes;
}

}  // namespace

TEST_CASE("a schedule makes every unit of every level exactly once") {
    for (const Case& c : cases()) {
        const Schedule schedule(c.graph, c.tiling, c.depth, c.strands);
        for (const auto& level : makers(schedule, c.graph.units()))
            REQUIRE(std::ranges::all_of(level, [](std::int32_t tile) { return tile >= 0; }));
    }
}

TEST_CASE("a tile makes its own units at the last level") {
    for (const Case& c : cases()) {
        const Schedule schedule(c.graph, c.tiling, c.depth, c.strands);
        REQUIRE(makers(schedule, c.graph.units()).back() == c.tiling.tile_of);
    }
}

TEST_CASE("what a unit reads is made by its own tile or by one before it in the common order") {
    for (const Case& c : cases()) {
        const Schedule schedule(c.graph, c.tiling, c.depth, c.strands);
        const auto by = makers(schedule, c.graph.units());
        const auto place = places_in_common_order(schedule);
        bool is_late = false;
        for (std::size_t p = 1; p < by.size(); ++p)
            for (std::int32_t u = 0; u < c.graph.units(); ++u)
                for (const std::int32_t v : c.graph.reads_of(u))
                    is_late |=
                        place[static_cast<std::size_t>(by[p - 1][static_cast<std::size_t>(v)])] >
                        place[static_cast<std::size_t>(by[p][static_cast<std::size_t>(u)])];
        REQUIRE_FALSE(is_late);
    }
}

TEST_CASE("the common order has every tile once, dealt from the strands by turns") {
    for (const Case& c : cases()) {
        const Schedule schedule(c.graph, c.tiling, c.depth, c.strands);
        std::vector<std::int32_t> order = schedule.common_order();
        REQUIRE(schedule.strands() == c.strands);
        REQUIRE(schedule.tiles() == c.tiling.tiles);
        for (std::size_t i = 0, s = 0; s < c.strands && i < order.size(); ++s)
            if (schedule.first_tile(s) < schedule.first_tile(s + 1))
                REQUIRE(order[i++] == schedule.first_tile(s));
        std::ranges::sort(order);
        for (std::size_t i = 0; i < order.size(); ++i)
            REQUIRE(order[i] == static_cast<std::int32_t>(i));
    }
}

TEST_CASE("whatever harts run a schedule, nothing is read before it is made or made twice") {
    const Harts two(2), five(5);
    for (const Case& c : cases()) {
        REQUIRE(mistakes_on(nullptr, c) == 0);
        REQUIRE(mistakes_on(&two.team, c) == 0);
        REQUIRE(mistakes_on(&five.team, c) == 0);
    }
}

TEST_CASE("two harts end a schedule of many strands that all wait for each other") {
    const UnitGraph graph = random_graph(400, 20, false, 3);
    const Harts two(2);
    const Case c{graph, contiguous_tiling(graph, 300, 8), 6, 32};
    CHECK(mistakes_on(&two.team, c) == 0);
}

TEST_CASE("a schedule that a range of the same lease runs is run there") {
    const UnitGraph graph = random_graph(60, 3, true, 4);
    const Harts two(2);
    const Case c{graph, contiguous_tiling(graph, 300, 8), 3, 4};
    std::atomic<int> mistakes{0};
    two.team.run([&](std::size_t, std::size_t) { mistakes += mistakes_on(&two.team, c); }, 0, 4, 1);
    CHECK(mistakes == 0);
}

TEST_CASE("what a tile's work throws ends the run and is thrown there; no tile is done twice") {
    const UnitGraph graph = random_graph(200, 4, true, 5);
    const Schedule schedule(graph, contiguous_tiling(graph, 300, 8), 3, 4);
    const Harts three(3);
    const asp::Team* const teams[]{nullptr, &three.team};
    for (const asp::Team* const team : teams) {
        std::vector<std::atomic<int>> times(static_cast<std::size_t>(schedule.tiles()));
        const auto run = [&] {
            schedule.run(team, [&](std::int32_t tile) {
                ++times[static_cast<std::size_t>(tile)];
                if (tile == schedule.tiles() / 2) throw std::runtime_error("tile in the middle");
            });
        };
        CHECK(asp::testing::message_of<std::runtime_error>(run) == "tile in the middle");
        CHECK(std::ranges::all_of(times, [](const auto& n) { return n <= 1; }));
        CHECK(std::ranges::any_of(times, [](const auto& n) { return n == 0; }));
    }
}

TEST_CASE("with the graph made symmetric two vectors in turn are enough") {
    const Harts three(3);
    for (const Case& c : cases()) {
        const Schedule schedule(symmetrized(c.graph), c.tiling, c.depth, c.strands);
        REQUIRE(overwritten_too_soon(schedule, c.graph) == 0);
        REQUIRE(overwritten_too_soon(schedule, c.graph, &three.team) == 0);
    }
}

TEST_CASE("as an unsymmetric graph is, its schedule overwrites what is still to be read") {
    // Each unit reads its left neighbour and nobody the right one's: a tile runs ahead of what
    // reads it.
    UnitGraph graph;
    graph.items = 12;
    graph.start = {0};
    for (std::int32_t u = 0; u < 12; ++u) {
        if (u > 0) graph.reads.push_back(u - 1);
        graph.reads.push_back(u);
        graph.start.push_back(static_cast<std::int64_t>(graph.reads.size()));
        graph.bytes.push_back(100);
    }
    const Tiling tiling = contiguous_tiling(graph, 300, 0);
    CHECK(tiling.tiles == 4);
    CHECK(overwritten_too_soon(Schedule(graph, tiling, 3, 1), graph) > 0);
    CHECK(overwritten_too_soon(Schedule(symmetrized(graph), tiling, 3, 1), graph) == 0);
}

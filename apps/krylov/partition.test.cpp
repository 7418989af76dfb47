#include <algorithm>
#include <array>
#include <thread>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/generate.hpp"
#include "krylov/ordering.hpp"

using namespace krylov;
using asp::testing::message_of;

namespace {

constexpr std::array both{Partitioner::metis, Partitioner::scotch};

std::int64_t edges_cut(const Graph& graph, const std::vector<std::int32_t>& part) {
    std::int64_t cut = 0;
    for (std::size_t v = 0; v < part.size(); ++v)
        for (auto j = graph.start[v]; j < graph.start[v + 1]; ++j)
            cut += part[v] !=
                   part[static_cast<std::size_t>(graph.neighbour[static_cast<std::size_t>(j)])];
    return cut / 2;
}

/// Of the edges in a matrix's graph, those between numbers at most 500 apart.
double near_edges(const char* text) {
    const Graph graph = graph_of(generate(text).view());
    std::ptrdiff_t near = 0;
    for (std::int32_t v = 0; v < graph.vertices(); ++v)
        for (auto j = graph.start[static_cast<std::size_t>(v)];
             j < graph.start[static_cast<std::size_t>(v) + 1]; ++j)
            near += std::abs(v - graph.neighbour[static_cast<std::size_t>(j)]) <= 500;
    return static_cast<double>(near) / static_cast<double>(graph.neighbour.size());
}

/// Vertices of the largest part over those of an equal share.
double largest_share(const std::vector<std::int32_t>& part, std::int32_t parts) {
    std::ptrdiff_t largest = 0;
    for (std::int32_t p = 0; p < parts; ++p)
        largest = std::max(largest, std::ranges::count(part, p));
    return static_cast<double>(largest) * parts / static_cast<double>(part.size());
}

}  // namespace

TEST_CASE("a partition into four uses all parts, evenly, and cuts few edges") {
    const Graph grid = graph_of(generate("stencil:5pt:20").view());
    for (const Partitioner by : both) {
        const auto part = partition(grid, 4, by);
        for (std::int32_t p = 0; p < 4; ++p) {
            // Parts may be 3 percent larger than their share of 100.
            CHECK(std::ranges::count(part, p) <= 103);
            CHECK(std::ranges::count(part, p) >= 90);
        }
        CHECK(edges_cut(grid, part) <= 60);  // straight cuts give 40; a random partition 570
    }
}

TEST_CASE("a mesh is cut into many parts that hold every vertex, few edges between them") {
    const Graph mesh = graph_of(generate("graph:6000,order=random").view());
    for (const Partitioner by : both) {
        const auto part = partition(mesh, 24, by);
        REQUIRE(part.size() == static_cast<std::size_t>(mesh.vertices()));
        CHECK(std::ranges::all_of(part, [](std::int32_t p) { return 0 <= p && p < 24; }));
        // 3 percent, and what cutting halves of halves five times rounds to.
        CHECK(largest_share(part, 24) <= 1.06);
        // Parts of 250 vertices have some 2 sqrt(pi 250) = 56 at their rims, with two edges
        // outwards each, and every edge has two ends. A random partition cuts 23 of 24.
        CHECK(edges_cut(mesh, part) <= 24 * 56);
    }
}

TEST_CASE("calls one after the other and at once give the same parts") {
    const Graph mesh = graph_of(generate("graph:6000,order=random").view());
    for (const Partitioner by : both) {
        const auto first = partition(mesh, 24, by);
        std::vector<std::int32_t> other;
        std::thread thread([&] { other = partition(mesh, 24, by); });
        const bool is_same = partition(mesh, 24, by) == first;
        thread.join();
        CHECK(is_same);
        CHECK((other == first));
    }
}

TEST_CASE("one part holds everything, and a graph without vertices has none") {
    const Graph grid = graph_of(generate("stencil:5pt:4").view());
    for (const Partitioner by : both) {
        CHECK(partition(grid, 1, by) == std::vector<std::int32_t>(16, 0));
        CHECK(partition(Graph{}, 3, by).empty());
    }
}

TEST_CASE("vertices without neighbours are dealt out evenly") {
    const Graph lonely{std::vector<std::int64_t>(101, 0), {}};
    for (const Partitioner by : both) CHECK(largest_share(partition(lonely, 4, by), 4) <= 1.03);
}

TEST_CASE("an order by parts keeps the order within a part") {
    CHECK(part_by_part(std::vector<std::int32_t>{1, 0, 2, 1, 0}) == Order{1, 4, 0, 3, 2});
}

TEST_CASE("a mesh numbered part by part has most of its edges inside a part") {
    // Parts have 462 nodes. In a random order 2 * 500 / 6000 of the edges are so short.
    CHECK(near_edges("graph:6000,order=random") < 0.2);
    CHECK(near_edges("graph:6000,order=metis") > 0.85);
    CHECK(near_edges("graph:6000,order=scotch") > 0.85);
}

TEST_CASE("a graph that a library cannot count is refused") {
    // With the numbers of 32 bits that Debian and Ubuntu build both with.
    const Graph many{{0, std::int64_t{1} << 33U}, {}};
    CHECK(message_of<asp::BackendError>([&] { partition(many, 2, Partitioner::metis); }) ==
          "METIS here counts to 2147483647: a graph with 8589934592 neighbours is too large");
    CHECK(message_of<asp::BackendError>([&] { partition(many, 2, Partitioner::scotch); }) ==
          "SCOTCH here counts to 2147483647: a graph with 8589934592 neighbours is too large");
}

TEST_CASE("a partition into no parts is refused") {
    CHECK(message_of<asp::InputError>([] { partition(Graph{}, 0); }) ==
          "0 parts: expected 1 or more");
}

#include "krylov/ordering.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "asp/base/testing.hpp"
#include "krylov/generate.hpp"

using namespace krylov;

namespace {

bool is_permutation_of_all(const Order& order, std::int32_t vertices) {
    Order sorted = order;
    std::ranges::sort(sorted);
    Order all(static_cast<std::size_t>(vertices));
    std::iota(all.begin(), all.end(), 0);
    return sorted == all;
}

/// A path 0 - 1 - ... numbered so that its ends lie in the middle.
Graph two_paths() {
    std::vector<Entry<double>> entries;
    for (const auto& [i, j] : {std::pair(4, 1), {1, 5}, {5, 0}, {2, 6}, {6, 3}}) {
        entries.push_back({i, j, 1.0});
        entries.push_back({j, i, 1.0});
    }
    return graph_of(assemble<double>(8, 8, entries).view());
}

/// The greatest difference of levels between neighbours.
std::size_t farthest_levels(const Graph& graph, const Levels& levels) {
    std::vector<std::size_t> level(levels.order.size());
    std::size_t l = 0;
    for (std::size_t i = 0; i < levels.order.size(); ++i) {
        while (static_cast<std::int32_t>(i) >= levels.level_end[l]) ++l;
        level[static_cast<std::size_t>(levels.order[i])] = l;
    }
    std::size_t farthest = 0;
    for (std::size_t v = 0; v < level.size(); ++v)
        for (auto j = graph.start[v]; j < graph.start[v + 1]; ++j) {
            const auto w = static_cast<std::size_t>(graph.neighbour[static_cast<std::size_t>(j)]);
            farthest =
                std::max(farthest, std::max(level[v], level[w]) - std::min(level[v], level[w]));
        }
    return farthest;
}

}  // namespace

TEST_CASE("the graph of a matrix joins i and j where either entry is stored, never i and i") {
    const std::vector<Entry<double>> entries{{0, 0, 1.0}, {0, 2, 1.0}, {1, 2, 1.0}, {2, 1, 1.0}};
    const auto matrix = assemble<double>(3, 3, entries);
    const Graph graph = graph_of(matrix.view());
    CHECK(graph.start == std::vector<std::int64_t>{0, 1, 2, 4});
    CHECK(graph.neighbour == std::vector<std::int32_t>{2, 2, 0, 1});
    const std::vector<std::int64_t> wide(matrix.column.begin(), matrix.column.end());
    const CsrView<double, std::int64_t> view{3, matrix.row_start, wide, matrix.value};
    CHECK(graph_of(view).neighbour == graph.neighbour);
}

TEST_CASE("an order put after its inverse changes nothing") {
    const Order order{3, 0, 2, 1};
    const Order back = inverse(order);
    CHECK(back == Order{1, 3, 2, 0});
    CHECK(inverse(back) == order);
}

TEST_CASE("reverse Cuthill-McKee numbers each path from one end to the other") {
    const Graph graph = two_paths();
    const Order order = reverse_cuthill_mckee(graph);
    CHECK(is_permutation_of_all(order, 8));
    const Order place = inverse(order);
    for (std::size_t v = 0; v < 8; ++v)
        for (auto j = graph.start[v]; j < graph.start[v + 1]; ++j)
            CHECK(std::abs(place[v] - place[static_cast<std::size_t>(
                                          graph.neighbour[static_cast<std::size_t>(j)])]) == 1);
}

TEST_CASE("reverse Cuthill-McKee brings a shuffled grid back to the bandwidth of its short side") {
    // On a 12 x 60 five-point grid no numbering has a bandwidth below 12.
    const auto grid = generate("stencil:5pt:12x60");
    Order shuffled(720);
    for (std::size_t i = 0; i < 720; ++i) shuffled[i] = static_cast<std::int32_t>(i * 331 % 720);
    const auto matrix = permuted(grid.view(), shuffled);
    CHECK(bandwidth(matrix.view()) > 300);
    const Order order = reverse_cuthill_mckee(graph_of(matrix.view()));
    CHECK(is_permutation_of_all(order, 720));
    CHECK(bandwidth(permuted(matrix.view(), order).view()) <= 13);
}

TEST_CASE("neighbours lie in the same breadth-first level or the next, in every component") {
    const Graph paths = two_paths();
    const Levels levels = breadth_first_levels(paths);
    CHECK(levels.level_end == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(farthest_levels(paths, levels) == 1);
    const Graph mesh = graph_of(generate("graph:900,order=random").view());
    const Levels of_mesh = breadth_first_levels(mesh);
    CHECK(is_permutation_of_all(of_mesh.order, 900));
    CHECK(of_mesh.level_end.back() == 900);
    CHECK(farthest_levels(mesh, of_mesh) == 1);
}

TEST_CASE("a graph without vertices has an order of none, and no levels") {
    CHECK(reverse_cuthill_mckee(Graph{}).empty());
    CHECK(breadth_first_levels(Graph{}).level_end.empty());
}

TEST_CASE("the bandwidth is the farthest an entry lies from the diagonal") {
    CHECK(bandwidth(assemble<double>(4, 4, std::vector<Entry<double>>{{0, 0, 1.0}}).view()) == 0);
    CHECK(bandwidth(assemble<double>(4, 4, std::vector<Entry<double>>{{3, 1, 1.0}}).view()) == 2);
    CHECK(bandwidth(assemble<double>(4, 4, std::vector<Entry<double>>{{0, 3, 1.0}}).view()) == 3);
}

#include "krylov/unit_graph.hpp"

#include <algorithm>
#include <set>

#include "asp/base/testing.hpp"
#include "krylov/akx_testing.hpp"
#include "krylov/graph_testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

/// What each unit reads, entry by entry of the matrix.
std::vector<std::set<std::int32_t>> read_by(const Csr<double>& matrix, std::int64_t rows_per_unit) {
    const auto unit = [&](std::int64_t row) {
        return static_cast<std::size_t>(row / rows_per_unit);
    };
    std::vector<std::set<std::int32_t>> sets(unit(matrix.rows() + rows_per_unit - 1));
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        sets[unit(i)].insert(static_cast<std::int32_t>(unit(i)));
        for (auto e = matrix.row_start[static_cast<std::size_t>(i)];
             e < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++e)
            sets[unit(i)].insert(
                static_cast<std::int32_t>(unit(matrix.column[static_cast<std::size_t>(e)])));
    }
    return sets;
}

std::vector<std::set<std::int32_t>> sets_of(const UnitGraph& graph) {
    std::vector<std::set<std::int32_t>> sets;
    for (std::int32_t u = 0; u < graph.units(); ++u)
        sets.emplace_back(graph.reads_of(u).begin(), graph.reads_of(u).end());
    return sets;
}

bool are_rising(const UnitGraph& graph) {
    for (std::int32_t u = 0; u < graph.units(); ++u) {
        const auto list = graph.reads_of(u);
        if (std::ranges::adjacent_find(list, std::greater_equal{}) != list.end()) return false;
    }
    return true;
}

std::int64_t weight(const UnitGraph& graph, std::int32_t unit, std::int64_t row_bytes) {
    const std::int64_t begin = unit * graph.items_per_unit;
    return graph.bytes[static_cast<std::size_t>(unit)] +
           std::min(graph.items_per_unit, graph.items - begin) * graph.rows_per_item * row_bytes;
}

struct TileWeights {
    std::vector<std::int64_t> of_tile;
    std::int64_t heaviest_unit = 0;
};
TileWeights weights(const UnitGraph& graph, const Tiling& tiling, std::int64_t row_bytes) {
    TileWeights w{std::vector<std::int64_t>(static_cast<std::size_t>(tiling.tiles), 0)};
    for (std::int32_t u = 0; u < graph.units(); ++u) {
        const std::int64_t here = weight(graph, u, row_bytes);
        w.of_tile[static_cast<std::size_t>(tiling.tile_of[static_cast<std::size_t>(u)])] += here;
        w.heaviest_unit = std::max(w.heaviest_unit, here);
    }
    return w;
}

/// All tiles from 0 have units, and every unit has a tile.
bool is_partition(const Tiling& tiling, std::int32_t units) {
    const std::set<std::int32_t> used(tiling.tile_of.begin(), tiling.tile_of.end());
    return tiling.tile_of.size() == static_cast<std::size_t>(units) &&
           used.size() == static_cast<std::size_t>(tiling.tiles) &&
           (used.empty() || (*used.begin() == 0 && *used.rbegin() == tiling.tiles - 1));
}

}  // namespace

TEST_CASE("units of rows read the units of their columns, and themselves") {
    for (const Structure& structure : structures())
        for (const int rows : {1, 3, 64, 1000}) {
            INFO(structure.name << ", " << rows << " rows in a unit");
            const UnitGraph graph = unit_graph(structure.matrix.view(), rows);
            CHECK(sets_of(graph) == read_by(structure.matrix, rows));
            CHECK(are_rising(graph));
            CHECK(sets_of(unit_graph(Wide(structure.matrix).view, rows)) == sets_of(graph));
        }
}

TEST_CASE("units of slices read at least the units of their rows' columns") {
    for (const Structure& structure : structures())
        for (const int block : {1, 2, 3}) {
            if (structure.matrix.rows() % block != 0) continue;
            INFO(structure.name << ", " << block);
            const auto packed = pack(structure.matrix.view(), {block, block, 8});
            for (const int slices : {1, 4}) {
                const UnitGraph graph = unit_graph(packed, slices);
                const auto least = read_by(structure.matrix, slices * block * 8);
                const auto found = sets_of(graph);
                REQUIRE(found.size() == least.size());
                for (std::size_t u = 0; u < found.size(); ++u)
                    CHECK(std::ranges::includes(found[u], least[u]));
                CHECK(are_rising(graph));
            }
        }
}

TEST_CASE("the bytes of all units are those of the matrix") {
    const Csr<double> matrix = convection_diffusion(20, 30);
    const UnitGraph rows = unit_graph(matrix.view(), 7);
    std::int64_t sum = 0;
    for (const std::int64_t bytes : rows.bytes) sum += bytes;
    CHECK(sum == matrix.nonzeros() * 12 + matrix.rows() * 8);

    for (const ValueForm form : {ValueForm::full, ValueForm::single, ValueForm::coded}) {
        const auto packed =
            pack(matrix.view(), {1, 1, 8}, nullptr, {form, shortest_form(matrix.view()).table});
        sum = 0;
        for (const std::int64_t bytes : unit_graph(packed, 7).bytes) sum += bytes;
        CHECK(sum == static_cast<std::int64_t>(packed.bytes() - sizeof(SliceHead)));
    }
}

TEST_CASE("harts side by side make the graph that one makes") {
    const Harts three(3);
    const Csr<double> matrix = convection_diffusion(40, 40);
    const auto packed = pack(matrix.view(), {1, 1, 8});
    for (const int items : {1, 3}) {
        const UnitGraph alone = unit_graph(matrix.view(), items),
                        shared = unit_graph(matrix.view(), items, &three.team);
        CHECK(shared.reads == alone.reads);
        CHECK(shared.start == alone.start);
        CHECK(shared.bytes == alone.bytes);
        CHECK(unit_graph(packed, items, &three.team).reads == unit_graph(packed, items).reads);
    }
}

TEST_CASE("a graph made symmetric has every edge in both directions and no others") {
    for (const bool is_local : {true, false}) {
        const UnitGraph graph = random_graph(90, 3, is_local, 8);
        auto expected = sets_of(graph);
        for (std::int32_t u = 0; u < graph.units(); ++u)
            for (const std::int32_t v : graph.reads_of(u))
                expected[static_cast<std::size_t>(v)].insert(u);
        const UnitGraph both = symmetrized(graph);
        CHECK(sets_of(both) == expected);
        CHECK(are_rising(both));
        CHECK(symmetrized(both).reads == both.reads);
    }
}

TEST_CASE("tilings are partitions of the units") {
    for (const std::int32_t units : {0, 1, 2, 30, 300})
        for (const int degree : {0, 2, 20})
            for (const std::int64_t bytes : {1, 400, 3000, 1 << 30}) {
                if (units == 0 && degree > 0) continue;
                const UnitGraph graph = random_graph(units, degree, degree == 2, 13);
                CHECK(is_partition(contiguous_tiling(graph, bytes, 16), units));
                CHECK(is_partition(bisected_tiling(graph, bytes, 16), units));
            }
}

TEST_CASE("bands follow the rows and are filled as far as the next unit allows") {
    const UnitGraph graph = random_graph(500, 3, true, 14);
    const Tiling tiling = contiguous_tiling(graph, 3000, 16);
    CHECK(std::ranges::is_sorted(tiling.tile_of));
    const TileWeights w = weights(graph, tiling, 16);
    CHECK(std::ranges::all_of(w.of_tile, [](std::int64_t bytes) { return bytes <= 3000; }));
    const auto last = std::prev(w.of_tile.end());
    CHECK(std::all_of(w.of_tile.begin(), last,
                      [&](std::int64_t bytes) { return bytes > 3000 - w.heaviest_unit; }));
}

TEST_CASE("compact tiles are no larger than asked for and seldom smaller than a third") {
    // Halves of halves end between the size and its half, less what a unit weighs.
    for (const bool is_local : {true, false}) {
        const UnitGraph graph = random_graph(500, 3, is_local, 15);
        const TileWeights w = weights(graph, bisected_tiling(graph, 3000, 16), 16);
        CHECK(std::ranges::all_of(w.of_tile, [](std::int64_t bytes) { return bytes <= 3000; }));
        CHECK(std::ranges::all_of(w.of_tile, [](std::int64_t bytes) { return bytes > 1000; }));
    }
}

TEST_CASE("compact tiles of a grid read fewer units of other tiles than bands do") {
    const UnitGraph graph = unit_graph(convection_diffusion(64, 64).view(), 4);
    const auto read_outside = [&](const Tiling& tiling) {
        std::set<std::pair<std::int32_t, std::int32_t>> pairs;
        for (std::int32_t u = 0; u < graph.units(); ++u)
            for (const std::int32_t v : graph.reads_of(u)) {
                const auto tile = tiling.tile_of[static_cast<std::size_t>(u)];
                if (tile != tiling.tile_of[static_cast<std::size_t>(v)]) pairs.emplace(tile, v);
            }
        return pairs.size();
    };
    CHECK(read_outside(bisected_tiling(graph, 12000, 64)) <
          read_outside(contiguous_tiling(graph, 12000, 64)));
}

TEST_CASE("a unit larger than a tile is one") {
    const UnitGraph graph = random_graph(40, 2, true, 16);
    CHECK(contiguous_tiling(graph, 1, 8).tiles == 40);
    CHECK(bisected_tiling(graph, 1, 8).tiles == 40);
}

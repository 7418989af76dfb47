#include "bloodflow/mesh.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/testing.hpp"
#include "bloodflow/run.hpp"
#include "bloodflow/run_config.hpp"

using namespace bloodflow;

namespace {

/// A chain of vessels of these lengths [m].
Network chain(const std::vector<double>& lengths) {
    Network network;
    network.nodes.resize(lengths.size() + 1);
    for (std::size_t v = 0; v < lengths.size(); ++v)
        network.vessels.push_back({"vessel " + std::to_string(v),
                                   v,
                                   v + 1,
                                   lengths[v],
                                   {4e-3, 4e-3},
                                   {5e-4, 5e-4},
                                   {4e5, 4e5},
                                   0.5,
                                   0.0});
    return network;
}

/// A wave's time through one cell of each vessel [s].
std::vector<double> own_steps(const Mesh& mesh, const std::vector<double>& speeds) {
    std::vector<double> steps;
    for (std::size_t v = 0; v < speeds.size(); ++v)
        steps.push_back(mesh.vessels[v].length / speeds[v]);
    return steps;
}

/// The longest step of level 0 with which each level's step stays below its vessels' own.
double step_of_level_0(const Mesh& mesh, const std::vector<double>& speeds) {
    double step = 1e300;
    const auto own = own_steps(mesh, speeds);
    for (std::size_t v = 0; v < own.size(); ++v)
        step = std::min(step, own[v] * std::exp2(mesh.vessels[v].level));
    return step;
}

}  // namespace

TEST_CASE("the cells of a vessel fill it exactly and lie behind those of the vessel before") {
    const std::vector<double> lengths{0.1, 0.0033, 0.071, 0.2449};
    const Network network = chain(lengths);
    for (const double target : {1e-4, 1e-3, 7e-3, 0.05}) {
        const Mesh mesh =
            make_mesh(network, {.cell_length = target, .min_cells = 2}, {5.0, 6.0, 7.0, 5.0});
        std::size_t cells = 0;
        for (std::size_t v = 0; v < lengths.size(); ++v) {
            CHECK(mesh.vessels[v].offset == cells);
            cells += mesh.vessels[v].count;
            // One rounding in the division, one in this product.
            CHECK(static_cast<double>(mesh.vessels[v].count) * mesh.vessels[v].length ==
                  Approx(lengths[v]).epsilon(3e-16));
        }
        CHECK(mesh.cells == cells);
    }
}

TEST_CASE("a cell is as near to the length asked for as whole numbers allow") {
    const Mesh mesh = make_mesh(chain({0.1, 0.0094, 0.0096}), {.cell_length = 1e-3}, {5, 5, 5});
    CHECK(mesh.vessels[0].count == 100);
    CHECK(mesh.vessels[1].count == 9);
    CHECK(mesh.vessels[2].count == 10);
}

TEST_CASE("a short vessel has its least number of cells") {
    const Network network = chain({0.1, 0.001});
    CHECK(make_mesh(network, {.cell_length = 5e-3}, {5, 5}).vessels[1].count == 3);
    CHECK(make_mesh(network, {.cell_length = 5e-3, .min_cells = 8}, {5, 5}).vessels[1].count == 8);
    CHECK(make_mesh(network, {.cell_length = 5e-3, .min_cells = 2}, {5, 5}).vessels[1].count == 2);
}

TEST_CASE("cells in proportion to the wave speed take about the same time to cross") {
    const std::vector<double> speeds{4.0, 6.0, 8.0, 12.0};
    const Mesh mesh =
        make_mesh(chain({0.2, 0.2, 0.2, 0.2}),
                  {.cell_length = 1e-3, .cell_sizing = CellSizing::wave_speed}, speeds);
    CHECK(mesh.vessels[0].count == 200);
    const auto steps = own_steps(mesh, speeds);
    // Whole numbers of cells: at worst half a cell among the 67 of the stiffest vessel.
    for (const double step : steps) CHECK(step == Approx(2.5e-4).epsilon(0.5 / 66.0));
}

TEST_CASE("without local time stepping there is one level") {
    const Mesh mesh = make_mesh(chain({0.2, 0.001}),
                                {.cell_length = 1e-3, .local_time_stepping = false}, {4.0, 16.0});
    CHECK(mesh.levels == 1);
    for (const auto& cells : mesh.vessels) CHECK(cells.level == 0);
}

TEST_CASE("a long vessel does not step as often as a short stiff one beside it") {
    const std::vector<double> speeds{4.0, 16.0};
    const Mesh mesh = make_mesh(chain({0.6, 0.001}), {.cell_length = 1e-3}, speeds);
    const auto own = own_steps(mesh, speeds);
    REQUIRE(own[0] / own[1] == Approx(12.0));
    CHECK(mesh.vessels[0].level == 0);
    CHECK(mesh.vessels[1].level == 3);  // 8 steps for one; 16 would be more than the 12 that fit
    CHECK(mesh.levels == 4);
}

TEST_CASE("levels suit every vessel: no step above its own, none of half of it below the finest") {
    const std::vector<double> lengths{0.24, 0.0031, 0.05, 0.0018, 0.11, 0.02, 0.007, 0.4};
    const Network network = chain(lengths);
    for (const double target : {3e-4, 1e-3, 2.7e-3})
        for (const double stiffest : {5.0, 9.0, 31.0, 700.0}) {
            const std::vector<double> speeds{4.0, stiffest, 7.3, 11.0, 5.0, 6.1, 9.9, 4.4};
            const Mesh mesh = make_mesh(network, {.cell_length = target}, speeds);
            const auto own = own_steps(mesh, speeds);
            const double step = step_of_level_0(mesh, speeds);
            int lowest = 99, highest = 0;
            for (std::size_t v = 0; v < own.size(); ++v) {
                const int level = mesh.vessels[v].level;
                CHECK(step / std::exp2(level) <= own[v] * (1.0 + 1e-12));  // rounding of exp2 and /
                // Twice the step would be too long, but for the bound on the number of levels.
                if (level > 0) CHECK(2.0 * step / std::exp2(level) > 0.5 * own[v]);
                lowest = std::min(lowest, level);
                highest = std::max(highest, level);
            }
            CHECK(lowest == 0);
            CHECK(mesh.levels == highest + 1);
            CHECK(mesh.levels <= 7);
            const double finest = step / std::exp2(highest);
            CHECK(finest > 0.5 * *std::min_element(own.begin(), own.end()));
        }
}

TEST_CASE("local time stepping saves work in the Circle of Willis") {
    const RunConfig config = read_run_config("configs/willis.yaml", {});
    const SteadyFlow steady = solve_steady(config.network, config.inlets);
    const Mesh mesh = mesh_of(config, steady);
    RunConfig global = config;
    global.numerics.local_time_stepping = false;
    const Mesh one_level = mesh_of(global, steady);
    CHECK(mesh.cells == one_level.cells);
    REQUIRE(mesh.levels > 1);
    double updates = 0.0;  // while one step of level 0 is taken
    for (const auto& cells : mesh.vessels)
        updates += static_cast<double>(cells.count) * std::exp2(cells.level);
    CHECK(updates < 0.8 * static_cast<double>(mesh.cells) * std::exp2(mesh.levels - 1));
}

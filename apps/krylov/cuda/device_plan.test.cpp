#include "krylov/cuda/device_plan.hpp"

#include <cstring>
#include <map>
#include <memory>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/cuda/testing.hpp"
#include "krylov/cuda/device_verdict.hpp"
#include "krylov/generate.hpp"
#include "krylov/reference.hpp"

using asp::testing::has_device;
using asp::testing::message_of;
using krylov::Csr;
using krylov::TileShape;
using namespace krylov::cuda;

namespace {

asp::cuda::DeviceInfo a_device() {
    asp::cuda::DeviceInfo info;
    info.name = "a device";
    info.processors = 4;
    info.memory_of_block = 160 * 1024;
    info.launches_cooperatively = true;
    return info;
}

std::vector<DeviceOptions> ways_of(const std::string& matrix, const DeviceRequest& request = {}) {
    return device_ways(krylov::generate(matrix).view(), request, a_device());
}

bool has(const std::vector<DeviceOptions>& ways, DeviceMethod method) {
    return std::ranges::find(ways, method, &DeviceOptions::method) != ways.end();
}

/// Rows of one entry, and a long one after every 31 of them.
Csr<double> uneven(int rows) {
    Csr<double> m;
    m.columns = rows;
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < (i % 32 == 31 ? 20 : 1); ++j) {
            m.column.push_back(j);
            m.value.push_back(1.0);
        }
        m.row_start.push_back(static_cast<std::int64_t>(m.column.size()));
    }
    return m;
}

/// Three ways, and what their calls take [s].
struct Trial {
    DeviceOptions cooperative{.k = 4, .method = DeviceMethod::cooperative};
    DeviceOptions levels{.k = 4}, products{.k = 4, .method = DeviceMethod::cusparse};
    std::map<std::string, double> seconds{
        {cooperative.describe(), 2e-6}, {levels.describe(), 3e-6}, {products.describe(), 5e-6}};
    std::map<std::string, int> calls = {};

    DevicePlan choose(DeviceRequest request) {
        request.k = 4;
        return choose_way({cooperative, levels, products}, request,
                          [&](const DeviceOptions& options) -> std::optional<TimeCalls> {
                              const std::string name = options.describe();
                              if (!seconds.contains(name)) return std::nullopt;
                              return [this, name](int repetitions) {
                                  calls[name] += 1 + repetitions;
                                  return seconds.at(name);
                              };
                          });
    }
};

}  // namespace

TEST_CASE("by sizes: one launch for all levels of a small matrix, one for each of a large one") {
    CHECK(ways_of("stencil:5pt:40").front().method == DeviceMethod::cooperative);
    CHECK(has(ways_of("stencil:5pt:40"), DeviceMethod::levels));
    const auto middle = ways_of("stencil:7pt:60");  // 21 MB a level
    CHECK(middle.front().method == DeviceMethod::levels);
    CHECK(has(middle, DeviceMethod::cooperative));
    CHECK_FALSE(has(ways_of("stencil:7pt:100"), DeviceMethod::cooperative));  // 100 MB
    CHECK_FALSE(has(ways_of("stencil:5pt:40", {.k = 1}), DeviceMethod::cooperative));
}

TEST_CASE("blocks are considered where a matrix is made of them, sorting where rows are uneven") {
    const auto elasticity = ways_of("fem:6");
    CHECK(elasticity.front().block == 3);
    CHECK(std::ranges::count(elasticity, 1, &DeviceOptions::block) > 1);
    CHECK(ways_of("stencil:5pt:40").front().block == 1);
    CHECK(ways_of("stencil:5pt:40").front().sort_window == 1);
    CHECK(device_ways(uneven(4001).view(), {}, a_device()).front().sort_window == 1024);
}

TEST_CASE("tiles are considered where few ghosts are needed, of the size of a block's memory") {
    const auto tiles = [](const std::string& matrix) {
        std::vector<DeviceOptions> found = ways_of(matrix);
        std::erase_if(found, [](const auto& o) { return o.method != DeviceMethod::tiles; });
        return found;
    };
    const auto line = tiles("band:20000,half_width=3,row=4");
    REQUIRE(line.size() == 2);
    CHECK(line[0].tile_shape == TileShape::bands);
    CHECK(line[0].depth == 4);
    CHECK(line[1].depth == 2);
    const auto plane = tiles("stencil:5pt:300");
    REQUIRE_FALSE(plane.empty());
    CHECK(plane[0].tile_shape == TileShape::compact);
    // What fits: two vectors, and 5 nonzeros of 10 bytes a row.
    CHECK(plane[0].tile_rows * (16 + 50) < 160 * 1024);
    CHECK(tiles("random:20000,row=8").empty());
}

TEST_CASE("a method that is asked for is the only one, beside cuSPARSE to compare with") {
    for (const auto method :
         {DeviceMethod::levels, DeviceMethod::cooperative, DeviceMethod::tiles}) {
        const auto ways = ways_of("stencil:5pt:300", {.method = method});
        CHECK(ways.front().method == method);
        CHECK(ways.back().method == DeviceMethod::cusparse);
        for (std::size_t i = 0; i + 1 < ways.size(); ++i) CHECK(ways[i].method == method);
    }
    CHECK(ways_of("stencil:5pt:40", {.method = DeviceMethod::cusparse}).size() == 1);
}

TEST_CASE("ways that cannot be had are refused by name") {
    const auto said = [](const std::string& matrix, const DeviceRequest& request) {
        return message_of<asp::InputError>([&] { ways_of(matrix, request); });
    };
    CHECK(said("random:20000,row=8", {.method = DeviceMethod::tiles}) ==
          "method = tiles: expected another: those that fit a block's memory would have too many "
          "ghost rows");
    CHECK(said("stencil:5pt:300", {.k = 1, .method = DeviceMethod::tiles}) ==
          "method = tiles: expected k = 2 or more");
    CHECK(said("stencil:5pt:8", {.method = DeviceMethod::tiles}) ==
          "method = tiles: expected at least 124 rows, 31 for each of 4 processors; found 64");
    CHECK(said("stencil:5pt:8", {.is_monomial = false, .method = DeviceMethod::cusparse}) ==
          "method = cusparse: expected the monomial basis");
    auto old = a_device();
    old.launches_cooperatively = false;
    const Csr<double> m = uneven(100);
    CHECK(message_of<asp::InputError>([&] {
              device_ways(m.view(), {.method = DeviceMethod::cooperative}, old);
          }) == "method = cooperative: expected another: a device has no cooperative launches");
    CHECK_FALSE(has(device_ways(m.view(), {}, old), DeviceMethod::cooperative));
    Csr<double> wide = m;
    wide.columns = 101;
    CHECK(message_of<asp::InputError>([&] { device_ways(wide.view(), {}, old); }) ==
          "the matrix is 100 x 101: expected a square one");
}

TEST_CASE("the quickest way is taken, and compared with cuSPARSE") {
    Trial trial;
    const DevicePlan plan = trial.choose({});
    CHECK(plan.chosen.options == trial.cooperative);
    CHECK(plan.reason == "timed here: 2.50 times 4 products of cuSPARSE");
    CHECK(plan.speedup == Approx(2.5));
    REQUIRE(plan.considered.size() == 3);
    CHECK(plan.considered[1].options == trial.levels);
    CHECK(plan.considered[2].measured == Approx(5e-6));
}

TEST_CASE("cuSPARSE is taken where nothing is as quick, and not for what it cannot do") {
    Trial trial;
    trial.seconds[trial.products.describe()] = 1e-6;
    const DevicePlan plan = trial.choose({});
    CHECK(plan.chosen.options == trial.products);
    CHECK(plan.speedup == 1.0);
    CHECK(plan.reason ==
          "4 products of cuSPARSE are best here: timed, nothing of ours was as quick");
    for (const DeviceRequest& other :
         {DeviceRequest{.is_monomial = false}, DeviceRequest{.method = DeviceMethod::levels}}) {
        const DevicePlan ours = trial.choose(other);
        CHECK(ours.chosen.options == trial.cooperative);
        CHECK(ours.reason == "timed here: 0.50 times 4 products of cuSPARSE");
    }
    // As quick as ours: the reference's bits decide.
    trial.seconds[trial.products.describe()] = 2e-6;
    CHECK(trial.choose({}).chosen.options == trial.cooperative);
}

TEST_CASE("without a budget sizes decide, and nothing is run") {
    Trial trial;
    const DevicePlan plan = trial.choose({.budget = 0.0});
    CHECK(plan.chosen.options == trial.cooperative);
    CHECK(plan.reason == "by sizes: nothing was timed");
    CHECK_FALSE(plan.speedup);
    CHECK(trial.calls.empty());
    CHECK(trial.choose({.method = DeviceMethod::cooperative, .budget = 0.0}).reason ==
          "as asked for");
}

TEST_CASE("timing keeps to the budget, and a slow way is looked at once") {
    Trial trial;
    trial.choose({.budget = 1.0});  // of which cuSPARSE's two calls take 8
    CHECK(trial.calls == std::map<std::string, int>{{trial.products.describe(), 2},
                                                    {trial.cooperative.describe(), 2}});
    trial.calls.clear();
    trial.seconds[trial.levels.describe()] = 9e-6;
    trial.choose({.budget = 120.0});  // 120 / (4 x 3) calls each, 3 of which come beside
    CHECK(trial.calls == std::map<std::string, int>{{trial.products.describe(), 10},
                                                    {trial.cooperative.describe(), 10},
                                                    {trial.levels.describe(), 2}});
}

TEST_CASE("what does not fit the device after all is no candidate") {
    Trial trial;
    trial.seconds.erase(trial.cooperative.describe());
    const DevicePlan plan = trial.choose({});
    CHECK(plan.chosen.options == trial.levels);
    CHECK(plan.considered.size() == 2);
    trial.seconds.erase(trial.levels.describe());
    CHECK(message_of<asp::InputError>([&] { trial.choose({.is_monomial = false}); }) ==
          "no way to these powers fits the device: expected another method or basis");
}

TEST_CASE("a plan for a device is carried out with the reference's bits") {
    if (!has_device()) return;
    for (const std::string matrix : {"stencil:5pt:12", "fem:3"})
        for (const auto method : {DeviceMethod::levels, DeviceMethod::cooperative}) {
            const Csr<double> m = krylov::generate(matrix);
            const auto r = krylov::scaled_monomial_basis(3, 0.5);
            const auto n = static_cast<std::size_t>(m.rows());
            asp::Array<double, 3> expected({4, 1, n}), found({4, 1, n});
            for (std::size_t i = 0; i < n; ++i)
                expected(0, 0, i) = found(0, 0, i) = 1.0 / static_cast<double>(i + 1);
            krylov::reference_powers(m.view(), r, expected.view());
            const auto planned = plan_on_device(
                m.view(), r, {.k = 3, .is_monomial = false, .method = method, .budget = 100.0});
            INFO(planned.akx.describe());
            CHECK(planned.plan.chosen.options.method == method);
            CHECK(planned.plan.speedup);
            CHECK(planned.plan.tuning_seconds > 0.0);
            planned.akx.powers(found.view(), r);
            CHECK(std::memcmp(found.data(), expected.data(), expected.size() * sizeof(double)) ==
                  0);
        }
}

TEST_CASE("a verdict is found again for the same device, structure and request only") {
    const asp::testing::ScratchFolder place;
    asp::db::Database database(place / "tuning.sqlite");
    const Csr<double> m = krylov::generate("stencil:5pt:12");
    const auto key = verdict_key(m.view(), {.k = 4}, a_device());
    CHECK_FALSE(remembered(database, key, 4));
    DevicePlan plan;
    plan.speedup = 1.6;
    plan.chosen.options = {.k = 4,
                           .method = DeviceMethod::tiles,
                           .tile_rows = 73,
                           .tile_shape = TileShape::compact,
                           .depth = 2,
                           .is_resident = false};
    remember(database, key, a_device(), plan);
    const auto found = remembered(database, key, 4);
    REQUIRE(found);
    CHECK(found->chosen.options == plan.chosen.options);
    CHECK(found->speedup == Approx(1.6));
    CHECK(found->reason.starts_with("timed here on 2"));
    CHECK(found->reason.ends_with(": 1.60 times products of cuSPARSE"));
    auto other = a_device();
    other.name = "another device";
    CHECK_FALSE(remembered(database, verdict_key(m.view(), {.k = 4}, other), 4));
    CHECK_FALSE(remembered(database, verdict_key(m.view(), {.k = 5}, a_device()), 5));
    CHECK_FALSE(
        remembered(database, verdict_key(m.view(), {.k = 4, .is_monomial = false}, a_device()), 4));
    CHECK_FALSE(remembered(
        database, verdict_key(krylov::generate("stencil:5pt:13").view(), {.k = 4}, a_device()), 4));
    const krylov::CsrView<std::complex<float>> halves{m.columns, m.row_start, m.column, {}};
    CHECK_FALSE(remembered(database, verdict_key(halves, {.k = 4}, a_device()), 4));
    plan.chosen.options = {.k = 4, .method = DeviceMethod::cusparse};
    plan.speedup = 1.0;
    remember(database, verdict_key(m.view(), {.k = 5}, a_device()), a_device(), plan);
    CHECK(remembered(database, verdict_key(m.view(), {.k = 5}, a_device()), 5)
              ->reason.starts_with("products of cuSPARSE are best here: timed on 2"));
}

TEST_CASE("a plan for a device is timed once, unless a method is given or it is to be forgotten") {
    if (!has_device()) return;
    const asp::testing::ScratchFolder place;
    asp::db::Database database(place / "tuning.sqlite");
    const Csr<double> m = krylov::generate("stencil:5pt:12");
    DeviceRequest request{.k = 2, .budget = 30.0};
    request.database = &database;
    const auto considered = [&](const DeviceRequest& wanted) {
        return plan_on_device(m.view(), krylov::monomial_basis(2), wanted).plan.considered.size();
    };
    DeviceRequest given = request;
    given.method = DeviceMethod::levels;
    CHECK(considered(given) > 1);
    CHECK(considered(request) > 1);
    CHECK(considered(request) == 1);
    CHECK(considered(given) > 1);
    request.forgets = true;
    CHECK(considered(request) > 1);
}

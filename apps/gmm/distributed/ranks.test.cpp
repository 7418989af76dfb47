// Run on 1, 2 and 3 ranks.
#include <algorithm>
#include <cmath>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/distributed/distributed_fit.hpp"
#include "gmm/testing.hpp"

using namespace gmm;
using asp::testing::message_of;

namespace {

const Ranks& world() {
    static const std::unique_ptr<Ranks> ranks = make_ranks();
    return *ranks;
}

/// Uneven: the last rank has half of all frames.
Frames<double> part_of(const asp::Array<double, 2>& points) {
    const Frames<double> all{points.view()};
    const auto size = static_cast<std::size_t>(world().size);
    const auto rank = static_cast<std::size_t>(world().rank);
    const auto begin = [&](std::size_t k) {
        return k == size ? all.size() : k * all.size() / (2 * std::max<std::size_t>(1, size - 1));
    };
    return all.part(begin(rank), begin(rank + 1));
}

FitOptions options_of(Covariance covariance) {
    FitOptions options;
    options.covariance = covariance;
    options.components = 3;
    options.iterations = 6;
    options.tolerance = 0.0;
    return options;
}

}  // namespace

TEST_CASE("ranks add up to the same bits, and agree on what is wrong") {
    std::vector<double> values{1.0, 0.1 * world().rank};
    world().add_up(values);
    CHECK(values[0] == world().size);
    std::vector<double> first = values;
    world().broadcast(first);
    CHECK(first == values);
    CHECK(world().any(world().rank == world().size - 1));
    CHECK_FALSE(world().any(false));
    world().agree(std::nullopt);
    const int last = world().size - 1;
    const auto problem =
        world().rank == last ? std::optional<std::string>("no frames") : std::nullopt;
    CHECK(message_of<asp::InputError>([&] { world().agree(problem); }) ==
          "rank " + std::to_string(last) + ": no frames");
}

TEST_CASE("ranks train the mixture of one process, up to the order of sums") {
    const auto covariance =
        GENERATE(Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical);
    const auto points = gmm::testing::clusters(900, 3, 3, 7);
    FitState start;
    start.mixture = gmm::testing::mixture_near(points, 3, covariance, 8);
    const Engine engine;
    FramesInMemory<double> all({points.view()}), part(part_of(points));
    const FitOptions options = options_of(covariance);
    const FitState one = continue_fit<double>(start, all, options, engine);
    const FitState many = continue_distributed_fit<double>(world(), start, part, options, engine);
    REQUIRE(many.iteration == one.iteration);
    for (std::size_t i = 0; i < one.trace.size(); ++i)
        CHECK(many.trace[i] == Approx(one.trace[i]).epsilon(1e-12));  // 900 terms
    for (std::size_t i = 0; i < one.mixture.means.size(); ++i)
        CHECK(many.mixture.means.data()[i] == Approx(one.mixture.means.data()[i]).epsilon(1e-9));
    for (std::size_t i = 0; i < one.mixture.covariances.size(); ++i)
        CHECK(many.mixture.covariances.data()[i] ==
              Approx(one.mixture.covariances.data()[i]).epsilon(1e-9).margin(1e-9));
    // On all ranks the same bits.
    Mixture first = many.mixture;
    broadcast(world(), first);
    CHECK(std::equal(first.means.begin(), first.means.end(), many.mixture.means.begin()));
}

TEST_CASE("a fit ends on all ranks when it converges, and when one of them stops it") {
    const auto points = gmm::testing::clusters(300, 2, 3, 7);
    FitState start;
    start.mixture = gmm::testing::mixture_near(points, 3, Covariance::diag, 8);
    FramesInMemory<double> part(part_of(points));
    FitOptions options = options_of(Covariance::diag);
    const FitState stopped = continue_distributed_fit<double>(
        world(), start, part, options, Engine(), [&](const FitState& state) {
            return world().rank != world().size - 1 || state.iteration < 2;
        });
    CHECK(stopped.iteration == 2);
    options.iterations = 1000;
    options.tolerance = 1e-3;
    CHECK(continue_distributed_fit<double>(world(), start, part, options, Engine()).converged);
}

TEST_CASE("what is wrong with one rank's frames is told by all") {
    auto points = gmm::testing::clusters(300, 2, 3, 7);
    FitState start;
    start.mixture = gmm::testing::mixture_near(points, 3, Covariance::diag, 8);
    points(299, 1) = std::numeric_limits<double>::quiet_NaN();
    FramesInMemory<double> part(part_of(points));
    CHECK(message_of<asp::InputError>([&] {
              continue_distributed_fit<double>(world(), start, part, options_of(Covariance::diag),
                                               Engine());
          }) == "rank " + std::to_string(world().size - 1) +
                    ": values that are not finite, or whose squares leave the range of the "
                    "arithmetic");
}

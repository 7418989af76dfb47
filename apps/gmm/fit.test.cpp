#include "gmm/fit.hpp"

#include <limits>
#include <memory>

#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

template <class Real>
FitState fit_points(const asp::Array<Real, 2>& points, const FitOptions& options,
                    const std::optional<Mixture>& given = {}, const Watch& watch = {}) {
    FramesInMemory<Real> frames({points});
    return fit<Real>(frames, options, engine(), given, watch);
}

bool is_same(const FitState& a, const FitState& b) {
    return testing::is_same(a.mixture, b.mixture) && a.iteration == b.iteration &&
           a.converged == b.converged && a.trace == b.trace && a.start == b.start &&
           a.greatest_fall == b.greatest_fall && a.repairs.size() == b.repairs.size() &&
           a.log_likelihood == b.log_likelihood && a.best.size() == b.best.size();
}

/// The mixture with its parameters mapped as mapped() maps points.
Mixture mapped(Mixture mixture, double scale, double shift) {
    for (double& mean : mixture.means) mean = scale * mean + shift;
    for (double& value : mixture.covariances) value *= scale * scale;
    return mixture;
}

}  // namespace

TEMPLATE_TEST_CASE("the likelihood never falls", "", float, double) {
    const Covariance covariance = any_covariance();
    const Start start = GENERATE(Start::kmeans_plus_plus, Start::random, Start::random_from_data);
    const auto points = rounded<TestType>(clusters(600, 3, 5, 21));
    FitOptions options{.covariance = covariance,
                       .components = 4,
                       .start = start,
                       .iterations = 25,
                       .tolerance = 0.0,
                       .seed = 22};
    options.m_step.regularization = 0.0;  // what it adds is not the maximum
    const FitState state = fit_points(points, options);
    REQUIRE(state.trace.size() >= 2);
    // Means of 600 numbers of size 10, each rounded to 53 bits, or 24 where kernels work in single.
    const double rounding = sizeof(TestType) == sizeof(float) ? 2e-5 : 1e-13;
    for (std::size_t i = 1; i < state.trace.size(); ++i)
        CHECK(state.trace[i] >= state.trace[i - 1] - rounding);
    CHECK(state.greatest_fall <= rounding);
    CHECK(state.trace.back() > state.trace.front());
}

TEST_CASE("a fit converges when the likelihood changes by less than the tolerance") {
    const asp::Array<double, 2> points = clusters(500, 2, 3, 23);
    const FitState state =
        fit_points(points, {.components = 3, .start = Start::random, .tolerance = 1e-4});
    REQUIRE(state.converged);
    REQUIRE(state.trace.size() == static_cast<std::size_t>(state.iteration));
    const std::size_t last = state.trace.size() - 1;
    CHECK(std::abs(state.trace[last] - state.trace[last - 1]) < 1e-4);
    CHECK(std::abs(state.trace[last - 1] - state.trace[last - 2]) >= 1e-4);
    CHECK_FALSE(fit_points(points, {.components = 3, .iterations = 1}).converged);
}

TEST_CASE("a fit goes on after a component was re-seeded, and a fall by that is no mistake") {
    const asp::Array<double, 2> points = clusters(400, 2, 1, 50);
    // One component is that of all frames; the other, far away, has none.
    Mixture given = mixture_near(points, 2, Covariance::spherical, 51);
    FramesInMemory<double> frames({points});
    FitState state;
    state.mixture = fit<double>(frames, {.covariance = Covariance::spherical}, engine()).mixture;
    const Mixture one = state.mixture;
    for (std::size_t i = 0; i < 2; ++i) {
        given.means(0, i) = one.means(0, i);
        given.means(1, i) = 1e3;
    }
    given.covariances(0, 0) = given.covariances(1, 0) = one.covariances(0, 0);
    given.weights(1) = 1e-12;
    given.weights(0) = 1.0 - given.weights(1);
    state.mixture = given;
    state.iteration = 1;
    state.trace = {-4.0};
    FitOptions options{.iterations = 2, .tolerance = 100.0};
    CHECK_FALSE(continue_fit<double>(state, frames, options, engine()).converged);
    options.iterations = 10;
    const FitState end = continue_fit<double>(state, frames, options, engine());
    CHECK(end.converged);
    CHECK(end.iteration == 3);
    CHECK(count_of(end.repairs, Repair::Kind::reseeded) == 1);
    CHECK(end.repairs[0].iteration == 2);
    options.iterations = 4;
    options.tolerance = 0.0;
    state.trace = {-100.0};
    const FitState longer = continue_fit<double>(state, frames, options, engine());
    REQUIRE(longer.trace.size() == 4);
    CHECK(longer.trace[2] < longer.trace[1]);  // round halves are together wider than the one
    CHECK(longer.greatest_fall < 1e-12);
}

TEST_CASE("each re-seeding is told, but floors that are needed again only once") {
    asp::Array<double, 2> points({60, 2}, 5.0);
    for (std::size_t n = 0; n < 60; ++n) points(n, 0) = static_cast<double>(n * n % 17);
    FitOptions options{.components = 2, .iterations = 5, .tolerance = 0.0};
    options.m_step.least_weight = 1e3;
    const FitState state = fit_points(points, options);
    CHECK(count_of(state.repairs, Repair::Kind::reseeded) == 6);  // the start's, too
    CHECK(count_of(state.repairs, Repair::Kind::variance_floor) == 2);
    CHECK(state.repairs.front().iteration == 0);
    CHECK(state.repairs.back().iteration == 5);
}

TEST_CASE("no iteration leaves the mixture of the start") {
    const asp::Array<double, 2> points = clusters(200, 2, 3, 23);
    const FitOptions options{.components = 3, .iterations = 0};
    FramesInMemory<double> frames({points});
    const Update start = initial_mixture<double>(frames, options, engine());
    CHECK(testing::is_same(fit_points(points, options).mixture, start.mixture));
    CHECK(testing::is_same(fit_points(points, options, start.mixture).mixture, start.mixture));
}

TEST_CASE("a fit to shifted and scaled data is the fit shifted and scaled") {
    const Covariance covariance = any_covariance();
    const Start start = GENERATE(Start::kmeans, Start::random, Start::random_from_data);
    const double scale = GENERATE(1.0, 8.0), shift = GENERATE(0.0, 64.0);
    const asp::Array<double, 2> points = clusters(400, 2, 3, 24);
    FitOptions options{
        .covariance = covariance, .components = 3, .start = start, .iterations = 10, .seed = 25};
    options.m_step.regularization = 0.0;
    options.tolerance = 0.0;
    const FitState here = fit_points(points, options),
                   there = fit_points(testing::mapped(points, scale, shift), options);
    // Powers of two scale without rounding; the shift rounds points to 64 / 2^53, which iterations
    // (of a start far from converged) make larger.
    const double tolerance = shift == 0.0 ? 1e-12 : 1e-9;
    CHECK(difference(mapped(here.mixture, scale, shift), there.mixture) <
          tolerance * scale * scale);
    CHECK(there.trace.back() ==
          Approx(here.trace.back() - 2.0 * std::log(scale)).epsilon(tolerance));
}

TEMPLATE_TEST_CASE("well separated clusters are found again", "", float, double) {
    const Covariance covariance = any_covariance();
    constexpr std::size_t N = 4000, M = 4;
    // Centres about 10 apart, deviations of 0.1.
    asp::Array<double, 2> points = clusters(N, 2, M, 26);
    const asp::Array<double, 2> noise = clusters(N, 2, 1, 27);
    const asp::Array<double, 2> centres = rows({{0, 0}, {10, 0}, {0, 10}, {10, 10}});
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t i = 0; i < 2; ++i)
            points(n, i) = centres(n % M, i) + 0.1 * (noise(n, i) - noise(0, i));
    const FitState state = fit_points(rounded<TestType>(points),
                                      {.covariance = covariance, .components = M, .seed = 28});
    CHECK(state.converged);
    for (std::size_t k = 0; k < M; ++k) {
        double nearest = INFINITY, weight = 0.0;
        for (std::size_t m = 0; m < M; ++m) {
            const double dx = state.mixture.means(m, 0) - centres(k, 0) + 0.1 * noise(0, 0),
                         dy = state.mixture.means(m, 1) - centres(k, 1) + 0.1 * noise(0, 1);
            if (std::hypot(dx, dy) < nearest) {
                nearest = std::hypot(dx, dy);
                weight = state.mixture.weights(m);
            }
        }
        CHECK(nearest < 1.0);
        CHECK(weight == Approx(0.25).epsilon(1e-6));
    }
    const std::size_t D = 2;
    const double variance = state.mixture.covariances(0, 0);
    CHECK(variance == Approx(0.01).epsilon(0.15));  // of 1000 frames: sqrt(2 / 1000), three times
    if (state.mixture.covariances.extent(1) == D * D)
        CHECK(std::abs(state.mixture.covariances(0, 1)) < 0.15 * variance);
}

TEST_CASE("a whole number as weight is a frame that comes so often") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(150, 2, 3, 29);
    std::vector<double> weights(150);
    std::vector<std::int64_t> repeated;
    for (std::size_t n = 0; n < 150; ++n) {
        weights[n] = static_cast<double>(n % 4);
        for (std::size_t k = 0; k < n % 4; ++k) repeated.push_back(static_cast<std::int64_t>(n));
    }
    const Mixture given = mixture_near(points, 3, covariance, 30);
    FitOptions options{.iterations = 10, .tolerance = 0.0};
    FramesInMemory<double> weighted({points, std::nullopt, weights}), often({points, repeated});
    const FitState a = fit<double>(weighted, options, engine(), given),
                   b = fit<double>(often, options, engine(), given);
    CHECK(difference(a.mixture, b.mixture) < 1e-10);
    CHECK(a.trace.back() == Approx(b.trace.back()).epsilon(1e-12));
}

TEST_CASE("the best of several starts is kept") {
    const asp::Array<double, 2> points = clusters(300, 2, 6, 31);
    FitOptions options{.components = 6, .start = Start::random_from_data, .starts = 5, .seed = 32};
    std::vector<double> last(5);
    std::vector<Mixture> mixtures(5);
    const FitState best = fit_points(points, options, {}, [&](const FitState& state) {
        last[static_cast<std::size_t>(state.start)] = state.trace.back();
        mixtures[static_cast<std::size_t>(state.start)] = state.mixture;
        return true;
    });
    const auto greatest =
        static_cast<std::size_t>(std::max_element(last.begin(), last.end()) - last.begin());
    CHECK(best.start == static_cast<int>(greatest));
    CHECK(best.trace.back() == last[greatest]);
    CHECK(testing::is_same(best.mixture, mixtures[greatest]));
    CHECK(std::count(last.begin(), last.end(), last[0]) < 5);  // starts that differ
    CHECK(best.best.empty());
    CHECK(is_finished(best, options));
}

TEST_CASE("the first of several starts is the one that a single start is") {
    const asp::Array<double, 2> points = clusters(300, 2, 4, 33);
    FitOptions options{.components = 4, .start = Start::random_from_data, .seed = 34};
    const FitState one = fit_points(points, options);
    options.starts = 3;
    std::optional<FitState> first;
    fit_points(points, options, {}, [&](const FitState& state) {
        if (state.start == 0) first = state;
        return state.start == 0;
    });
    REQUIRE(first);
    CHECK(testing::is_same(first->mixture, one.mixture));
}

TEST_CASE("a fit that was stopped and goes on ends with the same bits") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(200, 2, 4, 35);
    const FitOptions options{.covariance = covariance,
                             .components = 4,
                             .start = Start::random_from_data,
                             .starts = 3,
                             .iterations = 6,
                             .tolerance = 1e-2,
                             .seed = 36,
                             .scores = true};
    const FitState uninterrupted = fit_points(points, options);
    REQUIRE(uninterrupted.log_likelihood);
    for (int stop_after = 1; stop_after < 18; ++stop_after) {
        int iterations = 0;
        const Watch stop = [&](const FitState&) { return ++iterations != stop_after; };
        FitState state = fit_points(points, options, {}, stop);
        FramesInMemory<double> frames({points});
        const bool was_stopped = iterations == stop_after;
        if (was_stopped) state = continue_fit<double>(std::move(state), frames, options, engine());
        CHECK(is_same(state, uninterrupted));
        CHECK(is_finished(state, options));
    }
}

TEST_CASE("a fit that has ended goes on where more iterations are asked for") {
    const asp::Array<double, 2> points = clusters(200, 2, 4, 37);
    FitOptions options{.components = 4, .starts = 2, .iterations = 3, .tolerance = 0.0};
    FramesInMemory<double> frames({points});
    FitState state = fit<double>(frames, options, engine());
    const int start = state.start;
    CHECK(is_finished(state, options));
    options.iterations = 5;
    CHECK_FALSE(is_finished(state, options));
    state = continue_fit<double>(std::move(state), frames, options, engine());
    CHECK(state.iteration == 5);
    CHECK(state.start == start);
}

TEMPLATE_TEST_CASE("a fit does not depend on harts or blocks, to the bit", "", float, double) {
    const Covariance covariance = any_covariance();
    const Start start =
        GENERATE(Start::kmeans, Start::kmeans_plus_plus, Start::random, Start::random_from_data);
    const auto points = rounded<TestType>(clusters(3 * slab_frames + 77, 2, 3, 38));
    const FitOptions options{
        .covariance = covariance, .components = 3, .start = start, .iterations = 1, .seed = 39};
    const FitState alone = fit_points(points, options);
    for (const std::size_t count : {1, 2, 3}) {
        const Harts harts(count);
        const Engine several(&harts.team, plain_context());
        Blocks<TestType> blocks({points}, count);
        CHECK(is_same(fit<TestType>(blocks, options, several), alone));
    }
}

TEST_CASE("a fit starts from a given mixture, whatever the options say of components") {
    const asp::Array<double, 2> points = clusters(200, 2, 3, 40);
    const Mixture given = mixture_near(points, 3, Covariance::full, 41);
    const FitState state = fit_points(points, {.components = 7, .iterations = 4}, given);
    CHECK(state.mixture.components() == 3);
    CHECK(state.mixture.covariance == Covariance::full);
}

TEST_CASE("the score is the mean log-likelihood of the mixture that came out") {
    const asp::Array<double, 2> points = clusters(200, 2, 3, 42);
    const FitState state = fit_points(points, {.components = 3, .scores = true});
    const Statistics statistics = reference_statistics(state.mixture, Frames<double>{points});
    REQUIRE(state.log_likelihood);
    CHECK(*state.log_likelihood == Approx(statistics.log_likelihood / 200).epsilon(1e-13));
    CHECK_FALSE(fit_points(points, {.components = 3}).log_likelihood);
}

#include "gmm/online.hpp"

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

/// Frames [lo, hi) of points.
FramesInMemory<double> part(const asp::Array<double, 2>& points, std::size_t lo, std::size_t hi) {
    return FramesInMemory<double>(Frames<double>{points}.part(lo, hi));
}

double mean_log_likelihood(const Mixture& mixture, const asp::Array<double, 2>& points) {
    const Statistics statistics = reference_statistics(mixture, Frames<double>{points});
    return statistics.log_likelihood / statistics.total_weight;
}

OnlineFit learn_all(const asp::Array<double, 2>& points, std::size_t batch, OnlineFit fit,
                    const OnlineOptions& options) {
    for (std::size_t lo = 0; lo < points.extent(0); lo += batch) {
        auto frames = part(points, lo, std::min(points.extent(0), lo + batch));
        fit = partial_fit<double>(std::move(fit), frames, options, engine());
    }
    return fit;
}

}  // namespace

TEST_CASE("batches that come one after the other come close to a fit to all") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(6000, 2, 3, 101);
    OnlineOptions options;
    options.start = {.covariance = covariance, .components = 3, .seed = 102};
    const OnlineFit online = learn_all(points, 200, {}, options);
    CHECK(online.batches == 30);
    FramesInMemory<double> frames({points});
    const FitState whole = fit<double>(frames, options.start, engine());
    // Parameters of 6000 frames at hand are known to about 1/sqrt(6000) = 0.013 of a deviation; the
    // likelihood, at its maximum, to about the number of parameters / 6000.
    CHECK(mean_log_likelihood(online.mixture, points) > whole.trace.back() - 0.02);
}

TEST_CASE("the first batch is taken whole") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(300, 2, 3, 103);
    const Mixture given = mixture_near(points, 3, covariance, 104);
    const OnlineFit online = learn_all(points, 300, {.mixture = given}, {});
    const Statistics statistics = reference_statistics(given, Frames<double>{points});
    CHECK(difference(online.mixture, m_step(statistics).mixture) < 1e-12);
    CHECK(online.log_likelihood == Approx(statistics.log_likelihood / 300).epsilon(1e-13));
}

TEST_CASE("with a decay of 1 every batch counts the same") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(400, 2, 3, 105);
    const Mixture given = mixture_near(points, 3, covariance, 106);
    OnlineOptions options;
    options.decay = 1.0;
    // The mean of the batches' statistics, each under the mixture that it met.
    OnlineFit online{.mixture = given};
    Statistics sum = Statistics::zero(covariance, given.means);
    for (std::size_t k = 0; k < 4; ++k) {
        Frames<double> batch = Frames<double>{points}.part(100 * k, 100 * (k + 1));
        sum += reference_statistics(online.mixture, batch);
        FramesInMemory<double> frames(batch);
        online = partial_fit<double>(std::move(online), frames, options, engine());
    }
    CHECK(difference(online.mixture, m_step(sum).mixture) < 1e-11);
    CHECK(online.statistics.total_weight == Approx(1.0).epsilon(1e-14));
}

TEST_CASE("the k-th batch counts k^-decay, or the least step") {
    const asp::Array<double, 2> points = rows({{0}, {1}, {0}, {1}, {100}, {101}});
    OnlineOptions options;
    options.decay = 0.75;
    options.least_step = GENERATE(0.0, 0.9);
    const OnlineFit online = learn_all(points, 2, {}, options);
    const double second = std::max(options.least_step, std::pow(2.0, -0.75)),
                 third = std::max(options.least_step, std::pow(3.0, -0.75));
    CHECK(online.mixture.means(0, 0) ==
          Approx((1.0 - third) * ((1.0 - second) * 0.5 + second * 0.5) + third * 100.5)
              .epsilon(1e-13));
}

TEST_CASE("a least step follows data that wander off") {
    asp::Array<double, 2> points = clusters(4000, 1, 1, 107);
    for (std::size_t n = 0; n < 4000; ++n) points(n, 0) += 0.01 * static_cast<double>(n);
    OnlineOptions options;
    options.least_step = 0.5;
    const OnlineFit follows = learn_all(points, 100, {}, options);
    // Half of the last batch, a quarter of the one before ...: one batch, or 1, behind on average.
    CHECK(follows.mixture.means(0, 0) == Approx(points(3949, 0) - 1.0).margin(4.0));
    options.decay = 1.0;
    options.least_step = 0.0;
    CHECK(learn_all(points, 100, {}, options).mixture.means(0, 0) <
          follows.mixture.means(0, 0) - 15.0);
}

TEST_CASE("data that have gone far keep their digits") {
    asp::Array<double, 2> points = clusters(400, 1, 1, 114);
    for (std::size_t n = 100; n < 400; ++n) points(n, 0) += 1e8;
    OnlineOptions options;
    options.least_step = 1.0;  // only the last batch counts
    FramesInMemory<double> last = part(points, 300, 400);
    const double variance =
        fit<double>(last, {.iterations = 0}, engine()).mixture.covariances(0, 0);
    // Frames near 1e8 are rounded to 1.5e-8; about 0 the squares would be to 2.
    CHECK(learn_all(points, 100, {}, options).mixture.covariances(0, 0) ==
          Approx(variance).epsilon(1e-6));
    WindowFit window;
    for (std::size_t lo = 0; lo < 400; lo += 100) {
        auto frames = part(points, lo, lo + 100);
        window = slide<double>(std::move(window), frames, {.batches = 1}, engine());
    }
    CHECK(window.mixture.covariances(0, 0) == Approx(variance).epsilon(1e-6));
}

TEST_CASE("a window is added up anew from time to time") {
    const asp::Array<double, 2> points = clusters(700, 2, 2, 115);
    WindowOptions options{.batches = 3};
    options.start.components = 2;
    WindowFit window;
    for (std::size_t lo = 0; lo < 600; lo += 100) {  // the sixth batch is the third to push one out
        auto frames = part(points, lo, lo + 100);
        window = slide<double>(std::move(window), frames, options, engine());
    }
    CHECK(window.subtractions == 0);
    Statistics sum = Statistics::zero(Covariance::diag, window.sum.about);
    for (const Statistics& statistics : window.held) sum += statistics;
    CHECK(is_same(window.sum, sum));
}

TEST_CASE("batches without frames or weight are passed over") {
    const asp::Array<double, 2> points = clusters(100, 2, 2, 108);
    OnlineOptions options;
    options.start.components = 2;
    OnlineFit online = learn_all(points, 50, {}, options);
    const Mixture before = online.mixture;
    auto none = part(points, 0, 0);
    online = partial_fit<double>(std::move(online), none, options, engine());
    const std::vector<double> weights(100, 0.0);
    FramesInMemory<double> weightless({points, std::nullopt, weights});
    online = partial_fit<double>(std::move(online), weightless, options, engine());
    CHECK(is_same(online.mixture, before));
    CHECK(online.batches == 2);
}

TEST_CASE("batches of a single frame are learned from") {
    const asp::Array<double, 2> points = clusters(300, 2, 2, 109);
    OnlineOptions options;
    options.start = {.covariance = any_covariance(), .components = 2};
    const OnlineFit online = learn_all(points, 1, {}, options);
    CHECK(is_sound(online.mixture));
    CHECK(online.batches == 300);
}

TEST_CASE("a window holds the last batches, and what left it has no part any more") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(1000, 2, 3, 110);
    WindowOptions options{.batches = 3};
    WindowFit window{.mixture = mixture_near(points, 3, covariance, 111)};
    std::deque<Statistics> last;
    for (std::size_t k = 0; k < 10; ++k) {
        const Frames<double> batch = Frames<double>{points}.part(100 * k, 100 * (k + 1));
        last.push_back(reference_statistics(window.mixture, batch));
        if (last.size() > 3) last.pop_front();
        FramesInMemory<double> frames(batch);
        window = slide<double>(std::move(window), frames, options, engine());
        Statistics sum = Statistics::zero(covariance, last.back().about);
        for (const Statistics& statistics : last) sum += statistics;
        CHECK(difference(window.mixture, m_step(sum).mixture) < 1e-10);
        CHECK(window.sum.frames == 100 * static_cast<std::int64_t>(last.size()));
    }
}

TEST_CASE("a window follows clusters that move") {
    asp::Array<double, 2> points = clusters(2000, 2, 1, 112);
    for (std::size_t n = 0; n < 2000; ++n) points(n, 0) += 1e3 * static_cast<double>(n / 1000);
    const WindowOptions options{.batches = 4};
    WindowFit window;
    for (std::size_t lo = 0; lo < 2000; lo += 100) {
        auto frames = part(points, lo, lo + 100);
        window = slide<double>(std::move(window), frames, options, engine());
    }
    FramesInMemory<double> last = part(points, 1600, 2000);
    const FitState alone = fit<double>(last, {.iterations = 1}, engine());
    CHECK(window.mixture.means(0, 0) == Approx(alone.mixture.means(0, 0)).epsilon(1e-12));
    // Squares of 1e6 came and went: 1e6 / 2^53 times some hundred operations.
    CHECK(window.mixture.covariances(0, 0) == Approx(alone.mixture.covariances(0, 0)).margin(1e-7));
}

TEST_CASE("a first batch that is stopped in its start is not learned") {
    const asp::Array<double, 2> points = clusters(100, 2, 2, 116);
    FramesInMemory<double> frames({points});
    const auto stop = [] { return false; };
    OnlineOptions options;
    options.start.components = 2;
    CHECK(partial_fit<double>({}, frames, options, engine(), stop).batches == 0);
    CHECK(slide<double>({}, frames, {.start = options.start}, engine(), stop).held.empty());
}

TEST_CASE("online learning says what it expects") {
    const asp::Array<double, 2> points = clusters(100, 2, 2, 113), other = clusters(9, 3, 2, 113);
    const auto message = [&](const OnlineOptions& options, const asp::Array<double, 2>& batch,
                             const OnlineFit& fit = {}) {
        return message_of<asp::InputError>([&] {
            FramesInMemory<double> frames({batch});
            partial_fit<double>(fit, frames, options, engine());
        });
    };
    CHECK(message({.decay = 0.5}, points) ==
          "decay = 0.5: expected a number above 0.5 and at most 1");
    CHECK(message({.decay = NAN}, points) ==
          "decay = nan: expected a number above 0.5 and at most 1");
    CHECK(message({.least_step = 1.5}, points) ==
          "least step = 1.5: expected a number from 0 to 1");
    CHECK(message({}, asp::Array<double, 2>({0, 2})) == "no frames: expected at least one");
    CHECK(message({}, other, learn_all(points, 50, {}, {})) ==
          "a mixture of 2 dimensions for frames of 3: expected the same");
    asp::Array<double, 2> broken = points;
    broken(3, 1) = NAN;
    CHECK(message({}, broken, learn_all(points, 50, {}, {})) ==
          "row 3, column 1: nan: expected a finite number");
    CHECK(message_of<asp::InputError>([&] {
              FramesInMemory<double> frames({points});
              slide<double>({}, frames, {.batches = 0}, engine());
          }) == "a window of 0 batches: expected at least 1");
}

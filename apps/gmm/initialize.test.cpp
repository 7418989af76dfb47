#include "gmm/initialize.hpp"

#include <set>

#include "asp/base/error.hpp"
#include "gmm/detail/kmeans.hpp"
#include "gmm/fit.hpp"
#include "gmm/fit_testing.hpp"
#include "gmm/labelled.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

template <class Real>
detail::Sample<Real> sample_of(const asp::Array<Real, 2>& points, std::size_t most = 1000,
                               std::uint64_t seed = 1, const std::vector<Real>& weights = {}) {
    FramesInMemory<Real> frames({points, std::nullopt, weights});
    return detail::draw_sample<Real>(frames, most, seed);
}

/// N points on a line, the n-th at n.
asp::Array<double, 2> line(std::size_t count) {
    asp::Array<double, 2> points({count, 1});
    for (std::size_t n = 0; n < count; ++n) points(n, 0) = static_cast<double>(n);
    return points;
}

double inertia_of(const asp::Array<double, 2>& centres, const asp::Array<double, 2>& points) {
    FramesInMemory<double> frames({points});
    return engine().assign<double>(centres, frames).inertia;
}

}  // namespace

TEST_CASE("a sample that has room for all frames is all frames that weigh something") {
    const std::vector<double> weights{1, 0, 2, 0.5, 0};
    const detail::Sample<double> sample = sample_of<double>(line(5), 10, 1, weights);
    REQUIRE(sample.size() == 3);
    CHECK(sample.rows(0, 0) == 0.0);
    CHECK(sample.rows(1, 0) == 2.0);
    CHECK(sample.rows(2, 0) == 3.0);
    CHECK(sample.weights == std::vector<double>{1, 2, 0.5});
}

TEST_CASE("a sample has distinct frames in their order, the same for the same seed") {
    const detail::Sample<double> sample = sample_of<double>(line(10000), 100, 2),
                                 again = sample_of<double>(line(10000), 100, 2),
                                 other = sample_of<double>(line(10000), 100, 3);
    REQUIRE(sample.size() == 100);
    for (std::size_t n = 1; n < 100; ++n) CHECK(sample.rows(n, 0) > sample.rows(n - 1, 0));
    CHECK(is_same(sample.rows, again.rows));
    CHECK_FALSE(is_same(sample.rows, other.rows));
    const asp::Array<double, 2> points = line(10000);
    Blocks<double> blocks({points}, 1);
    CHECK(is_same(detail::draw_sample<double>(blocks, 100, 2).rows, sample.rows));
}

TEST_CASE("a frame comes into a sample in proportion to its weight") {
    std::vector<double> weights(20000, 1.0);
    for (std::size_t n = 0; n < 10000; ++n) weights[n] = 3.0;
    const detail::Sample<double> sample = sample_of<double>(line(20000), 1000, 4, weights);
    std::size_t heavy = 0;
    for (const double row : sample.rows) heavy += row < 10000.0 ? 1 : 0;
    // 750 expected, of standard deviation sqrt(1000 * 0.75 * 0.25) = 14: four of these.
    CHECK(std::abs(static_cast<double>(heavy) - 750.0) < 56.0);
    CHECK(sample.weights == std::vector<double>(1000, 1.0));
}

TEST_CASE("random numbers are spread evenly, and neighbours have nothing in common") {
    constexpr std::size_t count = 100000;
    double sum = 0.0, squares = 0.0, products = 0.0, last = 0.5;
    for (std::size_t n = 0; n < count; ++n) {
        const double u = detail::random_uniform(7, n) - 0.5;
        sum += u;
        squares += u * u;
        products += u * last;
        last = u;
    }
    // Standard deviations of the means: sqrt(1/12 / count) = 9e-4, 2.4e-4 and 2.6e-4.
    CHECK(std::abs(sum / count) < 4e-3);
    CHECK(std::abs(squares / count - 1.0 / 12.0) < 1e-3);
    CHECK(std::abs(products / count) < 1.1e-3);
}

TEMPLATE_TEST_CASE("k-means++ has a seed in each of clusters far apart", "", float, double) {
    asp::Array<double, 2> points({3000, 2});
    const asp::Array<double, 2> noise = clusters(3000, 2, 1, 61);
    for (std::size_t n = 0; n < 3000; ++n) {
        points(n, 0) = noise(n, 0) + 1000.0 * static_cast<double>(n % 3);
        points(n, 1) = noise(n, 1) + 1000.0 * static_cast<double>(n % 5);
    }
    const auto sample = sample_of(rounded<TestType>(points), 3000);
    detail::RandomNumbers random(62);
    const asp::Array<double, 2> seeds = detail::kmeans_seeds(sample, 15, random);
    REQUIRE(seeds.extent(0) == 15);
    std::set<std::pair<long, long>> found;
    for (std::size_t k = 0; k < 15; ++k)
        found.insert({std::lround(seeds(k, 0) / 1000.0), std::lround(seeds(k, 1) / 1000.0)});
    CHECK(found.size() == 15);
}

TEST_CASE("k-means++ has no more seeds than there are distinct frames") {
    const asp::Array<double, 2> points = rows({{1, 2}, {3, 4}, {1, 2}, {1, 2}, {3, 4}, {5, 6}});
    detail::RandomNumbers random(63);
    CHECK(detail::kmeans_seeds(sample_of(points), 5, random).extent(0) == 3);
    CHECK(detail::kmeans_seeds(sample_of(points), 2, random).extent(0) == 2);
}

TEST_CASE("k-means++ never takes a frame of no weight") {
    const std::vector<double> weights{1, 0, 0, 1, 0, 1};
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        detail::RandomNumbers random(seed);
        const auto seeds =
            detail::kmeans_seeds(sample_of<double>(line(6), 6, 1, weights), 3, random);
        REQUIRE(seeds.extent(0) == 3);
        for (const double place : seeds) CHECK((place == 0.0 || place == 3.0 || place == 5.0));
    }
}

TEMPLATE_TEST_CASE("k-means++ does not depend on harts", "", float, double) {
    const auto sample = sample_of(rounded<TestType>(clusters(5000, 3, 8, 64)), 5000);
    detail::RandomNumbers random(65);
    const asp::Array<double, 2> alone = detail::kmeans_seeds(sample, 8, random);
    for (const std::size_t count : {1, 2, 3}) {
        const Harts harts(count);
        detail::RandomNumbers same(65);
        CHECK(is_same(detail::kmeans_seeds(sample, 8, same, &harts.team), alone));
    }
}

TEST_CASE("passes of Lloyd's algorithm never raise the inertia, and end at means") {
    const asp::Array<double, 2> points = clusters(1000, 2, 6, 66);
    const auto sample = sample_of(points);
    FramesInMemory<double> frames({points});
    asp::Array<double, 2> start({6, 2});
    std::copy(points.begin(), points.begin() + 12, start.begin());
    double before = inertia_of(start, points);
    for (int passes = 1; passes < 8; ++passes) {
        const double after = inertia_of(
            detail::lloyd<double>(start, frames, sample, engine(), {passes, 0.0}), points);
        CHECK(after <= before * (1.0 + 1e-14));
        before = after;
    }
    const auto end = detail::lloyd<double>(start, frames, sample, engine(), {1000, 0.0});
    const Assignment groups = engine().assign<double>(end, frames);
    for (const double sum : groups.first) CHECK(std::abs(sum) < 1e-10);  // 1000 roundings of 10
}

TEST_CASE("a centre without frames goes to the frame that is worst off") {
    const asp::Array<double, 2> points = rows({{0}, {1}, {0}, {1}, {10}, {11}});
    FramesInMemory<double> frames({points});
    const asp::Array<double, 2> centres = detail::lloyd<double>(
        rows({{0}, {1}, {1000}}), frames, sample_of(points), engine(), {10, 0.0});
    REQUIRE(centres.extent(0) == 3);
    CHECK(inertia_of(centres, points) == Approx(0.5).epsilon(1e-14));
}

TEST_CASE("a centre for which no distinct frame is left is dropped") {
    const asp::Array<double, 2> points = rows({{0}, {1}, {0}, {1}});
    FramesInMemory<double> frames({points});
    const asp::Array<double, 2> centres =
        detail::lloyd<double>(rows({{0.25}, {0.75}, {1000}}), frames, sample_of(points), engine());
    REQUIRE(centres.extent(0) == 2);
    CHECK(inertia_of(centres, points) == 0.0);
}

TEMPLATE_TEST_CASE("statistics of labels are those of responsibilities of 0 and 1", "", float,
                   double) {
    const Covariance covariance = any_covariance();
    const auto points = rounded<TestType>(clusters(slab_frames + 100, 3, 3, 67));
    const Mixture about = mixture_near(clusters(300, 3, 3, 67), 3, covariance, 68);
    std::vector<std::int32_t> labels(points.extent(0));
    std::vector<TestType> weights(points.extent(0));
    for (std::size_t n = 0; n < labels.size(); ++n) {
        labels[n] = static_cast<std::int32_t>(n * n % 3);
        weights[n] = static_cast<TestType>(n % 2 + 1);
    }
    const Statistics sum = labelled_statistics<TestType>({points, std::nullopt, weights}, labels,
                                                         covariance, about.means);
    // A mixture of one component has responsibilities of 1.
    for (std::int32_t m = 0; m < 3; ++m) {
        std::vector<std::int64_t> own;
        for (std::size_t n = 0; n < labels.size(); ++n)
            if (labels[n] == m) own.push_back(static_cast<std::int64_t>(n));
        Mixture one = mixture_near(clusters(300, 3, 3, 67), 1, covariance, 69);
        const auto point = about.means[static_cast<std::size_t>(m)];
        std::copy(point.begin(), point.end(), one.means.begin());
        const Statistics part = reference_statistics(one, Frames<TestType>{points, own, weights});
        CHECK(sum.weight(static_cast<std::size_t>(m)) == part.weight(0));
        for (std::size_t i = 0; i < 3; ++i)
            CHECK(sum.first(static_cast<std::size_t>(m), i) ==
                  Approx(part.first(0, i)).epsilon(1e-11).margin(1e-9));
        if (covariance != Covariance::tied)
            for (std::size_t i = 0; i < part.second.extent(1); ++i)
                CHECK(sum.second(static_cast<std::size_t>(m), i) ==
                      Approx(part.second(0, i)).epsilon(1e-11).margin(1e-9));
    }
    CHECK(sum.frames == static_cast<std::int64_t>(labels.size()));
}

TEST_CASE("labels have to be those of components, one for each frame") {
    const asp::Array<double, 2> points = line(3), about({2, 1});
    const auto message = [&](const std::vector<std::int32_t>& labels) {
        return message_of<asp::InputError>(
            [&] { labelled_statistics<double>({points}, labels, Covariance::diag, about); });
    };
    CHECK(message({0, 2, 1}) == "label of frame 1 = 2: expected one from 0 to 1");
    CHECK(message({0, 1, -1}) == "label of frame 2 = -1: expected one from 0 to 1");
    CHECK(message({0, 1}) == "2 labels for 3 frames: expected one for each");
}

TEMPLATE_TEST_CASE("random responsibilities sum to the weights of frames", "", float, double) {
    const Covariance covariance = any_covariance();
    const auto points = rounded<TestType>(clusters(slab_frames + 300, 2, 3, 70));
    std::vector<TestType> weights(points.extent(0));
    for (std::size_t n = 0; n < weights.size(); ++n) weights[n] = static_cast<TestType>(n % 3);
    const std::vector<double> about{1.0, -1.0};
    FramesInMemory<TestType> frames({points, std::nullopt, weights});
    const Statistics random = random_statistics<TestType>(frames, 5, about, covariance, 71);
    const std::vector<std::int32_t> labels(weights.size(), 0);
    const Statistics one = labelled_statistics<TestType>({points, std::nullopt, weights}, labels,
                                                         covariance, rows({about}));
    double weight = 0.0, first = 0.0, second = 0.0;
    for (std::size_t m = 0; m < 5; ++m) {
        weight += random.weight(m);
        first += random.first(m, 1);
        if (m < random.second.extent(0)) second += random.second(m, 0);
        // Each has about a fifth: responsibilities of a deviation of 0.1 in 1600 weighted frames.
        CHECK(random.weight(m) == Approx(one.weight(0) / 5.0).epsilon(0.05));
    }
    CHECK(weight == Approx(one.weight(0)).epsilon(1e-12));
    CHECK(first == Approx(one.first(0, 1)).epsilon(1e-10));
    CHECK(second == Approx(one.second(0, 0)).epsilon(1e-12));
}

TEST_CASE("a start at random frames has groups about distinct frames") {
    const asp::Array<double, 2> points = rows({{0, 0}, {0, 1}, {100, 0}, {100, 1}, {0, 100}});
    FramesInMemory<double> frames({points});
    const Update update = initial_mixture<double>(
        frames, {.components = 5, .start = Start::random_from_data, .seed = 72}, engine());
    CHECK(update.repairs.size() == 5);  // each a frame alone: variances of nothing
    for (const double weight : update.mixture.weights) CHECK(weight == Approx(0.2));
}

TEST_CASE("a start by k-means ends where Lloyd's algorithm does") {
    const asp::Array<double, 2> points = clusters(3000, 2, 9, 75);
    FramesInMemory<double> frames({points});
    const auto means_of = [&](Start start) {
        return initial_mixture<double>(frames, {.components = 6, .start = start, .seed = 76},
                                       engine())
            .mixture.means;
    };
    const asp::Array<double, 2> means = means_of(Start::kmeans);
    const Assignment groups = engine().assign<double>(means, frames);
    double moved = 0.0;
    for (std::size_t k = 0; k < 6; ++k)
        for (std::size_t i = 0; i < 2; ++i)
            moved += std::pow(groups.first(k, i) / groups.weight(k), 2);
    CHECK(moved <= 1e-4 * sample_of(points, 3000).variance());
    CHECK(inertia_of(means, points) < inertia_of(means_of(Start::kmeans_plus_plus), points));
}

TEST_CASE("frames that are rare are found where every one is needed") {
    // Seeds come from 2048 of these 5000 frames, but not if that leaves components without.
    asp::Array<double, 2> points({5000, 1});
    points(1234, 0) = 10.0;
    points(4321, 0) = 20.0;
    FramesInMemory<double> frames({points});
    const Start start = GENERATE(Start::kmeans, Start::kmeans_plus_plus);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const Update update = initial_mixture<double>(
            frames, {.components = 3, .start = start, .seed = seed}, engine());
        CHECK(count_of(update.repairs, Repair::Kind::fewer_components) == 0);
    }
}

TEST_CASE("another seed starts elsewhere, the same at the same place") {
    const Start start = GENERATE(Start::kmeans_plus_plus, Start::random, Start::random_from_data);
    const asp::Array<double, 2> points = clusters(500, 2, 7, 73);
    FramesInMemory<double> frames({points});
    const auto start_of = [&](std::uint64_t seed) {
        return initial_mixture<double>(frames, {.components = 4, .start = start, .seed = seed},
                                       engine())
            .mixture;
    };
    CHECK(is_same(start_of(1), start_of(1)));
    CHECK_FALSE(is_same(start_of(1), start_of(2)));
}

TEST_CASE("a start that is stopped is no mixture") {
    const asp::Array<double, 2> points = clusters(3000, 2, 9, 77);
    FramesInMemory<double> frames({points});
    const Start start = GENERATE(Start::kmeans, Start::kmeans_plus_plus);
    const FitOptions options{.components = 6, .start = start, .seed = 78};
    int asked = 0;
    const auto started = [&](int stop_at) {
        asked = 0;
        return initial_mixture<double>(frames, options, engine(),
                                       [&] { return ++asked != stop_at; });
    };
    const Mixture whole = started(0).mixture;
    CHECK(is_same(whole, initial_mixture<double>(frames, options, engine()).mixture));
    const int in_all = asked;
    CHECK(in_all >= 5);  // once for each seed but the first
    for (int stop_at = 1; stop_at <= in_all; ++stop_at)
        CHECK(started(stop_at).mixture.components() == 0);
}

TEST_CASE("a fit that is stopped in a start goes on to the same bits") {
    const asp::Array<double, 2> points = clusters(200, 2, 4, 79);
    const FitOptions options{
        .components = 4, .starts = 3, .iterations = 6, .tolerance = 1e-2, .seed = 80};
    FramesInMemory<double> frames({points});
    const FitState whole = fit<double>(frames, options, engine());
    int asked = 0, of_first = 0;
    const auto stopped = [&](int stop_at) {
        asked = 0;
        return fit<double>(
            frames, options, engine(), {},
            [&](const FitState& state) {
                if (state.start == 0) of_first = asked;
                return true;
            },
            [&] { return ++asked != stop_at; });
    };
    CHECK(is_same(stopped(0).mixture, whole.mixture));
    const int in_all = asked;
    CHECK(stopped(of_first).mixture.components() == 0);
    for (int stop_at = of_first + 1; stop_at <= in_all; ++stop_at) {
        FitState state = stopped(stop_at);
        CHECK_FALSE(is_finished(state, options));
        state = continue_fit<double>(std::move(state), frames, options, engine());
        CHECK(is_same(state.mixture, whole.mixture));
        CHECK(state.start == whole.start);
        CHECK(state.trace == whole.trace);
    }
}

TEST_CASE("data beyond the sample is seen by the start all the same") {
    // 70000 frames, of which a sample holds 65536; the means are those of all.
    const asp::Array<double, 2> points = clusters(70000, 1, 2, 74);
    FramesInMemory<double> frames({points});
    const Mixture mixture = initial_mixture<double>(frames, {.components = 2}, engine()).mixture;
    double mean = 0.0;
    for (const double value : points) mean += value / 70000.0;
    CHECK(mixture.weights(0) * mixture.means(0, 0) + mixture.weights(1) * mixture.means(1, 0) ==
          Approx(mean).epsilon(1e-11));
}

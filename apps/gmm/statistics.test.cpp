#include "gmm/statistics.hpp"

#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

/// Points of four clusters, a mixture near them, and statistics in double precision.
struct Case {
    explicit Case(Covariance covariance)
        : points(clusters(300, 3, 4, 1)), mixture(mixture_near(points, 4, covariance, 2)) {}
    Statistics of(std::size_t lo, std::size_t hi) const {
        return reference_statistics(mixture, Frames<double>{points}.part(lo, hi));
    }

    asp::Array<double, 2> points;
    Mixture mixture;
};

/// Sums of 300 terms of size up to 100 in another order: relative to the largest, 300 roundings.
void expect_equal(const Statistics& a, const Statistics& b) {
    const auto size = [](const auto& values) {
        double largest = 1.0;
        for (const double value : values) largest = std::max(largest, std::abs(value));
        return largest;
    };
    CHECK(difference(a.about, b.about) == 0.0);
    CHECK(difference(a.weight, b.weight) <= 1e-13 * size(b.weight));
    CHECK(difference(a.first, b.first) <= 1e-13 * std::max(size(b.first), size(b.second)));
    CHECK(difference(a.second, b.second) <= 1e-13 * size(b.second));
    CHECK(a.log_likelihood == Approx(b.log_likelihood).epsilon(1e-13));
    CHECK(a.total_weight == Approx(b.total_weight).epsilon(1e-13));
    CHECK(a.frames == b.frames);
}

}  // namespace

TEST_CASE("statistics of parts add up to those of all frames") {
    const Case data(any_covariance());
    Statistics sum = data.of(0, 120);
    sum += data.of(120, 300);
    expect_equal(sum, data.of(0, 300));
}

TEST_CASE("statistics of a part can be taken away again") {
    const Case data(any_covariance());
    Statistics rest = data.of(0, 300);
    rest -= data.of(0, 120);
    expect_equal(rest, data.of(120, 300));
}

TEST_CASE("statistics times two are those of every frame twice, less the count of frames") {
    const Case data(any_covariance());
    Statistics twice = data.of(0, 300);
    twice += data.of(0, 300);
    Statistics scaled = data.of(0, 300);
    scaled *= 2.0;
    scaled.frames *= 2;
    expect_equal(scaled, twice);
}

TEST_CASE("statistics about other points are those computed about these") {
    const Case data(any_covariance());
    Statistics about_means = data.of(0, 300);
    asp::Array<double, 2> points = data.mixture.means;
    for (std::size_t i = 0; i < points.size(); ++i)
        points.data()[i] += 0.5 * static_cast<double>(i);
    const Statistics there = moved(about_means, points);
    // Back again nothing is lost but roundings of the largest terms, |shift|^2 times the weight.
    const Statistics back = moved(there, about_means.about);
    CHECK(difference(back.first, about_means.first) < 1e-10);
    CHECK(difference(back.second, about_means.second) < 1e-9);

    // By hand for one direction of one component: sum r (x - b) and, for diag, sum r (x - b)^2.
    const asp::Array<double, 2> joint =
        reference_log_joint(data.mixture, Frames<double>{data.points});
    double first = 0.0, second = 0.0;
    for (std::size_t n = 0; n < 300; ++n) {
        double sum = 0.0;
        for (std::size_t m = 0; m < 4; ++m) sum += std::exp(joint(n, m));
        const double r = std::exp(joint(n, 2)) / sum, d = data.points(n, 1) - points(2, 1);
        first += r * d;
        second += r * d * d;
    }
    CHECK(there.first(2, 1) == Approx(first).epsilon(1e-11));
    if (data.mixture.covariance == Covariance::diag)
        CHECK(there.second(2, 1) == Approx(second).epsilon(1e-11));
    if (data.mixture.covariance == Covariance::full)
        CHECK(there.second(2, packed(1, 1)) == Approx(second).epsilon(1e-11));
}

TEST_CASE("statistics about other points are added as if they were about the same") {
    const Case data(any_covariance());
    asp::Array<double, 2> points = data.mixture.means;
    for (double& value : points) value += 1.0;
    Statistics sum = data.of(0, 120);
    sum += moved(data.of(120, 300), points);
    expect_equal(sum, data.of(0, 300));
    sum -= moved(data.of(120, 300), points);
    expect_equal(sum, data.of(0, 120));
}

TEST_CASE("statistics of no frame change nothing") {
    const Case data(any_covariance());
    Statistics sum = data.of(0, 300);
    sum += Statistics::zero(data.mixture.covariance, data.mixture.means);
    CHECK(is_same(sum, data.of(0, 300)));
    CHECK(data.of(7, 7).total_weight == 0.0);
}

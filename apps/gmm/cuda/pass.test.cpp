#include "gmm/kernels/cuda/pass.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "asp/base/testing.hpp"
#include "gmm/cuda/pass_testing.hpp"
#include "gmm/reference.hpp"
#include "gmm/testing.hpp"

// The kernels for CUDA, run by threads of the processor.

using Catch::Detail::Approx;
using namespace gmm;
using namespace gmm::cuda;

namespace {

constexpr Shape small(Form form, bool is_single) {
    return {.form = form, .is_single = is_single, .tile = 16, .together = 2};
}

template <class Real>
asp::Array<Real, 2> rounded(const asp::Array<double, 2>& points) {
    asp::Array<Real, 2> result(points.extents());
    std::copy(points.begin(), points.end(), result.begin());
    return result;
}

template <class A>
double most_apart(const A& a, const A& b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
    return most;
}

/// `tolerance` is relative to the number of frames, or to the largest second moment.
template <class Configuration>
void check_against_reference(Covariance covariance, std::size_t N, std::size_t D, std::size_t M,
                             double tolerance, const Cut& cut = {}) {
    using Real = typename Configuration::Real;
    CAPTURE(name_of(covariance), N, D, M, sizeof(Real));
    const auto points = testing::clusters(std::max(N, M), D, M, N + D + M);
    const Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    const asp::Array<Real, 2> data = rounded<Real>(points);
    std::vector<Real> weights(data.extent(0));
    for (std::size_t n = 0; n < weights.size(); ++n) weights[n] = static_cast<Real>(1 + n % 3);
    const Frames<Real> frames = Frames<Real>{data, std::nullopt, weights}.part(0, N);
    const Statistics expected = reference_statistics(mixture, frames);
    const Statistics found =
        moved(emulated_statistics<Configuration>(mixture, frames, cut), expected.about);
    const double count = static_cast<double>(N);
    CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(tolerance));
    CHECK(found.total_weight == expected.total_weight);
    double size = 1.0;
    for (const double value : expected.second) size = std::max(size, std::abs(value));
    CHECK(most_apart(found.weight, expected.weight) <= 2.0 * tolerance * count);
    CHECK(most_apart(found.first, expected.first) <= 40.0 * tolerance * count);
    CHECK(most_apart(found.second, expected.second) <= 10.0 * tolerance * size);
}

/// Around four threads' share, a tile, a panel.
template <Form form>
void check_form(Covariance covariance) {
    for (const auto& [N, D, M] :
         {std::tuple(0, 3, 2), std::tuple(1, 1, 1), std::tuple(15, 2, 3), std::tuple(17, 5, 4),
          std::tuple(65, 7, 17), std::tuple(33, 4, 65), std::tuple(40, 19, 5)}) {
        const auto n = static_cast<std::size_t>(N), d = static_cast<std::size_t>(D),
                   m = static_cast<std::size_t>(M);
        check_against_reference<Fixed<double, small(form, false)>>(covariance, n, d, m, 1e-11);
        // Scores reach hundreds: a few of their roundings.
        check_against_reference<Fixed<float, small(form, true)>>(covariance, n, d, m, 1e-4);
    }
}

}  // namespace

TEST_CASE("a device's statistics of diagonal covariances are the reference's, at all sizes") {
    check_form<Form::squares>(Covariance::diag);
    check_form<Form::centred>(Covariance::diag);
}

TEST_CASE("a device's statistics of spherical covariances are the reference's, at all sizes") {
    check_form<Form::norm>(Covariance::spherical);
    check_form<Form::centred>(Covariance::spherical);
}

TEST_CASE("a device's statistics of a tied covariance are the reference's, at all sizes") {
    check_form<Form::norm>(Covariance::tied);
    check_form<Form::whitened>(Covariance::tied);
}

TEST_CASE("a device's statistics of full covariances are the reference's, at all sizes") {
    check_form<Form::whitened>(Covariance::full);
    check_form<Form::products>(Covariance::full);
}

namespace {

template <Form form, int tile, bool frames, bool scores, bool sums, int D>
void check_shape(Covariance covariance) {
    constexpr Shape shape{.form = form,
                          .is_single = false,
                          .tile = tile,
                          .keeps_frames = frames,
                          .keeps_scores = scores,
                          .keeps_sums = sums,
                          .together = 4};
    check_against_reference<Fixed<double, shape, D>>(covariance, 70, 6, 9, 1e-11, {.blocks = 3});
}

}  // namespace

TEST_CASE("where a block keeps what it works on changes nothing but rounding") {
    check_shape<Form::squares, 32, false, true, true, 6>(Covariance::diag);
    check_shape<Form::squares, 32, true, false, false, 0>(Covariance::diag);
    check_shape<Form::centred, 32, false, false, false, 6>(Covariance::diag);
    check_shape<Form::norm, 32, false, false, false, 0>(Covariance::tied);
    check_shape<Form::whitened, 32, false, true, false, 0>(Covariance::full);
    check_shape<Form::whitened, 64, true, false, true, 6>(Covariance::full);
    check_shape<Form::products, 64, true, true, false, 0>(Covariance::full);
}

namespace {

template <Form form>
void check_cores(Covariance covariance) {
    constexpr Shape shape{.form = form, .tile = 16, .by_cores = true};
    for (const auto& [N, D, M] : {std::tuple(15, 1, 1), std::tuple(17, 5, 16),
                                  std::tuple(33, 8, 17), std::tuple(20, 3, 66)})
        check_against_reference<Fixed<float, shape>>(covariance, static_cast<std::size_t>(N),
                                                     static_cast<std::size_t>(D),
                                                     static_cast<std::size_t>(M), 1e-4);
}

}  // namespace

TEST_CASE("tensor cores give single precision's statistics from numbers in two halves") {
    check_cores<Form::squares>(Covariance::diag);
    check_cores<Form::norm>(Covariance::tied);
    check_cores<Form::products>(Covariance::full);
    constexpr Shape wide{.form = Form::squares, .tile = 32, .by_cores = true};
    check_against_reference<Fixed<float, wide>>(Covariance::diag, 40, 19, 40, 1e-4);
}

TEST_CASE("a pass gives the same bits for any grid") {
    constexpr Shape shape = small(Form::squares, true);
    const asp::Array<float, 2> data = rounded<float>(testing::clusters(300, 3, 4, 7));
    const Mixture mixture =
        testing::mixture_near(testing::clusters(300, 3, 4, 7), 4, Covariance::diag, 5);
    const auto statistics = [&](int blocks) {
        return emulated_statistics<Fixed<float, shape>>(mixture, {data}, {blocks, 32});
    };
    const Statistics one = statistics(1);
    for (const int blocks : {2, 3, 12}) {
        const Statistics other = statistics(blocks);
        CHECK(std::equal(one.second.begin(), one.second.end(), other.second.begin()));
        CHECK(std::equal(one.first.begin(), one.first.end(), other.first.begin()));
        CHECK(std::equal(one.weight.begin(), one.weight.end(), other.weight.begin()));
        CHECK(one.log_likelihood == other.log_likelihood);
    }
}

TEST_CASE("a device sees only the rows that are chosen") {
    using Configuration = Fixed<double, small(Form::squares, false)>;
    const auto points = testing::clusters(60, 3, 2, 7);
    const Mixture mixture = testing::mixture_near(points, 2, Covariance::diag, 5);
    const std::vector<std::int64_t> chosen{3, 59, 0, 17, 17};
    const Frames<double> frames{points, chosen};
    const Statistics expected = reference_statistics(mixture, frames);
    const Statistics found = emulated_statistics<Configuration>(mixture, frames);
    CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(1e-12));
    CHECK(most_apart(found.weight, expected.weight) < 1e-12);
}

TEST_CASE("a device tells what is wanted of each frame") {
    using Configuration = Fixed<double, small(Form::whitened, false)>;
    constexpr std::size_t N = 37, M = 6;
    const auto points = testing::clusters(N, 4, M, 7);
    Mixture mixture = testing::mixture_near(points, M, Covariance::full, 5);
    for (std::size_t i = 0; i < 4; ++i) mixture.means(3, i) = mixture.means(1, i);
    for (std::size_t i = 0; i < 16; ++i) mixture.covariances(3, i) = mixture.covariances(1, i);
    mixture.weights(3) = mixture.weights(1);  // as good as 1, which is the first of them
    const auto prepared = prepared_for<Configuration>(mixture);
    auto call = call_of<double>(prepared, {points}, 16);
    std::vector<double> likelihood(N), responsibilities(N * M);
    std::vector<std::int32_t> component(N);
    call.log_likelihood = likelihood.data();
    call.responsibilities = responsibilities.data();
    call.component = component.data();
    run<Configuration>(call, 2);
    const auto joint = reference_log_joint<double>(mixture, {points});
    for (std::size_t n = 0; n < N; ++n) {
        double sum = 0.0;
        for (std::size_t m = 0; m < M; ++m) sum += std::exp(joint(n, m));
        CHECK(likelihood[n] + prepared.shift == Approx(std::log(sum)).epsilon(1e-12));
        for (std::size_t m = 0; m < M; ++m)
            CHECK(std::abs(responsibilities[n * M + m] - std::exp(joint(n, m)) / sum) < 1e-12);
        const auto best = static_cast<std::size_t>(component[n]);
        CHECK(best != 3);
        for (std::size_t m = 0; m < M; ++m) CHECK(joint(n, best) >= joint(n, m) - 1e-9);
    }
}

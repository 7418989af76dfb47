#include "gmm/cuda/device_engine.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "asp/cuda/testing.hpp"
#include "gmm/fit_testing.hpp"
#include "gmm/reference.hpp"

// On the device that is there, or on one made of the processor's threads.

using asp::cuda::device_info;
using asp::testing::has_device;
using Catch::Detail::Approx;
using namespace gmm;
using namespace gmm::cuda;
using namespace gmm::testing;

namespace {

const Engine& host() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

template <class A>
double most_apart(const A& a, const A& b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
    return most;
}

bool same_bits(const Statistics& a, const Statistics& b) {
    return std::equal(a.second.begin(), a.second.end(), b.second.begin()) &&
           std::equal(a.first.begin(), a.first.end(), b.first.begin()) &&
           std::equal(a.weight.begin(), a.weight.end(), b.weight.begin()) &&
           a.log_likelihood == b.log_likelihood && a.total_weight == b.total_weight;
}

}  // namespace

TEST_CASE("without a device, or without CUDA, mixtures say what device_info() does") {
    std::string message;
    try {
        device_info();
        return;
    } catch (const asp::BackendError& error) {
        message = error.what();
    }
    CHECK(message_of<asp::BackendError>([] { DeviceEngine(); }) == message);
    const asp::Array<double, 2> points({2, 2});
    CHECK(message_of<asp::BackendError>([&] { DeviceFrames<double>({points}); }) == message);
}

TEMPLATE_TEST_CASE("a device's statistics are the reference's, for frames there and in blocks", "",
                   float, double) {
    if (!has_device()) return;
    const Covariance covariance = any_covariance();
    CAPTURE(name_of(covariance));
    const double tolerance = sizeof(TestType) == 4 ? 1e-4 : 1e-11;  // of scores in the hundreds
    const auto points = clusters(2000, 3, 4, 7);
    const Mixture mixture = mixture_near(points, 4, covariance, 5);
    const auto data = rounded<TestType>(points);
    std::vector<TestType> weights(2000);
    for (std::size_t n = 0; n < 2000; ++n) weights[n] = static_cast<TestType>(1 + n % 3);
    const Frames<TestType> frames{data, std::nullopt, weights};
    const DeviceEngine engine;
    const Statistics found = engine.statistics(mixture, DeviceFrames<TestType>(frames));
    const Statistics expected = reference_statistics(mixture, frames);
    const Statistics about = moved(found, expected.about);
    CHECK(found.frames == 2000);
    CHECK(found.total_weight == expected.total_weight);
    CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(tolerance));
    CHECK(most_apart(about.weight, expected.weight) < 4000.0 * tolerance);
    CHECK(most_apart(about.first, expected.first) < 40000.0 * tolerance);
    CHECK(most_apart(about.second, expected.second) < 200000.0 * tolerance);
    Blocks<TestType> blocks(frames, 1);
    CHECK(same_bits(engine.statistics(mixture, blocks), found));
}

TEST_CASE("frames that are held are copied once, with the bits of those in blocks") {
    if (!has_device()) return;
    const auto points = clusters(2000, 3, 2, 7);
    const Mixture mixture = mixture_near(points, 2, Covariance::diag, 5);
    const DeviceEngine engine;
    FramesInMemory<double> held({points});
    const Statistics first = engine.statistics(mixture, held);
    const auto* const copy =
        std::any_cast<std::shared_ptr<const DeviceFrames<double>>>(&held.held()->copy);
    REQUIRE(copy != nullptr);
    REQUIRE(*copy != nullptr);
    const auto* const before = copy->get();
    CHECK(same_bits(engine.statistics(mixture, held), first));
    CHECK(copy->get() == before);
    Blocks<double> blocks({points}, 1);
    CHECK(same_bits(engine.statistics(mixture, blocks), first));
}

TEST_CASE("frames that take more than half of the free memory are copied for each pass") {
    if (!has_device() || device_info().memory > std::size_t{2} << 30U) return;
    // The device of threads has 256 KiB that are free: these take 128 KiB, and room for weights.
    const auto points = clusters(1024, 16, 1, 7);
    const Mixture mixture = mixture_near(points, 1, Covariance::spherical, 5);
    const DeviceEngine engine;
    FramesInMemory<double> many({points});
    const Statistics found = engine.statistics(mixture, many);
    CHECK(std::any_cast<std::shared_ptr<const DeviceFrames<double>>>(many.held()->copy) == nullptr);
    CHECK(same_bits(engine.statistics(mixture, DeviceFrames<double>({points})), found));
}

TEST_CASE("weights of frames that go to a device are looked at first") {
    if (!has_device()) return;
    const auto points = clusters(60, 2, 2, 3);
    const std::vector<double> weights(60, -1.0);
    const Engine engine(nullptr, plain_context(), std::make_shared<const DeviceEngine>());
    FramesInMemory<double> frames({points, std::nullopt, weights});
    const Mixture start = mixture_near(points, 2, Covariance::diag, 1);
    CHECK(message_of<asp::InputError>([&] { fit<double>(frames, {}, engine, start); }) ==
          "weight of row 0 = -1: expected a finite number that is at least 0");
}

TEST_CASE("a device takes components that are much narrower than the data") {
    if (!has_device()) return;
    const auto points = mapped(clusters(300, 2, 2, 7), 1.0, 0.0);
    Mixture mixture = mixture_near(points, 2, Covariance::diag, 5);
    mixture.covariances(0, 0) = 1e-8;
    for (const Covariance covariance : {Covariance::diag, Covariance::spherical}) {
        if (covariance == Covariance::spherical) {
            mixture = mixture_near(points, 2, covariance, 5);
            mixture.covariances(0, 0) = 1e-8;
        }
        const auto data = rounded<float>(points);
        const Statistics expected = reference_statistics<float>(mixture, {data});
        const Statistics found = DeviceEngine().statistics(mixture, DeviceFrames<float>({data}));
        CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(1e-5));
        CHECK(most_apart(found.weight, expected.weight) < 1e-2);
    }
}

TEST_CASE("tensor cores are used where a sample in double precision agrees") {
    if (!has_device()) return;
    const auto points = clusters(150, 3, 4, 7);
    const Mixture mixture = mixture_near(points, 4, Covariance::diag, 5);
    const auto data = rounded<float>(points);
    const DeviceEngine engine(Products::split);
    if (device_info().architecture < 80) return;
    CHECK(engine.describe<float>(mixture).starts_with("squares, single by tensor cores, "));
    const Statistics found = engine.statistics(mixture, DeviceFrames<float>({data}));
    const Statistics expected = reference_statistics<float>(mixture, {data});
    CHECK(engine.fallbacks() == 0);
    CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(1e-5));
    CHECK(most_apart(found.weight, expected.weight) < 1e-3);
    FramesInMemory<float> source({data});
    CHECK(same_bits(engine.statistics(mixture, source), found));
}

TEST_CASE("no frames give no sums on a device") {
    if (!has_device()) return;
    const asp::Array<double, 2> points({0, 3});
    const Mixture mixture = mixture_near(clusters(9, 3, 2, 7), 2, Covariance::diag, 5);
    const Statistics found = DeviceEngine().statistics(mixture, DeviceFrames<double>({points}));
    CHECK(found.total_weight == 0.0);
    CHECK(found.log_likelihood == 0.0);
    DeviceEngine().evaluate(mixture, Frames<double>{points}, {});
}

TEST_CASE("a device tells of each frame what the engine does") {
    if (!has_device()) return;
    constexpr std::size_t N = 700, M = 3;
    const auto points = clusters(N, 4, M, 7);
    const Mixture mixture = mixture_near(points, M, Covariance::full, 5);
    std::vector<double> likelihood(N), expected_likelihood(N);
    std::vector<std::int32_t> component(N), expected_component(N);
    asp::Array<double, 2> responsibilities({N, M}), expected({N, M});
    host().evaluate<double>(mixture, {points},
                            {expected_likelihood, expected.view(), expected_component});
    const DeviceEngine engine;
    const Frames<double> frames{points};
    engine.evaluate(mixture, frames, {likelihood, responsibilities.view(), component});
    for (std::size_t n = 0; n < N; ++n)
        CHECK(likelihood[n] == Approx(expected_likelihood[n]).epsilon(1e-11));
    CHECK(most_apart(responsibilities, expected) < 1e-11);
    CHECK(component == expected_component);
    std::vector<std::int32_t> alone(N);
    engine.evaluate(mixture, frames, {.component = alone});
    CHECK(alone == component);
}

TEMPLATE_TEST_CASE("many mixtures fitted on a device are those of fit_many", "", float, double) {
    if (!has_device()) return;
    const double tolerance = sizeof(TestType) == 4 ? 2e-4 : 1e-9;
    const auto data = rounded<TestType>(clusters(600, 3, 5, 81));
    std::vector<std::vector<std::int64_t>> lists(4);
    std::vector<Job> jobs;
    for (std::size_t j = 0; j < 4; ++j) {
        for (std::size_t n = j; n < 600; n += j + 2)
            lists[j].push_back(static_cast<std::int64_t>(n));
        jobs.push_back({.chosen = lists[j], .components = j % 3 + 1, .seed = j});
    }
    const Mixture full = mixture_near(clusters(600, 3, 5, 81), 2, Covariance::full, 1);
    jobs.push_back({.given = &full});  // is for the host
    const FitOptions options{.start = Start::kmeans_plus_plus, .iterations = 5, .scores = true};
    const auto expected = fit_many<TestType>({data}, jobs, options, host());
    const auto found = DeviceEngine().fit_many<TestType>({data}, jobs, options, host());
    REQUIRE(found.size() == expected.size());
    for (std::size_t j = 0; j < jobs.size(); ++j) {
        CAPTURE(j);
        CHECK(found[j].iteration == expected[j].iteration);
        CHECK(found[j].converged == expected[j].converged);
        CHECK(found[j].trace.size() == expected[j].trace.size());
        CHECK(*found[j].log_likelihood == Approx(*expected[j].log_likelihood).epsilon(tolerance));
        CHECK(most_apart(found[j].mixture.weights, expected[j].mixture.weights) < tolerance);
        CHECK(most_apart(found[j].mixture.means, expected[j].mixture.means) < 10.0 * tolerance);
    }
}

TEST_CASE("a job of a device that has bad input is named") {
    if (!has_device()) return;
    auto points = clusters(60, 2, 2, 3);
    const Mixture start = mixture_near(points, 2, Covariance::diag, 1);
    const std::vector<std::int64_t> fine{0, 1, 2, 3, 4, 5}, bad{6, 7, 8, 9};
    const std::vector<Job> jobs{{.chosen = fine, .given = &start},
                                {.chosen = bad, .given = &start}};
    points(7, 1) = NAN;
    CHECK(message_of<asp::InputError>([&] {
              DeviceEngine().fit_many<double>({points}, jobs, {.iterations = 3}, host());
          }) == "job 1: row 7, column 1: nan: expected a finite number");
}

TEST_CASE("a component without frames is repaired by the host, and the fit goes on") {
    if (!has_device()) return;
    const auto points = clusters(90, 2, 2, 3);
    Mixture start = mixture_near(points, 3, Covariance::diag, 1);
    start.means(1, 0) = 1e6;
    const std::vector<Job> jobs{{.given = &start}};
    const FitOptions options{.iterations = 4};
    const auto expected = fit_many<double>({points}, jobs, options, host());
    const auto found = DeviceEngine().fit_many<double>({points}, jobs, options, host());
    REQUIRE(expected[0].repairs.size() == 1);
    REQUIRE(found[0].repairs.size() == 1);
    CHECK(found[0].repairs[0].kind == Repair::Kind::reseeded);
    CHECK(found[0].trace.size() == expected[0].trace.size());
    CHECK(most_apart(found[0].mixture.means, expected[0].mixture.means) < 1e-9);
}

TEST_CASE("a device says how it runs a mixture, and times it") {
    if (!has_device()) return;
    const auto data = rounded<float>(clusters(100, 3, 2, 7));
    const Mixture mixture = mixture_near(clusters(100, 3, 2, 7), 2, Covariance::diag, 5);
    const DeviceEngine engine;
    CHECK(engine.describe<float>(mixture).starts_with("squares, single, tiles of 64, "));
    CHECK(engine.seconds(mixture, DeviceFrames<float>({data}), 2) > 0.0);
}

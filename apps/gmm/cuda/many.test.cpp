#include "gmm/kernels/cuda/many.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "gmm/cuda/pass_testing.hpp"
#include "gmm/fit_many.hpp"
#include "gmm/fit_testing.hpp"

// The kernel for many small mixtures, run by threads of the processor, beside fit().

using Catch::Detail::Approx;
using namespace gmm;
using namespace gmm::cuda;
using testing::rounded;

namespace {

/// Jobs with the arrays that a device is given.
template <class Real>
struct Many {
    Many(const Frames<Real>& data, std::span<const Job> jobs, const FitOptions& options)
        : trace(jobs.size() * static_cast<std::size_t>(options.iterations)), results(jobs.size()) {
        const std::size_t D = data.rows.extent(1);
        for (const Job& job : jobs) {
            const Mixture& m = *job.given;
            const long first = static_cast<long>(weights.size());
            most = std::max(most, static_cast<long>(m.components()));
            each.push_back({job.chosen ? static_cast<long>(chosen.size()) : -1,
                            static_cast<long>(job.chosen ? job.chosen->size() : data.size()), first,
                            static_cast<int>(m.components())});
            if (job.chosen) chosen.insert(chosen.end(), job.chosen->begin(), job.chosen->end());
            weights.insert(weights.end(), m.weights.begin(), m.weights.end());
            means.insert(means.end(), m.means.begin(), m.means.end());
            variances.insert(variances.end(), m.covariances.begin(), m.covariances.end());
        }
        floored.resize(weights.size());
        call = {.rows = data.rows.data(),
                .weights = data.weights.empty() ? nullptr : data.weights.data(),
                .chosen = chosen.data(),
                .jobs = each.data(),
                .count = static_cast<int>(jobs.size()),
                .D = static_cast<int>(D),
                .component_weights = weights.data(),
                .means = means.data(),
                .variances = variances.data(),
                .floored = floored.data(),
                .trace = trace.data(),
                .results = results.data(),
                .iterations = options.iterations,
                .tolerance = options.tolerance,
                .regularization = options.m_step.regularization,
                .relative_floor = options.m_step.relative_floor,
                .least_weight = options.m_step.least_weight};
    }
    void run() {
        constexpr Shape shape = many_shape(sizeof(Real) == 4);
        const auto bytes = static_cast<std::size_t>(ManyLayout(shape, call.D, most).bytes);
        launch({2, shape.threads(), bytes},
               [&](EmulatedThread t) { many<Fixed<Real, shape>>(t, call); });
    }

    long most = 0;
    std::vector<ManyJob> each;
    std::vector<std::int64_t> chosen;
    std::vector<double> weights, means, variances, trace;
    std::vector<int> floored;
    std::vector<ManyResult> results;
    ManyCall<Real> call;
};

const Engine& engine() {
    static const Engine engine(nullptr, testing::plain_context());
    return engine;
}

/// The first iteration that raised a variance of the component; 0: none.
int floored_in(const FitState& state, std::size_t m) {
    for (const Repair& repair : state.repairs)
        if (repair.kind == Repair::Kind::variance_floor && repair.component == m)
            return repair.iteration;
    return 0;
}

template <class Real>
void check_against_fit(double tolerance) {
    const auto points = rounded<Real>(testing::clusters(400, 3, 4, 11));
    std::vector<Real> row_weights(400);
    for (std::size_t n = 0; n < 400; ++n) row_weights[n] = static_cast<Real>(1 + n % 2);
    const Frames<Real> data{points, std::nullopt, row_weights};
    std::vector<std::vector<std::int64_t>> lists(3);
    std::vector<Mixture> starts;
    std::vector<Job> jobs;
    for (std::size_t j = 0; j < 4; ++j)
        starts.push_back(
            testing::mixture_near(testing::clusters(400, 3, 4, 11), j + 2, Covariance::diag, j));
    for (std::size_t j = 0; j < 3; ++j) {
        for (std::size_t n = j; n < 400; n += j + 2)
            lists[j].push_back(static_cast<std::int64_t>(n));
        jobs.push_back({.chosen = lists[j], .given = &starts[j]});
    }
    jobs.push_back({.given = &starts[3]});
    const FitOptions options{.iterations = 12, .tolerance = 1e-3};
    const auto expected = fit_many<Real>(data, jobs, options, engine());
    Many<Real> found(data, jobs, options);
    found.run();
    std::size_t place = 0;
    for (std::size_t j = 0; j < jobs.size(); ++j) {
        CAPTURE(j, sizeof(Real));
        REQUIRE(found.results[j].iterations == expected[j].iteration);
        CHECK((found.results[j].ending == ManyEnding::converged) == expected[j].converged);
        for (std::size_t k = 0; k < expected[j].trace.size(); ++k)
            CHECK(found.trace[j * 12 + k] == Approx(expected[j].trace[k]).epsilon(tolerance));
        for (std::size_t m = 0; m < j + 2; ++m, ++place) {
            CHECK(std::abs(found.weights[place] - expected[j].mixture.weights(m)) < tolerance);
            CHECK(found.floored[place] == floored_in(expected[j], m));
            for (std::size_t i = 0; i < 3; ++i) {
                CHECK(std::abs(found.means[3 * place + i] - expected[j].mixture.means(m, i)) <
                      10.0 * tolerance);
                CHECK(found.variances[3 * place + i] ==
                      Approx(expected[j].mixture.covariances(m, i)).epsilon(20.0 * tolerance));
            }
        }
    }
}

}  // namespace

TEST_CASE("many mixtures fitted by blocks of threads are those of fit, iteration by iteration") {
    check_against_fit<double>(1e-10);
    check_against_fit<float>(2e-5);  // a dozen iterations carry on what single precision rounds
}

TEST_CASE("a block that fits a mixture raises its variances as the M-step does") {
    auto points = testing::clusters(100, 2, 2, 3);
    for (std::size_t n = 0; n < 100; ++n) points(n, 1) = 4.0;
    const Mixture start = testing::mixture_near(points, 2, Covariance::diag, 1);
    const std::vector<Job> jobs{{.given = &start}};
    const FitOptions options{.iterations = 2, .tolerance = 0.0, .m_step = {.regularization = 1e-3}};
    const auto expected = fit_many<double>({points}, jobs, options, engine());
    Many<double> found({points}, jobs, options);
    found.run();
    REQUIRE(expected[0].repairs.size() > 0);
    for (std::size_t m = 0; m < 2; ++m) {
        CHECK(found.floored[m] == 1);
        CHECK(found.variances[2 * m + 1] ==
              Approx(expected[0].mixture.covariances(m, 1)).epsilon(1e-12));
    }
}

TEST_CASE("a block gives a mixture back that needs more than it can do") {
    auto points = testing::clusters(60, 2, 2, 3);
    Mixture start = testing::mixture_near(points, 2, Covariance::diag, 1);
    start.means(1, 0) = 1e6;
    const std::vector<Job> jobs{{.given = &start}};
    const FitOptions options{.iterations = 5};
    Many<double> starved({points}, jobs, options);
    starved.run();
    CHECK(starved.results[0].ending == ManyEnding::starved);
    CHECK(starved.results[0].iterations == 0);
    CHECK(starved.means[2] == 1e6);
    points(7, 0) = std::numeric_limits<double>::infinity();
    Many<double> endless({points}, jobs, options);
    endless.run();
    CHECK(endless.results[0].ending == ManyEnding::not_finite);
}

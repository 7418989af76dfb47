#include "gmm/fit_many.hpp"

#include <atomic>
#include <numeric>

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

/// Jobs on every k-th row, of 1 to 4 components, of two seeds.
template <class Real>
struct Batch {
    explicit Batch(std::size_t count) : points(rounded<Real>(clusters(1200, 3, 5, 81))) {
        for (std::size_t j = 0; j < count; ++j) {
            rows.emplace_back();
            for (std::size_t n = j; n < 1200; n += j % 7 + 3)
                rows.back().push_back(static_cast<std::int64_t>(n));
        }
        for (std::size_t j = 0; j < count; ++j)
            jobs.push_back({.chosen = rows[j], .components = j % 4 + 1, .seed = j % 2});
    }

    asp::Array<Real, 2> points;
    std::vector<std::vector<std::int64_t>> rows;
    std::vector<Job> jobs;
};

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

const FitOptions options{.start = Start::kmeans_plus_plus, .iterations = 3};

}  // namespace

TEMPLATE_TEST_CASE("each of many fits is the fit to its rows, on any number of harts", "", float,
                   double) {
    const Batch<TestType> batch(12);
    std::vector<FitState> alone;
    for (const Job& job : batch.jobs) {
        FitOptions own = options;
        own.components = job.components;
        own.seed = *job.seed;
        FramesInMemory<TestType> frames({batch.points, job.chosen});
        alone.push_back(fit<TestType>(frames, own, engine()));
    }
    for (const std::size_t count : {1, 2, 3}) {
        const Harts harts(count);
        const Engine several(&harts.team, plain_context());
        const auto states = fit_many<TestType>({batch.points}, batch.jobs, options, several);
        REQUIRE(states.size() == alone.size());
        for (std::size_t j = 0; j < alone.size(); ++j) {
            CHECK(is_same(states[j].mixture, alone[j].mixture));
            CHECK(states[j].trace == alone[j].trace);
        }
    }
}

TEST_CASE("a job without rows of its own has all, and one may start from a mixture") {
    const Batch<double> batch(0);
    const Mixture given = mixture_near(batch.points, 3, Covariance::full, 82);
    const std::vector<Job> jobs{{}, {.given = &given}};
    FitOptions own = options;
    own.components = 2;
    const auto states = fit_many<double>({batch.points}, jobs, own, engine());
    FramesInMemory<double> frames({batch.points});
    CHECK(is_same(states[0].mixture, fit<double>(frames, own, engine()).mixture));
    CHECK(is_same(states[1].mixture, fit<double>(frames, own, engine(), given).mixture));
}

TEST_CASE("weights of rows count in every job") {
    const Batch<double> batch(3);
    std::vector<double> weights(1200);
    std::iota(weights.begin(), weights.end(), 1.0);
    const Frames<double> data{batch.points, std::nullopt, weights};
    const auto states = fit_many<double>(data, batch.jobs, options, engine());
    FitOptions own = options;
    own.components = 2;
    own.seed = 1;
    FramesInMemory<double> frames({batch.points, batch.rows[1], weights});
    CHECK(is_same(states[1].mixture, fit<double>(frames, own, engine()).mixture));
}

TEST_CASE("no jobs give no mixtures") {
    const Batch<double> batch(0);
    CHECK(fit_many<double>({batch.points}, {}, options, engine()).empty());
}

TEST_CASE("a row that does not exist is named with its job") {
    Batch<double> batch(3);
    const auto message = [&] {
        return message_of<asp::InputError>(
            [&] { fit_many<double>({batch.points}, batch.jobs, options, engine()); });
    };
    batch.rows[2][5] = 1200;
    CHECK(message() == "job 2: row 1200: expected one of the 1200 rows from 0 on");
    batch.rows[1][0] = -1;
    CHECK(message() == "job 1: row -1: expected one of the 1200 rows from 0 on");
}

TEST_CASE("bad input of the first job that has any is told, with its number") {
    Batch<double> batch(8);
    for (const std::size_t j : {3, 5}) batch.jobs[j].chosen = std::span<const std::int64_t>();
    const Harts harts(2);
    const Engine several(&harts.team, plain_context());
    const auto message = [&] {
        return message_of<asp::InputError>(
            [&] { fit_many<double>({batch.points}, batch.jobs, options, several); });
    };
    CHECK(message() == "job 3: no frames: expected at least one");
    batch.points(1, 2) = NAN;  // in rows of job 1, and of others
    CHECK(message() == "job 1: row 1, column 2: nan: expected a finite number");
}

TEST_CASE("many fits can be watched and stopped") {
    const Batch<double> batch(10);
    std::vector<std::size_t> seen;
    fit_many<double>({batch.points}, batch.jobs, options, engine(), [&](std::size_t done) {
        seen.push_back(done);
        return true;
    });
    CHECK(std::ranges::is_sorted(seen));
    CHECK(seen.size() > 20);  // also within a job
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    std::vector<std::size_t> expected(11);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    CHECK(seen == expected);
    const auto states = fit_many<double>({batch.points}, batch.jobs, options, engine(),
                                         [](std::size_t done) { return done < 4; });
    CHECK(std::count_if(states.begin(), states.end(), [](const FitState& state) {
              return state.mixture.components() != 0 && is_finished(state, options);
          }) == 4);
}

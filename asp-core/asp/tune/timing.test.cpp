#include "asp/tune/timing.hpp"

#include <chrono>
#include <thread>

#include "asp/base/testing.hpp"

using namespace asp::tune;

TEST_CASE("a thread that waits is disturbed") {
    const Sample sample =
        timed({.work = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }});
    CHECK(sample.seconds >= 0.02);
    CHECK(sample.noisy);
}

TEST_CASE("a sample is the mean time of a call, without what prepares it") {
    const auto ms = [](int n) {
        return [n] { std::this_thread::sleep_for(std::chrono::milliseconds(n)); };
    };
    const Sample sample = timed({.work = ms(2), .prepare = ms(20)}, 3);
    CHECK(sample.seconds >= 0.002);
    CHECK(sample.seconds < 0.02);
}

TEST_CASE("each timed call finds its input prepared") {
    int state = 0, wrong = 0;
    timed({.work = [&] { wrong += state++ != 0; }, .prepare = [&] { state = 0; }}, 100);
    CHECK(wrong == 0);
}

TEST_CASE("a sample of a short kernel takes many calls, of a long one a single one") {
    volatile long done = 0;
    CHECK(calls_per_sample({.work = [&] { done = done + 1; }}) > 1000);
    CHECK(calls_per_sample(
              {.work = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }}) == 1);
}

TEST_CASE("online tuning waits until a kernel has run twenty times as long as it takes") {
    OnlineBudget budget;
    CHECK_FALSE(budget.affords(0.001));
    budget.ran(1.0);
    CHECK(budget.affords(0.05));
    CHECK_FALSE(budget.affords(0.0501));
}

TEST_CASE("online tuning never takes more than its share, however it is split") {
    OnlineBudget budget(0.05);
    double now = 0.0, tuning = 0.0;
    for (int call = 0; call < 10000; ++call) {
        const double kernel = 1e-4 * (1 + call % 7), step = 3e-4 * (1 + call % 5);
        budget.ran(kernel);
        now += kernel;
        if (budget.affords(step)) {
            budget.spent(step);
            tuning += step;
        }
        REQUIRE(tuning <= 0.05 * now);
    }
    CHECK(tuning > 0.045 * now);  // and it does use it
    CHECK(budget.tuning_seconds() == Approx(tuning));
    CHECK(budget.useful_seconds() == Approx(now));
}

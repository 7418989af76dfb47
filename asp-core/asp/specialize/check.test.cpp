#include "asp/specialize/check.hpp"

#include <csignal>

#include "asp/base/testing.hpp"

using namespace asp;

namespace {

/// y = 2 x at `extent` points.
Example doubling(std::size_t extent) {
    Example example;
    example.arrays = {{"x", AlignedVector<double>(extent, 1.5), {}, false},
                      {"y", AlignedVector<double>(extent, 0.0), {}, true}};
    example.scalars = {2.0};
    example.extent = static_cast<long>(extent);
    return example;
}

double* array(const Arguments& a, int k) {
    return static_cast<double*>(a.arrays[k]);
}

int correct(const Arguments& a, long lo, long hi) {
    for (long i = lo; i < hi; ++i) array(a, 1)[i] = a.scalars[0] * array(a, 0)[i];
    return 0;
}
int one_too_far(const Arguments& a, long lo, long hi) {
    correct(a, lo, hi);
    for (long i = hi; i < hi + 8; ++i) array(a, 1)[i] = 0.0;
    return 0;
}
int writes_input(const Arguments& a, long lo, long hi) {
    correct(a, lo, hi);
    array(a, 0)[lo] = 0.0;
    return 0;
}
int crashes(const Arguments&, long, long) {
    ::raise(SIGSEGV);
    return 0;
}
int hangs(const Arguments&, long, long) {
    volatile bool goes_on = true;
    while (goes_on) {
    }
    return 0;
}
int scaled(const Arguments& a, long lo, long hi) {
    for (long i = lo; i < hi; ++i)
        array(a, 1)[i] = static_cast<double>(a.parameters[0]) * array(a, 0)[i];
    return 0;
}

}  // namespace

TEST_CASE("a kernel runs in a child and its results come back") {
    for (const std::size_t extent : {0, 1, 8, 1000}) {
        const Example example = doubling(extent);
        const Trial trial = run_example(example, correct, {}, Isolation::child);
        REQUIRE(trial.results);
        REQUIRE(trial.results->arrays[1].reals == AlignedVector<double>(extent, 3.0));
        REQUIRE(example.arrays[1].reals == AlignedVector<double>(extent, 0.0));
    }
}

TEST_CASE("run-time parameters reach the kernel") {
    const std::vector<long> parameters{3};
    for (const Isolation isolation : {Isolation::here, Isolation::child}) {
        const Trial trial = run_example(doubling(2), scaled, parameters, isolation);
        REQUIRE(trial.results->arrays[1].reals == AlignedVector<double>(2, 4.5));
    }
}

TEST_CASE("a kernel that crashes, hangs or runs over an array's end harms nobody") {
    REQUIRE(run_example(doubling(8), crashes, {}, Isolation::child).failure.find("crashed") == 0);
    REQUIRE(run_example(doubling(8), hangs, {}, Isolation::child, 0.1).failure ==
            "did not end within 0.1 s");
    const Trial trial = run_example(doubling(8), one_too_far, {}, Isolation::child);
    REQUIRE(!trial.results);
    REQUIRE(trial.failure.find("crashed") == 0);
}

TEST_CASE("a difference is told with its place") {
    Example expected = doubling(3), found = doubling(3);
    found.arrays[1].reals[2] = 1e-3;
    const std::vector<Tolerance> tight{{}, {0.0, 1e-6}}, loose{{}, {0.0, 1e-2}};
    REQUIRE(disagreement(found, expected, tight).value() == "y[2] is 0.001, the interpreter has 0");
    REQUIRE(!disagreement(found, expected, loose));
}

TEST_CASE("input that a kernel overwrites is a difference whatever the tolerance") {
    const Trial trial = run_example(doubling(3), writes_input, {}, Isolation::here);
    const Trial right = run_example(doubling(3), correct, {}, Isolation::here);
    const std::vector<Tolerance> loose{{0.0, 10.0}, {0.0, 10.0}};
    REQUIRE(disagreement(*trial.results, *right.results, loose).value() ==
            "x[0] is 0, the interpreter has 1.5");
}

TEST_CASE("NaN agrees with NaN and an infinity with itself only") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    const Tolerance any{1.0, 1e300};
    REQUIRE(any.holds(nan, nan));
    REQUIRE(!any.holds(nan, 1.0));
    REQUIRE(any.holds(infinity, infinity));
    REQUIRE(!any.holds(infinity, -infinity));
    REQUIRE(!any.holds(infinity, 1e300));
    REQUIRE(Tolerance{}.holds(0.0, -0.0));
}

// The prelude in ordinary code, beside <cmath>.
#include "asp/kernel/prelude.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "asp/base/testing.hpp"
#include "asp/ir/expression.hpp"

namespace {

template <class Real>
Real ulps(Real found, Real expected) {
    if (found == expected || (std::isnan(found) && std::isnan(expected))) return 0;
    const Real above = std::nextafter(std::abs(expected), std::numeric_limits<Real>::infinity());
    return std::abs(found - expected) / (above - std::abs(expected));
}

/// The largest distance [ulp] between a function of the prelude, in a loop that g++ vectorizes,
/// and the C library's, at points of [low, high].
template <class Real, class Ours, class Library>
Real worst(Real low, Real high, Ours ours, Library library) {
    constexpr long count = 4099;
    std::vector<Real> x(count), y(count);
    for (long i = 0; i < count; ++i)
        x[static_cast<std::size_t>(i)] = low + (high - low) * static_cast<Real>(i) / count;
    const Real* const from = x.data();
    Real* const to = y.data();
    ASP_SIMD_FOR(i, 0, count) to[i] = ours(from[i]);
    Real most = 0;
    for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, ulps(y[i], library(x[i])));
    return most;
}

template <class Real>
void check_functions() {
    const Real few = 6;  // libmvec's 4, and libm's own (cbrt: 3)
    const auto near = [&](double low, double high, auto ours, auto library) {
        return worst<Real>(static_cast<Real>(low), static_cast<Real>(high), ours, library) < few;
    };
    REQUIRE(near(
        -80, 80, [](Real x) { return asp::exp(x); }, [](Real x) { return std::exp(x); }));
    REQUIRE(near(
        0, 50, [](Real x) { return asp::log(x); }, [](Real x) { return std::log(x); }));
    REQUIRE(near(
        -30, 30, [](Real x) { return asp::sin(x); }, [](Real x) { return std::sin(x); }));
    REQUIRE(near(
        -30, 30, [](Real x) { return asp::cos(x); }, [](Real x) { return std::cos(x); }));
    REQUIRE(near(
        -30, 30, [](Real x) { return asp::tan(x); }, [](Real x) { return std::tan(x); }));
    REQUIRE(near(
        -1, 1, [](Real x) { return asp::asin(x); }, [](Real x) { return std::asin(x); }));
    REQUIRE(near(
        -1, 1, [](Real x) { return asp::acos(x); }, [](Real x) { return std::acos(x); }));
    REQUIRE(near(
        -9, 9, [](Real x) { return asp::atan(x); }, [](Real x) { return std::atan(x); }));
    REQUIRE(near(
        -80, 80, [](Real x) { return asp::sinh(x); }, [](Real x) { return std::sinh(x); }));
    REQUIRE(near(
        -80, 80, [](Real x) { return asp::cosh(x); }, [](Real x) { return std::cosh(x); }));
    REQUIRE(near(
        -9, 9, [](Real x) { return asp::tanh(x); }, [](Real x) { return std::tanh(x); }));
    REQUIRE(near(
        -9, 9, [](Real x) { return asp::cbrt(x); }, [](Real x) { return std::cbrt(x); }));
    const Real y = static_cast<Real>(1.75);
    REQUIRE(near(
        0.1, 9, [=](Real x) { return asp::pow(x, y); }, [=](Real x) { return std::pow(x, y); }));
    REQUIRE(near(
        -9, 9, [=](Real x) { return asp::atan2(x, y); }, [=](Real x) { return std::atan2(x, y); }));
    const auto exact = [](auto ours, auto library) {
        return worst<Real>(-9, 9, ours, library) == 0;
    };
    REQUIRE(exact([](Real x) { return asp::sqrt(x); }, [](Real x) { return std::sqrt(x); }));
    REQUIRE(exact([](Real x) { return asp::abs(x); }, [](Real x) { return std::abs(x); }));
    REQUIRE(exact([](Real x) { return asp::floor(x); }, [](Real x) { return std::floor(x); }));
}

}  // namespace

TEST_CASE("the prelude's functions are the C library's to a few ulp") {
    check_functions<double>();
    check_functions<float>();
}

TEST_CASE("minimum and maximum of signed zeros and NaN are those of the expression graph") {
    const double nan = asp::not_a_number<double>;
    for (const double a : {0.0, -0.0, 1.0, -asp::infinity<double>, nan})
        for (const double b : {0.0, -0.0, 1.0, asp::infinity<double>, nan}) {
            const auto same = [](double x, double y) {
                return std::isnan(x) ? std::isnan(y) : x == y && std::signbit(x) == std::signbit(y);
            };
            REQUIRE(same(asp::min(a, b), asp::ir::evaluate(asp::ir::Op::minimum, a, b)));
            REQUIRE(same(asp::max(a, b), asp::ir::evaluate(asp::ir::Op::maximum, a, b)));
            const auto x = static_cast<float>(a), y = static_cast<float>(b);
            REQUIRE(same(asp::min(x, y), asp::min(a, b)));
            REQUIRE(same(asp::max(x, y), asp::max(a, b)));
        }
}

TEST_CASE("the prelude's infinity and NaN are what they say") {
    REQUIRE(asp::infinity<double> == std::numeric_limits<double>::infinity());
    REQUIRE(asp::infinity<float> == std::numeric_limits<float>::infinity());
    REQUIRE(std::isnan(asp::not_a_number<double>));
    REQUIRE(std::isnan(asp::not_a_number<float>));
}

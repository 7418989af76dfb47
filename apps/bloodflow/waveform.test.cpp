#include "bloodflow/waveform.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "asp/base/testing.hpp"

using bloodflow::Waveform;
using std::numbers::pi;

namespace {

/// Midpoint rule over one period.
double integrated_mean(const Waveform& flow, double period) {
    constexpr int points = 200000;
    double sum = 0.0;
    for (int i = 0; i < points; ++i) sum += flow((i + 0.5) * period / points);
    return sum / points;
}

const Waveform table = Waveform::table({0.0, 0.1, 0.15, 0.6, 0.8}, {1e-6, 5e-5, 8e-5, -1e-5, 1e-6});
const Waveform series = Waveform::fourier(1.1, 6e-6, {3e-6, 2e-6, -1e-6}, {0.1, -1.2, 2.0});
const Waveform sine = Waveform::half_sine(0.9, 4e-4, 0.3);

}  // namespace

TEST_CASE("the mean of a waveform is its integral over the period") {
    // The midpoint rule has an error of (h / period)^2 at kinks, 2.5e-11 of the largest flow, and a
    // few times that where slopes jump; it is exact to rounding for a trigonometric sum.
    CHECK(integrated_mean(table, 0.8) == Approx(table.mean()).margin(8e-5 * 1e-9));
    CHECK(integrated_mean(sine, 0.9) == Approx(sine.mean()).margin(4e-4 * 1e-9));
    CHECK(integrated_mean(series, 1.1) == Approx(series.mean()).epsilon(1e-12));
    CHECK(Waveform::constant(2e-6).mean() == 2e-6);
}

TEST_CASE("a periodic waveform repeats for ever, before time 0 as well") {
    for (const Waveform* flow : {&table, &series, &sine}) {
        const double period = flow->period().value();
        for (const double t : {0.0, 0.013, 0.25, 0.5, 0.79})
            for (const int cycles : {1, 7, 1000, -3}) {
                // The time loses digits as cycles are added: 1e3 cycles cost 1e-13 s, and no slope
                // here exceeds 5e-3 m^3/s^2.
                CHECK((*flow)(t + cycles * period) == Approx((*flow)(t)).margin(1e-14));
            }
    }
}

TEST_CASE("a waveform meets itself at the end of its period, whatever rounding does there") {
    for (const Waveform* flow : {&table, &series, &sine})
        for (int cycle = 1; cycle < 2000; ++cycle) {
            const double end = cycle * flow->period().value();
            for (const double t : {std::nextafter(end, 0.0), end, std::nextafter(end, 1e300)})
                REQUIRE((*flow)(t) == Approx((*flow)(0.0)).margin(1e-14));
        }
}

TEST_CASE("a table is met at its points and straight between them") {
    CHECK(table(0.0) == 1e-6);
    CHECK(table(0.1) == Approx(5e-5));
    CHECK(table(0.6) == Approx(-1e-5));
    CHECK(table(0.125) == Approx(6.5e-5));
    CHECK(table(0.7) == Approx(-4.5e-6));
    CHECK(table.period() == 0.8);
    const Waveform ramp = Waveform::table({0.0, 2.0}, {1.0, 3.0});
    CHECK(ramp(0.5) == Approx(1.5));
    CHECK(ramp.mean() == Approx(2.0));
}

TEST_CASE("the terms of a Fourier series are sines of n times the basic frequency") {
    for (const double t : {0.0, 0.2, 0.9}) {
        const double angle = 2.0 * pi * t / 1.1;
        const double expected = 6e-6 + 3e-6 * std::sin(angle + 0.1) +
                                2e-6 * std::sin(2.0 * angle - 1.2) -
                                1e-6 * std::sin(3.0 * angle + 2.0);
        CHECK(series(t) == Approx(expected).epsilon(1e-12));
    }
}

TEST_CASE("half a sine wave is ejected, then nothing until the next beat") {
    CHECK(sine(0.15) == Approx(4e-4));
    CHECK(sine(0.05) == Approx(4e-4 * std::sin(pi / 6.0)));
    CHECK(sine(0.3) == 0.0);
    CHECK(sine(0.7) == 0.0);
    CHECK(sine(0.95) == Approx(sine(0.05)));
    CHECK(Waveform::half_sine(0.3, 1.0, 0.3)(0.15) == Approx(1.0));
}

TEST_CASE("a pulse happens once, a constant for ever") {
    const Waveform pulse = Waveform::gaussian(1e-6, 0.05, 1e4);
    CHECK(!pulse.period());
    CHECK(pulse.happens_once());
    CHECK(pulse.mean() == 0.0);
    CHECK(pulse(0.05) == 1e-6);
    CHECK(pulse(0.06) == Approx(1e-6 * std::exp(-1.0)));
    CHECK(pulse(10.0) == 0.0);
    const Waveform constant = Waveform::constant(3e-6);
    CHECK(!constant.period());
    CHECK(!constant.happens_once());
    CHECK(constant(12.3) == 3e-6);
}

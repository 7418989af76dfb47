#include "validation/waveforms.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "asp/base/testing.hpp"

namespace validation {
namespace {

constexpr double kilopascal = 1e3, millilitre = 1e-6;

/// Golden section within a bracket in which `f` has one minimum.
template <class F>
double minimum(F f, double low, double high) {
    const double ratio = 0.5 * (std::sqrt(5.0) - 1.0);
    while (high - low > 1e-7) {
        const double a = high - ratio * (high - low), b = low + ratio * (high - low);
        (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
    }
    return 0.5 * (low + high);
}

/// In percent; `scale` divides each difference.
template <class Scale>
WaveformErrors errors(const std::vector<double>& ours, const std::vector<double>& theirs,
                      Scale scale) {
    WaveformErrors e{};
    for (std::size_t k = 0; k < ours.size(); ++k) {
        const double error = (ours[k] - theirs[k]) / scale(theirs[k]);
        e.rms += error * error / static_cast<double>(ours.size());
        e.max = std::max(e.max, std::abs(error));
    }
    e.systolic = (largest(ours) - largest(theirs)) / scale(largest(theirs));
    e.diastolic = (smallest(ours) - smallest(theirs)) / scale(smallest(theirs));
    return {100.0 * std::sqrt(e.rms), 100.0 * e.max, 100.0 * e.systolic, 100.0 * e.diastolic};
}

}  // namespace

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double largest(const std::vector<double>& values) {
    return *std::max_element(values.begin(), values.end());
}
double smallest(const std::vector<double>& values) {
    return *std::min_element(values.begin(), values.end());
}

double periodic_value(const std::vector<double>& samples, double period, double time) {
    const auto count = static_cast<double>(samples.size());
    double place = std::fmod(time / period, 1.0) * count;
    if (place < 0.0) place += count;
    const auto below = static_cast<std::size_t>(place) % samples.size();
    return std::lerp(samples[below], samples[(below + 1) % samples.size()],
                     place - std::floor(place));
}

Aligned align(const Series& ours, double period, const Reference& file, const std::string& solver) {
    const auto column = [&](const std::string& name, double unit) {
        auto values = file.numbers(solver + name);
        for (double& value : values) value *= unit;
        return values;
    };
    const auto pressure = column("_pressure_kpa", kilopascal);
    const auto flow = column("_flow_ml_s", millilitre);
    const auto count = static_cast<std::size_t>(std::lround(period / 1e-3));
    Aligned a;
    for (std::size_t k = 0; k < count; ++k) {
        const double time = 1e-3 * static_cast<double>(k);
        a.theirs.time.push_back(time);
        a.theirs.pressure.push_back(periodic_value(pressure, period, time));
        a.theirs.flow.push_back(periodic_value(flow, period, time));
    }
    const auto distance = [&](double shift) {
        double sum = 0.0;
        for (std::size_t k = 0; k < count; ++k) {
            const double difference =
                periodic_value(ours.flow, period, a.theirs.time[k] + shift) - a.theirs.flow[k];
            sum += difference * difference;
        }
        return sum;
    };
    // A waveform has many humps: the bracket comes from a search over the whole period.
    double best = 0.0;
    constexpr double stride = 2e-3;  // [s] less than half a hump
    for (int k = 0; k * stride < period; ++k)
        if (distance(k * stride) < distance(best)) best = k * stride;
    a.shift = minimum(distance, best - stride, best + stride);
    a.ours.time = a.theirs.time;
    for (const double time : a.theirs.time) {
        a.ours.pressure.push_back(periodic_value(ours.pressure, period, time + a.shift));
        a.ours.flow.push_back(periodic_value(ours.flow, period, time + a.shift));
    }
    if (a.shift > 0.5 * period) a.shift -= period;
    return a;
}

WaveformErrors pressure_errors(const Aligned& a) {
    return errors(a.ours.pressure, a.theirs.pressure, [](double p) { return p; });
}

WaveformErrors flow_errors(const Aligned& a) {
    double scale = 0.0;
    for (const double flow : a.theirs.flow) scale = std::max(scale, std::abs(flow));
    return errors(a.ours.flow, a.theirs.flow, [scale](double) { return scale; });
}

void check_place(const PlaceChecks& c, const Series& ours) {
    const Aligned a = align(ours, c.period, c.file, "ref3d");
    // Two converged 1-D schemes differ by less than this.
    const Tolerance one_scheme = absolute(0.2);
    const auto check = [&](const std::string& quantity, const WaveformErrors& e) {
        const auto row = [&](const char* name, double error) {
            CHECK(c.table.agrees(c.place + ": " + quantity + " against 3-D, " + name + " [%]",
                                 error, number(c.expected, quantity + "_" + name + "_percent"),
                                 one_scheme));
        };
        row("rms", e.rms);
        row("max", e.max);
        row("sys", e.systolic);
        row("dias", e.diastolic);
    };
    check("pressure", pressure_errors(a));
    check("flow", flow_errors(a));
    // Same equations: closer to each other than to 3-D.
    const Aligned b = align(ours, c.period, c.file, "fvm1d");
    CHECK(c.table.agrees(c.place + ": pressure against the benchmark's 1-D scheme, rms [%]",
                         pressure_errors(b).rms, 0.15, at_most));
    CHECK(c.table.agrees(c.place + ": flow against the benchmark's 1-D scheme, rms [%]",
                         flow_errors(b).rms, 0.15, at_most));
    // The time of the files is known to a millisecond.
    CHECK(c.table.agrees(c.place + ": shift in time against 3-D [s]", a.shift, c.shift,
                         absolute(1e-3)));
}

}  // namespace validation

// A single pulse in a long tube; README.md tells what is compared and the reasons.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "asp/base/testing.hpp"
#include "bloodflow/run_config.hpp"
#include "validation/program.hpp"
#include "validation/reference.hpp"
#include "validation/solver_run.hpp"
#include "validation/table.hpp"
#include "validation/waveforms.hpp"

using namespace validation;

namespace {

constexpr double wave_speed = 6.172134;   // [m/s]
constexpr double impedance = 2.062884e7;  // [Pa s/m^3]
constexpr double start = 0.05;            // [s] of the pulse's centre at the inlet
constexpr double peak = 20.62884;         // [Pa] without friction
constexpr double advance_per_m = 4.0e-5;  // [s/m] centroid ahead of linear theory at alpha = 1.1

/// Integral of the pressure over time [Pa s] by the trapezoidal rule, which for a bell that dies
/// out is exact to round-off as soon as samples are closer than its width.
double impulse(const Series& s) {
    double sum = 0.0;
    for (std::size_t k = 1; k < s.time.size(); ++k)
        sum += 0.5 * (s.time[k] - s.time[k - 1]) * (s.pressure[k] + s.pressure[k - 1]);
    return sum;
}

/// Centroid in time [s]; the bell alone, without the noise of a resting wall in seven digits.
double arrival(const Series& s) {
    const auto crest = std::max_element(s.pressure.begin(), s.pressure.end()) - s.pressure.begin();
    const double around = s.time[static_cast<std::size_t>(crest)];
    const double rest = s.pressure.front();
    double moment = 0.0, sum = 0.0;
    for (std::size_t k = 0; k < s.time.size(); ++k) {
        if (std::abs(s.time[k] - around) > 0.06) continue;  // eight standard deviations
        moment += (s.pressure[k] - rest) * s.time[k];
        sum += s.pressure[k] - rest;
    }
    return moment / sum;
}

/// Height of the crest when it is at `place` [m]: in space it is resolved better than in time.
double crest_at(const FieldFrames& f, double place) {
    double before = 0.0, height_before = 0.0;
    for (std::size_t k = 0; k < f.time.size(); ++k) {
        if (f.time[k] < 2.0 * start) continue;  // still entering
        const auto row = f.pressure.begin() + static_cast<std::ptrdiff_t>(k * f.cells());
        const auto crest = std::max_element(row, row + static_cast<std::ptrdiff_t>(f.cells()));
        const double x = f.position[static_cast<std::size_t>(crest - row)];
        if (x >= place) return std::lerp(height_before, *crest, (place - before) / (x - before));
        before = x;
        height_before = *crest;
    }
    FAIL("no crest at " << place << " m");
    return 0.0;
}

/// Largest value of a bell between its samples: a parabola through the three highest.
double highest(const std::vector<double>& values) {
    const auto top = std::max_element(values.begin(), values.end());
    const double a = *(top - 1), b = *top, c = *(top + 1);
    return b + (c - a) * (c - a) / (8.0 * (2.0 * b - a - c));
}

std::size_t cell_at(const FieldFrames& f, double place) {
    return static_cast<std::size_t>(std::lower_bound(f.position.begin(), f.position.end(), place) -
                                    f.position.begin());
}

/// Largest wave that runs back, within half a metre of where the outlet would have sent it.
double returned(const FieldFrames& f) {
    double largest = 0.0;
    const std::size_t last = f.time.size() - 1;
    const double since = f.time[last] - (start + 10.0 / wave_speed);
    for (std::size_t i = cell_at(f, 10.0 - wave_speed * since - 0.5); i < f.cells(); ++i) {
        const std::size_t k = last * f.cells() + i;
        largest = std::max(largest, 0.5 * std::abs(f.pressure[k] - impedance * f.flow[k]));
    }
    return largest;
}

/// Integral of Q^2 over time [m^6/s], trapezoidal.
double flow_squared(const Series& s) {
    double sum = 0.0;
    for (std::size_t k = 1; k < s.time.size(); ++k)
        sum += 0.5 * (s.time[k] - s.time[k - 1]) *
               (s.flow[k] * s.flow[k] + s.flow[k - 1] * s.flow[k - 1]);
    return sum;
}

/// What friction leaves of the integral of Q^2 at `x` [m] in linear theory: a component of
/// frequency w decays as exp(-Re g x) with (c g)^2 = -w^2 + i w r, where r = 2 (zeta + 2) pi
/// mu/(rho A0). The spectrum of Q^2 is exp(-w^2/2e4).
double remaining_flow_squared(double x) {
    // pulse-viscous.yaml: zeta 9, 4 mPa s, 1050 kg/m^3, radius 10 mm.
    constexpr double r = 2.0 * 11.0 * 0.004 / (1050.0 * 1e-4);  // [1/s]
    constexpr int points = 20000;  // in the root of w, in which the integrand is smooth
    double left = 0.0, all = 0.0;
    for (int k = 0; k < points; ++k) {
        const double root = std::sqrt(800.0) * (k + 0.5) / points, w = root * root;
        const double decay = std::sqrt(std::complex<double>(-w * w, w * r)).real() / wave_speed;
        const double weight = std::exp(-w * w / 2e4) * root;
        left += weight * std::exp(-2.0 * decay * x);
        all += weight;
    }
    return left / all;
}

// Each 2.5 ms, where the bell has a standard deviation of 7.1 ms: its sums are exact.
const Overrides with_fields{"output.fields.rate_hz=400"};

}  // namespace

TEST_CASE("a small pulse keeps its speed, volume and shape over ten metres", "[pulse]") {
    const ScratchFolder folder;
    simulate("configs/pulse.yaml", folder.path(), with_fields);
    const Results results(folder.path());
    const Series inlet = results.at("tube", Place::inlet);
    const Series middle = results.at("tube", Place::middle);
    const Series outlet = results.at("tube", Place::outlet);
    const FieldFrames fields = results.fields();
    const Table table("pulse");

    // The scheme's own shift of the centroid is 0.03 ms.
    const auto check_arrival = [&](const Series& s, double x) {
        CHECK(table.agrees(fmt::format("arrival at {:g} m [s]", x), arrival(s),
                           start + x / wave_speed - advance_per_m * x, absolute(1e-4)));
    };
    for (const double x : {1.0, 9.0}) {
        const std::size_t cell = cell_at(fields, x);
        check_arrival(fields.at_cell(cell), fields.position[cell]);
    }
    check_arrival(middle, 5.0);

    // Volume is conserved; pressure and area are proportional to 0.01 % at this height.
    const double exact_impulse = peak * std::sqrt(std::numbers::pi / 1e4);
    const auto check_impulse = [&](const Series& s, const char* place) {
        CHECK(table.agrees(std::string("integral of the pressure over time, ") + place + " [Pa s]",
                           impulse(s), exact_impulse, relative(1e-3)));
    };
    check_impulse(inlet, "inlet");
    check_impulse(middle, "5 m");
    check_impulse(outlet, "10 m");

    // Nothing is clipped: the scheme's own damping of short waves is left.
    CHECK(table.agrees("peak pressure at 1 m [Pa]", crest_at(fields, 1.0), peak,
                       relative(2e-3, 1e-3)));
    CHECK(table.agrees("peak pressure at 10 m [Pa]", highest(outlet.pressure), peak,
                       relative(1e-2, 1e-3)));
    // Non-reflecting for small waves; its error is of second order in u/c = 5e-4.
    CHECK(table.agrees("returned by the outlet, over the peak", returned(fields) / peak, 1e-3,
                       at_most));

    // A number that hardly feels the crest.
    CHECK(table.agrees("integral of the flow squared, 5 m over inlet",
                       flow_squared(middle) / flow_squared(inlet), 1.0, relative(5e-3)));
}

TEST_CASE("friction takes from the pulse what linear theory says", "[pulse]") {
    const ScratchFolder folder;
    simulate("configs/pulse-viscous.yaml", folder.path(), with_fields);
    const Results results(folder.path());
    const FieldFrames fields = results.fields();
    const Reference exact("validation/pulse/linear_exact.csv");
    const auto exact_peak = [&](const char* x) {
        return number(exact.row("position_m", x), "viscous_zeta9_peak_pressure_pa");
    };
    const Table table("pulse");
    // As without friction.
    CHECK(table.agrees("with friction: peak pressure at 1 m [Pa]", crest_at(fields, 1.0),
                       exact_peak("1"), relative(2e-3, 1e-3)));
    CHECK(table.agrees("with friction: peak pressure at 10 m [Pa]",
                       highest(results.at("tube", Place::outlet).pressure), exact_peak("10"),
                       relative(1e-2, 1e-3)));
    // What friction takes, by a number that hardly feels the crest.
    const double inlet = flow_squared(results.at("tube", Place::inlet));
    CHECK(table.agrees("with friction: integral of the flow squared, 5 m over inlet",
                       flow_squared(results.at("tube", Place::middle)) / inlet,
                       remaining_flow_squared(5.0), relative(5e-3)));
    const std::size_t far = cell_at(fields, 9.0);
    CHECK(table.agrees("with friction: integral of the flow squared, 9 m over inlet",
                       flow_squared(fields.at_cell(far)) / inlet,
                       remaining_flow_squared(fields.position[far]), relative(5e-3)));
}

namespace {

struct Cells {
    std::vector<double> area, flow;
};

/// The pulse 0.9 m into the tube, of which 1.5 m are enough.
Cells pulse_in_cells_of(double cell_length) {
    bloodflow::RunConfig config = bloodflow::read_run_config("configs/pulse.yaml", {});
    config.network.vessels[0].length = 1.5;
    SolverRun run(config.network, config.inlets, cell_length);
    run.solver->load(run.rest());
    run.advance_to(0.2);
    const auto area = run.solver->area(0), velocity = run.solver->velocity(0);
    Cells cells{{area.begin(), area.end()}, {velocity.begin(), velocity.end()}};
    for (std::size_t i = 0; i < area.size(); ++i) cells.flow[i] *= area[i];
    return cells;
}

/// Sum over the coarse cells; each is two fine ones.
double distance(const std::vector<double>& coarse, const std::vector<double>& fine) {
    double sum = 0.0;
    for (std::size_t i = 0; i < coarse.size(); ++i)
        sum += std::abs(coarse[i] - 0.5 * (fine[2 * i] + fine[2 * i + 1]));
    return sum / static_cast<double>(coarse.size());
}

}  // namespace

TEST_CASE("the scheme is of second order on a resolved pulse", "[pulse]") {
    const Table table("pulse");
    Cells coarse = pulse_in_cells_of(1.25e-3);
    double area_before = 0.0, flow_before = 0.0;
    for (const double cell_length : {0.625e-3, 0.3125e-3}) {
        Cells fine = pulse_in_cells_of(cell_length);
        const double area = distance(coarse.area, fine.area);
        const double flow = distance(coarse.flow, fine.flow);
        if (area_before > 0.0) {
            // Second order, crest and all.
            CHECK(table.agrees("order in L1, area, cells of 1.25 to 0.31 mm",
                               std::log2(area_before / area), 1.9, at_least));
            CHECK(table.agrees("order in L1, flow, cells of 1.25 to 0.31 mm",
                               std::log2(flow_before / flow), 1.9, at_least));
        }
        area_before = area;
        flow_before = flow;
        coarse = std::move(fine);
    }
}

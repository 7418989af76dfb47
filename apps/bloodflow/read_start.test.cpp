#include "bloodflow/read_start.hpp"

#include <cmath>

#include "bloodflow/initial_state.hpp"
#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;

namespace {

InputFiles files_with(const std::string& run) {
    return InputFiles(fork_network, with(with(fork_run, "mode: periodic, tolerance: 1.0e-3", run),
                                         "output: {waveforms: {samples_per_cycle: 100}}\n", ""));
}

Lines complaints(const std::string& formulas) {
    return files_with("mode: transient, duration_s: 1, start: formula, " + formulas).complaints();
}

}  // namespace

TEST_CASE("a run starts with pressures and velocities that are formulas of the place") {
    const RunConfig config =
        files_with(
            "mode: transient, duration_s: 1, start: formula, "
            "initial_pressure_mmhg: \"p_ref / mmHg + height * exp(-((x - 0.5 * L) / width)**2)\", "
            "initial_velocity_m_s: \"0.1 * x / L * A0 / 1e-4\", "
            "parameters: {height: 5, width: 0.02}")
            .read();
    CHECK(config.start == Start::formula);
    const Mesh mesh = mesh_of(config, std::nullopt);
    const FlowState state = initial_state(config, mesh, std::nullopt);
    for (std::size_t v = 0; v < 3; ++v) {
        const Vessel& vessel = config.network.vessels[v];
        for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
            const double s = mesh.vessels[v].place(i);
            const double along = (s - 0.5) * vessel.length / 0.02;
            const std::size_t c = mesh.vessels[v].offset + i;
            const WallSection wall = vessel.wall(s);
            CHECK(wall.pressure(state.area[c]) ==
                  Approx((75.0 + 5.0 * std::exp(-along * along)) * mmHg));
            CHECK(state.velocity[c] == Approx(0.1 * s * wall.reference_area / 1e-4));
        }
    }
    // A windkessel is charged to what is left of the pressure behind its near resistance.
    const Vessel& left = config.network.vessels[1];
    const auto end = config.formulas->at(left, 1.0);
    const double flow = end.velocity * left.wall(1.0).area(end.pressure);
    CHECK(state.capacitor_pressure[0] == Approx(end.pressure - 4e7 * flow));
}

TEST_CASE("blood whose velocity no formula tells is at rest") {
    const RunConfig config = files_with(
                                 "mode: transient, duration_s: 1, start: formula, "
                                 "initial_pressure_mmhg: 80")
                                 .read();
    const FlowState state = initial_state(config, mesh_of(config, std::nullopt), std::nullopt);
    for (const double u : state.velocity) CHECK(u == 0.0);
}

TEST_CASE("a start at which a vessel collapses, or that is no number, is refused with its place") {
    CHECK(
        complaints("initial_pressure_mmhg: \"75 - 1000 * x / L\"") ==
        Lines{"run.yaml:5: run.initial_pressure_mmhg = \"75 - 1000 * x / L\": -435 mmHg in 'trunk' "
              "at x = 0.051 m; expected a pressure at which it does not collapse"});
    CHECK(
        complaints("initial_pressure_mmhg: \"75 + log(0.0695 - x)\"") ==
        Lines{"run.yaml:5: run.initial_pressure_mmhg = \"75 + log(0.0695 - x)\": nan in 'trunk' at "
              "x = 0.07 m; expected a finite number"});
    CHECK(complaints("initial_pressure_mmhg: 75, initial_velocity_m_s: \"1 / (L - 0.08)\"") ==
          Lines{"run.yaml:5: run.initial_velocity_m_s = \"1 / (L - 0.08)\": inf in 'left' at x = 0 "
                "m; expected a finite number"});
}

TEST_CASE("formulas of the start that are wrong or out of place are complained about") {
    CHECK(complaints("initial_pressure_mmhg: \"75 + y\"") ==
          Lines{"run.yaml:5: run.initial_pressure_mmhg: unknown name 'y'\n"
                "    75 + y\n"
                "         ^"});
    CHECK(complaints("rest_pressure_mmhg: 80") ==
          Lines{"run.yaml:5: run.initial_pressure_mmhg: missing; expected text"});
    CHECK(files_with("start: formula, initial_pressure_mmhg: 75").complaints() ==
          Lines{"run.yaml:5: run.start = formula: expected in mode 'transient' only"});
    CHECK(files_with("start: steady, initial_pressure_mmhg: 75").complaints() ==
          Lines{"run.yaml:5: run.initial_pressure_mmhg = 75: expected with 'start: formula' only"});
}

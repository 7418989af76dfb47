// Runs whose inflow, outlets or start are formulas.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/initial_state.hpp"
#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

const std::string left_parts =
    "type: windkessel, proximal_resistance_pa_s_m3: 4e+7, distal_resistance_pa_s_m3: 6e+8, "
    "compliance_m3_pa: 1.5e-9";
const std::string right_parts =
    "type: windkessel, proximal_resistance_pa_s_m3: 6e+7, distal_resistance_pa_s_m3: 9e+8, "
    "compliance_m3_pa: 1e-9";

std::string fork_with(const std::string& left, const std::string& right) {
    return with(with(fork_network, left_parts, left), right_parts, right);
}

std::string written(double near, double far, double compliance) {
    return fmt::format(
        "type: formula, pressure_pa: \"p_c + R1 * Q\", state: {{name: p_c, rate: \"(Q - p_c / R2) "
        "/ C\"}}, parameters: {{R1: {}, R2: {}, C: {}}}",
        near, far, compliance);
}

/// The fork's windkessels as formulas.
const std::string written_network = fork_with(written(4e7, 6e8, 1.5e-9), written(6e7, 9e8, 1e-9));
/// A compartment that stiffens behind a resistance that grows with the flow; on the other side the
/// state is a volume. As much resistance and compliance as the windkessels have, about.
const std::string nonlinear_network = fork_with(
    "type: formula, pressure_pa: \"p_c + R1 * Q + K * Q * abs(Q)\", "
    "state: {name: p_c, rate: \"(Q - p_c / R2) / (C * exp(-p_c / 20000))\"}, "
    "parameters: {R1: 4e+7, R2: 6e+8, K: 5e+11, C: 2.5e-9}",
    "type: formula, pressure_pa: \"p + R1 * Q\", state: {name: V, rate: \"Q - p / R2\"}, "
    "parameters: {R1: 6e+7, R2: 9e+8, p_stiff: 20000, p: \"p_stiff * log(V / 5e-6 + 1)\"}");

struct Alone {
    asp::HartPool pool{1};
    asp::Lease lease = pool.request();
    asp::Team team{lease};
};

std::optional<SteadyFlow> steady_of(const RunConfig& config) {
    if (config.start != Start::steady) return std::nullopt;
    return solve_steady(config.network, config.inlets);
}

RunRecord run_alone(const RunConfig& config, const RunHooks& hooks = {},
                    const RunRecord* resume = nullptr) {
    Alone alone;
    const auto steady = steady_of(config);
    return run(config, mesh_of(config, steady), steady, alone.team, hooks, resume);
}

/// Largest difference, relative to the largest number of both.
double apart(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0.0, difference = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max({largest, std::abs(a[i]), std::abs(b[i])});
        difference = std::max(difference, std::abs(a[i] - b[i]));
    }
    return difference / largest;
}

double apart(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
    std::vector<double> flat_a, flat_b;
    for (const auto& row : a) flat_a.insert(flat_a.end(), row.begin(), row.end());
    for (const auto& row : b) flat_b.insert(flat_b.end(), row.begin(), row.end());
    return apart(flat_a, flat_b);
}

/// The example in a page of the documentation.
std::string example_in(const std::string& page) {
    std::ifstream file(page);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string all = text.str(), fence = "```yaml\n";
    const auto begin = all.find(fence);
    REQUIRE(begin != std::string::npos);
    return all.substr(begin + fence.size(), all.find("```", begin + 3) - begin - fence.size());
}

/// A state on the way: a tenth of a second after a steady start.
FlowState under_way(const RunConfig& config, const Mesh& mesh, FlowSolver& solver) {
    solver.load(initial_state(config, mesh, steady_of(config)));
    while (solver.time() < 0.1) solver.advance(solver.stable_step());
    return solver.save();
}

}  // namespace

TEST_CASE("windkessels written as formulas make the step of those that are built in") {
    Alone alone;
    const bool reference = GENERATE(false, true);
    const RunConfig built_in = InputFiles().read(), formulas = InputFiles(written_network).read();
    const Mesh mesh = mesh_of(built_in, steady_of(built_in));
    const auto solver_of = [&](const RunConfig& c) {
        return reference ? make_reference_solver(c.network, mesh, c.inlets, 0.8)
                         : make_native_solver(c.network, mesh, c.inlets, 0.8, alone.team);
    };
    const auto a = solver_of(built_in), b = solver_of(formulas);
    b->load(under_way(built_in, mesh, *a));
    const double dt = a->stable_step();
    a->advance(dt);
    b->advance(dt);
    CHECK(apart(a->save().area, b->save().area) < 1e-12);
    CHECK(apart(a->save().velocity, b->save().velocity) < 1e-12);
    CHECK(apart(a->save().capacitor_pressure, b->save().capacitor_pressure) < 1e-12);
}

TEST_CASE("inflow and windkessels written as formulas make the run of those that are built in") {
    const std::string sine = "{type: half_sine, peak_ml_s: 100, duration_s: 0.3, period_s: 0.8}";
    const std::string formula =
        "{type: formula, flow_ml_s: \"100 * sin(pi * t / 0.3) if t < 0.3 else 0\", period_s: 0.8}";
    const RunRecord a = run_alone(InputFiles().read());
    const RunRecord b =
        run_alone(InputFiles(written_network, with(fork_run, sine, formula)).read());
    REQUIRE(a.status == RunStatus::converged);
    REQUIRE(b.status == RunStatus::converged);
    CHECK(a.cycles.size() == b.cycles.size());
    // Rounding differs and grows over some thousand steps and an extrapolation.
    CHECK(apart(a.waveforms.area, b.waveforms.area) < 1e-9);
    CHECK(apart(a.waveforms.flow, b.waveforms.flow) < 1e-9);
}

TEST_CASE("with nonlinear outlets the native solver takes the steps of the reference") {
    Alone alone;
    const RunConfig config = InputFiles(nonlinear_network).read();
    const Mesh mesh = mesh_of(config, steady_of(config));
    const auto native = make_native_solver(config.network, mesh, config.inlets, 0.8, alone.team);
    const auto reference = make_reference_solver(config.network, mesh, config.inlets, 0.8);
    FlowState start = initial_state(config, mesh, steady_of(config));
    native->load(start);
    reference->load(start);
    CHECK(apart(native->save().end_unknown, reference->save().end_unknown) < 1e-12);
    CHECK(apart(native->save().end_velocity, reference->save().end_velocity) < 1e-9);
    reference->load(under_way(config, mesh, *native));
    for (FlowSolver* solver : {native.get(), reference.get()}) solver->advance(1e-6);
    // The kernel's inverse square root leaves 2e-3 of what a step changes, which is 1e-3 here.
    CHECK(apart(native->save().area, reference->save().area) < 1e-7);
    CHECK(apart(native->save().capacitor_pressure, reference->save().capacitor_pressure) < 1e-10);
}

TEST_CASE("in a run, a nonlinear outlet obeys its equations") {
    const RunConfig config = InputFiles(nonlinear_network)
                                 .read({"run={mode: transient, duration_s: 0.6, start: steady}",
                                        "output={waveforms: {sample_interval_ms: 0.2}}"});
    const RunRecord record = run_alone(config);
    REQUIRE(record.status == RunStatus::converged);
    const SteadyFlow steady = *steady_of(config);
    const OutletLaw& law = *config.network.terminals[0].law;
    double state = law.steady_state(steady.flow[1], 0.0), off = 0.0, low = 1e300, high = -1e300;
    const std::size_t outlet = 3 * 1 + 2;
    for (std::size_t k = 1; k < record.waveforms.time.size(); ++k) {
        const double h = record.waveforms.time[k] - record.waveforms.time[k - 1];
        const double before = record.waveforms.flow[k - 1][outlet];
        const double now = record.waveforms.flow[k][outlet];
        // Classical Runge-Kutta, with the recorded outflow straight between the samples.
        const double middle = 0.5 * (before + now);
        const double k1 = law.at(before, state).rate;
        const double k2 = law.at(middle, state + 0.5 * h * k1).rate;
        const double k3 = law.at(middle, state + 0.5 * h * k2).rate;
        const double k4 = law.at(now, state + h * k3).rate;
        state += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
        const double pressure =
            pressure_at(config.network, 1, 1.0, record.waveforms.area[k][outlet]);
        off = std::max(off, std::abs(pressure - law.at(now, state).pressure));
        low = std::min(low, pressure);
        high = std::max(high, pressure);
    }
    CHECK(high - low > 1000.0);  // [Pa]: something happens
    CHECK(off < 1e-4 * (high - low));
}

TEST_CASE("a periodic run with nonlinear outlets ends in one state, sooner with extrapolation") {
    const InputFiles files(nonlinear_network);
    const RunRecord with_it = run_alone(files.read({"run.coarse_start=false"}));
    const RunRecord without =
        run_alone(files.read({"run.coarse_start=false", "run.extrapolate=false",
                              "run.max_cycles=60", "run.tolerance=1e-5"}));
    REQUIRE(with_it.status == RunStatus::converged);
    REQUIRE(without.status == RunStatus::converged);
    CHECK(with_it.cycles.size() < 6);
    CHECK(apart(with_it.waveforms.area, without.waveforms.area) < 1e-3);
    CHECK(apart(with_it.waveforms.flow, without.waveforms.flow) < 1e-3);
}

TEST_CASE("in the periodic state a nonlinear outlet passes on what it gets") {
    const RunConfig config = InputFiles(nonlinear_network).read({"run.tolerance=1e-5"});
    const RunRecord record = run_alone(config);
    REQUIRE(record.status == RunStatus::converged);
    double out = 0.0;
    for (const std::size_t v : {1, 2})
        out += summarize(config.network, record.waveforms, v).mean_flow_ml_s;
    CHECK(out == Approx(config.inlets[0].flow.mean() / mL).epsilon(1e-4));
}

TEST_CASE("a run with nonlinear outlets that was stopped goes on to the same bits") {
    const InputFiles files(nonlinear_network);
    SECTION("periodic") {
        const RunConfig config = files.read({"run.tolerance=1e-5"});
        const RunRecord whole = run_alone(config);
        int cycles = 0;
        RunHooks hooks;
        hooks.cycle_done = [&](const RunRecord&) { ++cycles; };
        hooks.stop_requested = [&] { return cycles >= 2; };
        const RunRecord part = run_alone(config, hooks);
        REQUIRE(part.status == RunStatus::interrupted);
        const RunRecord rest = run_alone(config, {}, &part);
        REQUIRE(rest.state.area == whole.state.area);
        REQUIRE(rest.state.capacitor_pressure == whole.state.capacitor_pressure);
        REQUIRE(rest.waveforms.flow == whole.waveforms.flow);
    }
    SECTION("transient") {
        const RunConfig config =
            files.read({"run={mode: transient, duration_s: 0.3, start: rest}", "output={}"});
        const RunRecord whole = run_alone(config);
        int steps = 0;
        RunHooks hooks;
        hooks.step_done = [&](double) { ++steps; };
        hooks.stop_requested = [&] { return steps > 150; };
        const RunRecord part = run_alone(config, hooks);
        REQUIRE(part.status == RunStatus::interrupted);
        const RunRecord rest = run_alone(config, {}, &part);
        REQUIRE(rest.state.area == whole.state.area);
        REQUIRE(rest.state.capacitor_pressure == whole.state.capacitor_pressure);
        REQUIRE(rest.state.end_velocity == whole.state.end_velocity);
    }
}

TEST_CASE("the steady flow through nonlinear outlets obeys their curves") {
    const auto orifice = [](double factor) {
        return fmt::format(
            "type: formula, pressure_pa: \"R * Q + K * Q * abs(Q)\", "
            "parameters: {{R: 4e+7, K: {}}}",
            factor);
    };
    for (const double factor : {1e10, 1e12, 1e14}) {
        const RunConfig config =
            InputFiles(fork_with(orifice(factor), orifice(3.0 * factor))).read();
        const SteadyFlow steady = solve_steady(config.network, config.inlets);
        CHECK(steady.iterations < 20);
        CHECK(steady.flow[1] + steady.flow[2] ==
              Approx(config.inlets[0].flow.mean()).epsilon(1e-12));
        for (const std::size_t t : {0, 1}) {
            const double flow = steady.flow[1 + t];
            CHECK(steady.pressure[2 + t] ==
                  Approx(4e7 * flow + (t == 0 ? 1.0 : 3.0) * factor * flow * flow).epsilon(1e-10));
        }
    }
}

TEST_CASE("an outlet that lets out no more than so much leaves the rest to the others") {
    const std::string narrow =
        "type: formula, pressure_pa: \"s + R * Q\", "
        "state: {name: s, rate: \"Q - W * tanh(s / 20000)\"}, parameters: {R: 1e+8, W: 1e-6}";
    const RunConfig config = InputFiles(fork_with(narrow, right_parts)).read();
    const SteadyFlow steady = solve_steady(config.network, config.inlets);
    CHECK(steady.flow[1] < 1e-6);
    CHECK(steady.flow[1] > 0.5e-6);
    CHECK(steady.flow[1] + steady.flow[2] == Approx(config.inlets[0].flow.mean()).epsilon(1e-12));
    const RunConfig closed = InputFiles(fork_with(narrow, narrow)).read();
    const std::string message =
        asp::testing::message_of<BlowUp>([&] { solve_steady(closed.network, closed.inlets); });
    CHECK(message.starts_with("no steady flow: the formula of the outlet at '"));
    CHECK(message.find("_end' has no steady state under ") != std::string::npos);
}

TEST_CASE("a small pulse that a formula starts runs along a tube with the speed of its waves") {
    const std::string tube =
        "blood: {viscosity_mpa_s: 0}\n"
        "walls: {tube: {young_modulus_kpa: 400, reference_pressure_mmhg: 75}}\n"
        "nodes: [{id: a, position_mm: [0, 0, 0]}, {id: b, position_mm: [0, 0, 1]}]\n"
        "vessels: [{name: tube, from: a, to: b, length_mm: 2000, radius_mm: 8, "
        "wall_thickness_mm: 1, wall: tube}]\n"
        "terminals: [{node: b, type: reflection, reflection_coefficient: 0}]\n";
    const std::string run =
        "network: net.yaml\n"
        "inlets: [{node: a, flow: {type: constant, flow_ml_s: 0}}]\n"
        "numerics: {cell_length_mm: 4}\n"
        "run:\n"
        "  mode: transient\n"
        "  duration_s: 0.15\n"
        "  start: formula\n"
        "  initial_pressure_mmhg: \"p_ref / mmHg + bump\"\n"
        "  initial_velocity_m_s: \"bump * mmHg / (1060 * c0)\"\n"  // a wave to the right
        "  parameters:\n"
        "    bump: \"0.02 * exp(-((x - 0.5) / 0.05)**2)\"\n"
        "    c0: \"sqrt(sqrt(pi) * h * E / (1 - nu**2) / sqrt(A0) / (2 * 1060))\"\n";
    const RunConfig config = InputFiles(tube, run).read();
    const Mesh mesh = mesh_of(config, std::nullopt);
    const auto centre = [&](const FlowState& state) {
        const double rest = config.network.vessels[0].wall(0.5).reference_area;
        double sum = 0.0, moment = 0.0;
        for (std::size_t i = 0; i < mesh.cells; ++i) {
            sum += state.area[i] - rest;
            moment += (state.area[i] - rest) * mesh.vessels[0].place(i) * 2.0;
        }
        return moment / sum;
    };
    const double start = centre(initial_state(config, mesh, std::nullopt));
    const RunRecord record = run_alone(config);
    REQUIRE(record.status == RunStatus::converged);
    const WallSection wall = config.network.vessels[0].wall(0.5);
    const double speed = wall.wave_speed(wall.reference_area, 1060.0);
    CHECK(start == Approx(0.5).epsilon(1e-6));
    // The pulse is 1e-4 of the area high and a little faster for it.
    CHECK((centre(record.state) - start) / 0.15 == Approx(speed).epsilon(1e-3));
}

TEST_CASE("the Circle of Willis with inflow, friction and outlets of formulas runs to its period") {
    RunConfig config = read_run_config("configs/willis-formulas.yaml",
                                       {"numerics.cell_length_mm=20", "numerics.min_cells=2",
                                        "run.tolerance=5e-3", "run.coarse_start=false"});
    REQUIRE(std::count_if(config.network.terminals.begin(), config.network.terminals.end(),
                          [](const Terminal& t) { return t.kind == TerminalKind::formula; }) == 6);
    const RunRecord record = run_alone(config);
    INFO(record.failure);
    REQUIRE(record.status == RunStatus::converged);
    CHECK(record.cycles.size() <= 8);
    double out = 0.0;
    for (const Terminal& t : config.network.terminals)
        for (std::size_t v = 0; v < config.network.vessels.size(); ++v)
            if (config.network.vessels[v].to == t.node) {
                const VesselSummary s = summarize(config.network, record.waveforms, v);
                out += s.mean_flow_ml_s;
                CHECK(s.mean_flow_ml_s > 0.0);
                CHECK(s.mean_pressure_mmhg > 60.0);
                CHECK(s.mean_pressure_mmhg < 130.0);
            }
    const double in = config.inlets[0].flow.mean() / mL;
    CHECK(in == Approx(2.0 / std::numbers::pi * (485.0 * 0.3 - 50.0 * 0.02)).epsilon(1e-10));
    CHECK(out == Approx(in).epsilon(5e-3));
}

TEST_CASE("the documentation's examples of formulas can be read") {
    const std::string run = "network: net.yaml\n" + example_in("configs/README.md");
    const RunConfig config = InputFiles(fork_network, run).read();
    CHECK(config.network.vessels[0].tube_law != nullptr);
    CHECK(config.network.friction_law != nullptr);
    CHECK(config.start == Start::formula);
    CHECK(config.inlets[0].flow(0.15) == Approx(485e-6));
    const std::string outlet = with(example_in("meshes/README.md"), "left_mca_end", "left_end");
    CHECK(InputFiles(fork_network, fork_run + outlet).read().network.terminals[0].kind ==
          TerminalKind::formula);
}

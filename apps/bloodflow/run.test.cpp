#include "bloodflow/run.hpp"

#include <algorithm>
#include <cmath>

#include "asp/harts/hart_pool.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

/// The fork, with cells of 5 mm, and some keys of its run file set.
RunConfig fork_run_with(std::vector<std::string> overrides) {
    return InputFiles().read(overrides);
}

RunRecord run_alone(const RunConfig& config, const RunHooks& hooks = {},
                    const RunRecord* resume = nullptr) {
    asp::HartPool pool(1);
    const asp::Lease lease = pool.request();
    asp::Team team(lease);
    std::optional<SteadyFlow> steady;
    if (config.start == Start::steady) steady = solve_steady(config.network, config.inlets);
    return run(config, mesh_of(config, steady), steady, team, hooks, resume);
}

/// Stops once `enough` says so.
RunHooks stop_when(std::function<bool()> enough) {
    RunHooks hooks;
    hooks.stop_requested = std::move(enough);
    return hooks;
}

/// Asks for a stop some steps into the second cycle.
class StopInSecondCycle {
public:
    RunHooks hooks() {
        RunHooks hooks = stop_when([this] { return steps_ > 20; });
        hooks.cycle_done = [this](const RunRecord&) { ++cycles_; };
        hooks.step_done = [this](double) { steps_ += cycles_ >= 1 ? 1 : 0; };
        return hooks;
    }

private:
    int cycles_ = 0, steps_ = 0;
};

/// The largest difference of pressure over a vessel's pulse, and of flow over its largest: the
/// measures of CycleReport, at the stations and all moments kept.
double distance(const Network& network, const Waveforms& a, const Waveforms& b) {
    REQUIRE(a.time.size() == b.time.size());
    double largest = 0.0;
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        double low = 1e300, high = -1e300, peak = 0.0, pressure = 0.0, flow = 0.0;
        for (std::size_t k = 0; k < a.time.size(); ++k)
            for (std::size_t place = 0; place < 3; ++place) {
                const double s = 0.5 * static_cast<double>(place);
                const std::size_t i = 3 * v + place;
                const double p = pressure_at(network, v, s, b.area[k][i]);
                low = std::min(low, p);
                high = std::max(high, p);
                peak = std::max(peak, std::abs(b.flow[k][i]));
                pressure =
                    std::max(pressure, std::abs(pressure_at(network, v, s, a.area[k][i]) - p));
                flow = std::max(flow, std::abs(a.flow[k][i] - b.flow[k][i]));
            }
        largest = std::max({largest, pressure / (high - low), flow / peak});
    }
    return largest;
}

void require_same(const FlowState& a, const FlowState& b) {
    REQUIRE(a.time == b.time);
    REQUIRE(a.area == b.area);
    REQUIRE(a.velocity == b.velocity);
    REQUIRE(a.capacitor_pressure == b.capacitor_pressure);
    REQUIRE(a.end_unknown == b.end_unknown);
    REQUIRE(a.end_velocity == b.end_velocity);
    REQUIRE(a.head == b.head);
}

void require_same(const RunRecord& a, const RunRecord& b) {
    REQUIRE(a.status == b.status);
    REQUIRE(a.waveforms.time == b.waveforms.time);
    REQUIRE(a.waveforms.area == b.waveforms.area);
    REQUIRE(a.waveforms.flow == b.waveforms.flow);
    REQUIRE(a.fields.time == b.fields.time);
    REQUIRE(a.fields.area == b.fields.area);
    REQUIRE(a.fields.flow == b.fields.flow);
    REQUIRE(a.cycles.size() == b.cycles.size());
    require_same(a.state, b.state);
}

/// The periodic state itself, as far as a run of many cycles finds it.
const RunRecord& periodic_state() {
    static const RunRecord record = run_alone(
        fork_run_with({"run.tolerance=1e-9", "run.max_cycles=200", "run.extrapolate=false"}));
    REQUIRE(record.status == RunStatus::converged);
    return record;
}

/// A soft tube into which far more is forced than it can carry.
RunConfig flooded(const std::string& run) {
    return InputFiles(with(fork_network, "young_modulus_kpa: 400", "young_modulus_kpa: 40"),
                      with(fork_run, "peak_ml_s: 100", "peak_ml_s: 3000"))
        .read({"run=" + run, "output={}"});
}

}  // namespace

TEST_CASE("a periodic run ends in the same waveforms whatever it starts from") {
    const double tolerance = 1e-3;
    for (const char* extrapolate : {"true", "false"})
        for (const char* coarse : {"true", "false"})
            for (const char* start : {"steady", "rest"}) {
                const RunConfig config = fork_run_with(
                    {std::string("run.extrapolate=") + extrapolate,
                     std::string("run.coarse_start=") + coarse, std::string("run.start=") + start,
                     "run.max_cycles=60", "numerics.cell_length_mm=1"});
                INFO("extrapolate " << extrapolate << ", coarse start " << coarse << ", " << start);
                const RunRecord record = run_alone(config);
                CHECK(record.status == RunStatus::converged);
                CHECK(record.cycles.back().remaining_error < tolerance);
                static const RunRecord first = record;
                // Each is within the tolerance of the periodic state.
                CHECK(distance(config.network, record.waveforms, first.waveforms) <
                      2.0 * tolerance);
            }
}

TEST_CASE("extrapolation and a coarse start save cycles") {
    const auto cycles = [](std::vector<std::string> overrides) {
        overrides.insert(overrides.end(), {"numerics.cell_length_mm=1", "run.max_cycles=60"});
        const RunRecord record = run_alone(fork_run_with(std::move(overrides)));
        REQUIRE(record.status == RunStatus::converged);
        return record.cycles.size();
    };
    const auto plain = cycles({"run.extrapolate=false", "run.coarse_start=false"});
    const auto extrapolated = cycles({"run.coarse_start=false"});
    const auto both = cycles({});
    CHECK(extrapolated < plain);
    CHECK(both <= extrapolated);
}

TEST_CASE("the estimated error bounds the distance from the periodic state") {
    for (const char* extrapolate : {"true", "false"})
        for (const double tolerance : {3e-2, 3e-3, 3e-4, 3e-5}) {
            const RunConfig config =
                fork_run_with({std::string("run.extrapolate=") + extrapolate, "run.max_cycles=60",
                               "run.tolerance=" + std::to_string(tolerance)});
            INFO("extrapolate " << extrapolate << ", tolerance " << tolerance);
            const RunRecord record = run_alone(config);
            REQUIRE(record.status == RunStatus::converged);
            const double error =
                distance(config.network, record.waveforms, periodic_state().waveforms);
            INFO("estimated " << record.cycles.back().remaining_error << ", true " << error);
            CHECK(error < record.cycles.back().remaining_error);
        }
}

TEST_CASE("the estimated error knows what fills slowly behind a resistance") {
    const InputFiles files(fork_network, fork_run);
    RunConfig config = files.read({"run.extrapolate=false", "run.coarse_start=false",
                                   "run.max_cycles=400", "run.tolerance=2e-2"});
    for (Terminal& t : config.network.terminals) {
        const double total = t.total_resistance();
        t = {.node = t.node,
             .kind = TerminalKind::resistance,
             .proximal_resistance = 10.0 * std::max(total, 1e8)};
    }
    const RunRecord coarse = run_alone(config);
    config.tolerance = 1e-9;
    const RunRecord exact = run_alone(config);
    REQUIRE(coarse.status == RunStatus::converged);
    REQUIRE(exact.status == RunStatus::converged);
    // The estimate sees one moment of the cycle. Waves between two such resistances hardly decay
    // and ripple on it by some percent: from cycle to cycle the change falls by 0.902 to 0.911,
    // about the 0.908 of the network's time constant. Without the resistances' share it would be 10
    // times off.
    CHECK(distance(config.network, coarse.waveforms, exact.waveforms) <
          1.1 * coarse.cycles.back().remaining_error);
}

TEST_CASE("a converged run that is resumed is done, unless more is asked") {
    const RunConfig config = fork_run_with({});
    const RunRecord record = run_alone(config);
    REQUIRE(record.status == RunStatus::converged);
    CHECK(run_alone(config, {}, &record).cycles.size() == record.cycles.size());
    const RunConfig stricter = fork_run_with(
        {"run.tolerance=1e-12", "run.max_cycles=" + std::to_string(record.cycles.size())});
    CHECK(run_alone(stricter, {}, &record).status == RunStatus::not_converged);
}

TEST_CASE("over a cycle of the periodic state a windkessel passes on what it gets") {
    const RunConfig config = fork_run_with({});
    const Network& n = config.network;
    const RunRecord& record = periodic_state();
    const auto& w = record.waveforms;
    for (std::size_t t = 0; t < n.terminals.size(); ++t) {
        const std::size_t v = t + 1, outlet = 3 * v + 2;
        double flow = 0.0, pressure = 0.0;
        for (std::size_t k = 0; k < w.time.size(); ++k) {
            flow += w.flow[k][outlet] / static_cast<double>(w.time.size());
            pressure +=
                pressure_at(n, v, 1.0, w.area[k][outlet]) / static_cast<double>(w.time.size());
        }
        // Means over 100 samples of a periodic signal; its kinks leave 1e-4 at most.
        CHECK(pressure - n.terminals[t].distal_pressure ==
              Approx(n.terminals[t].total_resistance() * flow).epsilon(2e-4));
    }
}

TEST_CASE("in the periodic state each vessel's outflow is its inflow, on average") {
    const auto& w = periodic_state().waveforms;
    const double pumped = fork_run_with({}).inlets[0].flow.mean();
    const auto mean = [&](std::size_t station) {
        double sum = 0.0;
        for (const auto& flow : w.flow) sum += flow[station];
        return sum / static_cast<double>(w.flow.size());
    };
    CHECK(mean(0) == Approx(pumped).epsilon(2e-4));              // sampled, as above
    CHECK(mean(2) == Approx(mean(3) + mean(6)).epsilon(1e-12));  // a node stores nothing
    CHECK(periodic_state().cycles.back().mass_drift < 1e-9);
}

TEST_CASE("a periodic run that was stopped goes on to the same bits") {
    for (const char* extrapolate : {"true", "false"}) {
        const RunConfig config =
            fork_run_with({std::string("run.extrapolate=") + extrapolate, "run.max_cycles=60",
                           "run.tolerance=1e-7", "output.fields={rate_hz: 50}"});
        const RunRecord whole = run_alone(config);
        REQUIRE(whole.cycles.size() > 2);
        StopInSecondCycle stop;
        const RunRecord part = run_alone(config, stop.hooks());
        REQUIRE(part.status == RunStatus::interrupted);
        REQUIRE(part.cycles.size() == 1);
        CHECK(part.waveforms.time.size() == 100);  // those of the complete first cycle
        require_same(run_alone(config, {}, &part), whole);
    }
}

TEST_CASE(
    "a periodic run stopped in its first cycle keeps what there is and goes on to the same bits") {
    const RunConfig config = fork_run_with({});
    int steps = 0;
    RunHooks hooks = stop_when([&] { return steps > 30; });
    hooks.step_done = [&](double) { ++steps; };
    const RunRecord part = run_alone(config, hooks);
    REQUIRE(part.status == RunStatus::interrupted);
    CHECK(part.cycles.empty());
    CHECK(!part.waveforms.time.empty());
    require_same(run_alone(config, {}, &part), run_alone(config));
}

TEST_CASE("a run stopped while it looks for its coarse start goes on to the same bits") {
    const RunConfig config = fork_run_with({"numerics.cell_length_mm=1"});
    int asked = 0;
    const RunRecord part = run_alone(config, stop_when([&] { return ++asked > 40; }));
    REQUIRE(part.status == RunStatus::interrupted);
    require_same(run_alone(config, {}, &part), run_alone(config));
}

TEST_CASE("a transient run that was stopped goes on to the same bits") {
    const RunConfig config = fork_run_with({"run={mode: transient, duration_s: 0.5}",
                                            "output={waveforms: {sample_interval_ms: 5}, "
                                            "fields: {rate_hz: 77}}"});
    const RunRecord whole = run_alone(config);
    REQUIRE(whole.status == RunStatus::converged);
    CHECK(whole.waveforms.time.size() == 101);
    CHECK(whole.waveforms.time.back() == Approx(0.5));
    for (const int times : {0, 1, 40, 77, 200}) {  // asked, whether between samples or at one
        int asked = 0;
        const RunRecord part = run_alone(config, stop_when([&] { return asked++ >= times; }));
        REQUIRE(part.status == RunStatus::interrupted);
        REQUIRE(part.waveforms.time.size() < whole.waveforms.time.size());
        require_same(run_alone(config, {}, &part), whole);
    }
}

TEST_CASE("a transient run can be prolonged") {
    const auto lasting = [](const char* duration) {
        return fork_run_with({std::string("run={mode: transient, duration_s: ") + duration + "}",
                              "output={waveforms: {sample_interval_ms: 10}}"});
    };
    const RunRecord half = run_alone(lasting("0.2"));
    REQUIRE(half.status == RunStatus::converged);
    require_same(run_alone(lasting("0.4"), {}, &half), run_alone(lasting("0.4")));
}

TEST_CASE("a run that may take too few cycles says that it is not periodic") {
    const RunConfig config =
        fork_run_with({"run.max_cycles=2", "run.tolerance=1e-7", "run.extrapolate=false"});
    const RunRecord record = run_alone(config);
    CHECK(record.status == RunStatus::not_converged);
    CHECK(record.cycles.size() == 2);
    CHECK(record.cycles.back().remaining_error > 1e-7);
    CHECK(record.waveforms.time.size() == 100);
    // With more cycles it goes on from there.
    RunConfig longer = config;
    longer.max_cycles = 5;
    const RunRecord more = run_alone(longer, {}, &record);
    CHECK(more.cycles.size() == 5);
    CHECK(more.cycles.back().cycle == 5);
    require_same(more, run_alone(longer));
}

TEST_CASE("a transient run that blows up tells vessel, place, time and cause, and keeps what was") {
    const RunRecord record = run_alone(flooded("{mode: transient, duration_s: 0.4}"));
    REQUIRE(record.status == RunStatus::failed);
    INFO(record.failure);
    CHECK(record.failure.starts_with("trunk: "));
    CHECK(record.failure.find(" mm from the inlet, t = 0.") != std::string::npos);
    CHECK(record.failure.find("; likely cause: ") != std::string::npos);
    REQUIRE(record.waveforms.time.size() > 1);
    CHECK(record.waveforms.time.back() < 0.4);
    for (const auto& area : record.waveforms.area)
        for (const double a : area) REQUIRE(a > 0.0);
}

TEST_CASE("a periodic run that blows up tells vessel, place, time and cause, and keeps what was") {
    const RunRecord record = run_alone(flooded("{mode: periodic, start: rest}"));
    REQUIRE(record.status == RunStatus::failed);
    INFO(record.failure);
    CHECK(record.failure.starts_with("trunk: "));
    CHECK(record.failure.find(" mm from the inlet, t = 0.") != std::string::npos);
    CHECK(record.failure.find("; likely cause: ") != std::string::npos);
    CHECK(record.waveforms.time.size() > 1);
}

TEST_CASE("one and two harts give the same bits") {
    const RunConfig config = fork_run_with({"numerics.cell_length_mm=0.5"});
    const auto with_harts = [&](std::size_t harts) {
        asp::HartPool pool(harts);
        const asp::Lease lease = pool.request();
        asp::Team team(lease);
        const SteadyFlow steady = solve_steady(config.network, config.inlets);
        return run(config, mesh_of(config, steady), steady, team, {});
    };
    require_same(with_harts(1), with_harts(2));
}

TEST_CASE("the summary of a vessel is that of the waveform at its middle, in clinical units") {
    const RunConfig config = fork_run_with({});
    Waveforms w;
    for (const double p : {80.0, 120.0, 100.0}) {
        w.time.push_back(0.0);
        w.area.emplace_back(9, 1.0);
        w.flow.emplace_back(9, 0.0);
        w.area.back()[4] = config.network.vessels[1].wall(0.5).area(p * mmHg);
        w.flow.back()[4] = (p - 90.0) * mL;
    }
    const VesselSummary s = summarize(config.network, w, 1);
    CHECK(s.mean_pressure_mmhg == Approx(100.0));
    CHECK(s.max_pressure_mmhg == Approx(120.0));
    CHECK(s.min_pressure_mmhg == Approx(80.0));
    CHECK(s.mean_flow_ml_s == Approx(10.0));
    CHECK(s.max_flow_ml_s == Approx(30.0));
    CHECK(s.min_flow_ml_s == Approx(-10.0));
    CHECK(s.max_velocity_m_s == Approx(30.0 * mL / w.area[1][4]));
}

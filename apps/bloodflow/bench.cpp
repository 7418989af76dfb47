#include "bloodflow/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "asp/base/version.hpp"
#include "asp/harts/team.hpp"
#include "bloodflow/commands.hpp"
#include "bloodflow/native_kernels.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/run_config.hpp"
#include "bloodflow/summary.hpp"

namespace bloodflow {
namespace {

using Clock = std::chrono::steady_clock;
using Row = BenchRow;

/// Arithmetic operations of one stage per cell: 22 for slopes, 31 for the flux, 11 for the update,
/// without the one division and the one square root.
constexpr double stage_operations = 64.0;

/// Least time a core needs for one full step of a cell [ns]: both kinds of operation overlap.
struct Limit {
    double arithmetic, divide_and_root;
    double least() const { return std::max(arithmetic, divide_and_root); }
};

Limit measure_limit() {
    const NativeKernels& kernels = native_kernels();
    constexpr long rounds = 20000;
    double add = 1e300, divide = 1e300;
    volatile double sink = 0.0;
    for (int repeat = 0; repeat < 7; ++repeat) {
        add = std::min(add, seconds_of([&] { sink = kernels.multiply_adds(rounds, 0.999, 1e-3); }));
        divide = std::min(divide,
                          seconds_of([&] { sink = kernels.divisions_and_roots(rounds / 4, 1.5); }));
    }
    const double per_operation = 1e9 * add / (128.0 * rounds);
    const double per_pair = 1e9 * divide / (128.0 * rounds / 4);
    return {2.0 * stage_operations * per_operation, 2.0 * per_pair};
}

/// One straight vessel of `cells` cells with a pulse in it.
struct LongVessel {
    Network network;
    Mesh mesh;
    FlowState state;

    explicit LongVessel(std::size_t cells) {
        network.nodes = {{.id = "inlet"}, {.id = "outlet"}};
        network.vessels = {{.name = "vessel",
                            .from = 0,
                            .to = 1,
                            .length = 1e-3 * static_cast<double>(cells),
                            .radius = {1e-2, 1e-2},
                            .wall_thickness = {1.5e-3, 1.5e-3},
                            .young_modulus = {4e5, 4e5},
                            .poisson_ratio = 0.5,
                            .reference_pressure = 0.0}};
        network.terminals = {{.node = 0}, {.node = 1}};
        mesh.vessels = {{cells, 1e-3, 0, 0}};
        mesh.cells = cells;
        const double area = network.vessels[0].wall(0.5).reference_area;
        for (std::size_t i = 0; i < cells; ++i) {
            const double x = 1e-3 * (static_cast<double>(i) - 0.5 * static_cast<double>(cells));
            state.area.push_back(area * (1.0 + 0.05 * std::exp(-25.0 * x * x)));
            state.velocity.push_back(0.1 * std::exp(-16.0 * x * x));
        }
        state.capacitor_pressure = {0.0, 0.0};
    }
};

void bench_interior(const Limit& limit, std::vector<Row>& rows) {
    const std::size_t harts = asp::HartPool::process().harts();
    for (const std::size_t cells : {std::size_t{4000}, std::size_t{200000}}) {
        const LongVessel vessel(cells);
        for (std::size_t threads = 1; threads <= harts; threads *= 2) {
            const asp::Lease lease = asp::HartPool::process().request(threads);
            asp::Team team(lease);
            const auto solver = make_native_solver(vessel.network, vessel.mesh, {}, 0.8, team);
            std::vector<double> times;
            for (int repeat = 0; repeat < 9; ++repeat)
                times.push_back(
                    ns_per_update(*solver, vessel.state, static_cast<int>(4000000 / cells)));
            rows.push_back({fmt::format("one vessel, {} cells", cells), threads, median(times),
                            limit.least() / static_cast<double>(threads), "ns per cell and step",
                            "the core's limit"});
        }
    }
}

RunRecord run_quietly(const RunConfig& config, asp::Team& team) {
    const auto steady = solve_steady(config.network, config.inlets);
    const Mesh mesh = mesh_of(config, steady);
    return run(config, mesh, steady, team, {});
}

void bench_circle(const RunConfig& circle, std::vector<Row>& rows) {
    const std::size_t harts = asp::HartPool::process().harts();
    for (std::size_t threads = 1; threads <= harts; threads *= 2) {
        const asp::Lease lease = asp::HartPool::process().request(threads);
        asp::Team team(lease);
        std::vector<double> seconds, updates;
        for (int repeat = 0; repeat < 5; ++repeat) {
            RunRecord record;
            seconds.push_back(seconds_of([&] { record = run_quietly(circle, team); }));
            updates.push_back(1e9 * record.solve_seconds / record.cell_updates);
        }
        const double none = std::numeric_limits<double>::quiet_NaN();
        rows.push_back({"circle, cold to periodic", threads, median(seconds), none, "s", ""});
        rows.push_back(
            {"circle, nodes and all", threads, median(updates), none, "ns per cell and step", ""});
    }
}

/// The plain implementation over a few steps, interleaved with the native one.
void bench_reference(const RunConfig& circle, std::vector<Row>& rows) {
    const auto steady = solve_steady(circle.network, circle.inlets);
    const Mesh mesh = mesh_of(circle, steady);
    const asp::Lease lease = asp::HartPool::process().request(1);
    asp::Team team(lease);
    RunConfig one_cycle = circle;
    one_cycle.max_cycles = 1;
    const FlowState start = run(one_cycle, mesh, steady, team, {}).state;
    const auto native =
        make_native_solver(circle.network, mesh, circle.inlets, circle.numerics.cfl, team);
    const auto plain =
        make_reference_solver(circle.network, mesh, circle.inlets, circle.numerics.cfl);
    std::vector<double> fast, slow;
    for (int repeat = 0; repeat < 5; ++repeat) {
        fast.push_back(ns_per_update(*native, start, 500));
        slow.push_back(ns_per_update(*plain, start, 50));
    }
    rows.push_back({"circle, against the plain reference", 1, median(fast), median(slow),
                    "ns per cell and step", "plain reference"});
}

/// 64 circles with other resistances, each to its periodic state; a run keeps to one hart.
void bench_ensemble(RunConfig circle, std::vector<Row>& rows) {
    circle.numerics.cell_length = 5e-3;
    circle.field_rate.reset();
    circle.vtk_frames = 0;
    std::vector<RunConfig> runs(64, circle);
    for (std::size_t k = 0; k < runs.size(); ++k)
        for (Terminal& t : runs[k].network.terminals)
            t.distal_resistance *= 0.8 + 0.4 * static_cast<double>(k) / 63.0;
    const std::size_t harts = asp::HartPool::process().harts();
    for (std::size_t threads = 1; threads <= harts; threads *= 2) {
        const asp::Lease lease = asp::HartPool::process().request(threads);
        asp::Team team(lease);
        std::vector<double> updates(runs.size());
        const double seconds = seconds_of([&] {
            team.run(
                [&](std::size_t begin, std::size_t end) {
                    const asp::Lease own = asp::HartPool::process().request(1);
                    asp::Team alone(own);
                    for (std::size_t k = begin; k < end; ++k)
                        updates[k] = run_quietly(runs[k], alone).cell_updates;
                },
                0, runs.size(), 1);
        });
        double total = 0.0;
        for (const double u : updates) total += u;
        const double none = std::numeric_limits<double>::quiet_NaN();
        rows.push_back({"64 circles, 5 mm", threads, seconds, none, "s", ""});
        rows.push_back(
            {"64 circles, 5 mm", threads, 1e9 * seconds / total, none, "ns per cell and step", ""});
    }
}

/// A whole run with fields every millisecond against the same run without, results written.
void bench_output(const RunConfig& circle, std::vector<Row>& rows) {
    const auto folder = std::filesystem::temp_directory_path() /
                        fmt::format("bloodflow-bench-{}", Clock::now().time_since_epoch().count());
    std::filesystem::create_directories(folder);
    RunConfig with = circle, without = circle;
    with.vtk_frames = without.vtk_frames = 0;
    with.field_rate = 1000.0;
    without.field_rate.reset();
    const asp::Lease lease = asp::HartPool::process().request(1);
    asp::Team team(lease);
    const auto whole_run = [&](const RunConfig& config) {
        return seconds_of([&] {
            const auto steady = solve_steady(config.network, config.inlets);
            const Mesh mesh = mesh_of(config, steady);
            const RunRecord record = run(config, mesh, steady, team, {});
            write_results(folder / "results.h5", config, mesh, record);
        });
    };
    std::vector<double> fields, plain, ratios;
    for (int repeat = 0; repeat < 5; ++repeat) {
        plain.push_back(whole_run(without));
        fields.push_back(whole_run(with));
        ratios.push_back(plain.back() / fields.back());
    }
    std::filesystem::remove_all(folder);
    rows.push_back({"circle, whole fields at 1 kHz", 1, median(fields),
                    median(fields) * median(ratios), "s", "without fields"});
}

void print(const std::vector<Row>& rows, const Limit& limit) {
    fmt::print(
        "{}: one core needs {:.2f} ns per cell and step for {:.0f} operations in each of two "
        "stages and {:.2f} ns for two\ndivisions and two roots; overlapped, the limit is "
        "{:.2f} ns\n\n",
        native_kernels().instruction_set, limit.arithmetic, stage_operations, limit.divide_and_root,
        limit.least());
    fmt::print("{:<36} {:>7} {:>10} {:>10} {:>7}  {}\n", "case", "threads", "ours", "reference",
               "ratio", "unit");
    for (const Row& row : rows) {
        const bool has = !std::isnan(row.reference);
        fmt::print("{:<36} {:>7} {:>10.3f} {:>10} {:>7}  {}{}\n", row.name, row.threads, row.ours,
                   has ? fmt::format("{:.3f}", row.reference) : "",
                   has ? fmt::format("{:.2f}", row.reference / row.ours) : "", row.unit,
                   has ? fmt::format("; reference: {}", row.reference_name) : "");
    }
}

double load_average() {
    double load = 0.0;
    std::ifstream("/proc/loadavg") >> load;
    return load;
}

}  // namespace

double seconds_of(const std::function<void()>& work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(),
                     values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

double ns_per_update(FlowSolver& solver, const FlowState& start, int steps) {
    solver.load(start);
    const double dt = 0.9 * solver.stable_step();
    const double seconds = seconds_of([&] {
        for (int k = 0; k < steps; ++k) solver.advance(dt);
    });
    return 1e9 * seconds / solver.cell_updates();
}

asp::ExitCode bench_command(const CommandLine& line) {
    const RunConfig circle = read_run_config(line.config, line.overrides);
    const double load = load_average();
    const Limit limit = measure_limit();
    std::vector<Row> rows;
    bench_interior(limit, rows);
    bench_circle(circle, rows);
    bench_reference(circle, rows);
    bench_ensemble(circle, rows);
    bench_output(circle, rows);
    bench_specialized(line, rows);
    if (!line.quiet) {
        print(rows, limit);
        fmt::print("load average before the run: {:.2f}\n", load);
    }
    if (!line.summary.empty()) {
        nlohmann::json table = nlohmann::json::array();
        for (const Row& row : rows) {
            nlohmann::json entry = {{"case", row.name},
                                    {"threads", row.threads},
                                    {"ours", row.ours},
                                    {"unit", row.unit}};
            if (!std::isnan(row.reference)) {
                entry["reference"] = row.reference;
                entry["ratio"] = row.reference / row.ours;
            }
            table.push_back(entry);
        }
        write_summary(line.summary, {{"program", "bloodflow"},
                                     {"command", "bench"},
                                     {"version", asp::version},
                                     {"status", "converged"},
                                     {"load_average", load},
                                     {"limit_ns", limit.least()},
                                     {"rows", table}});
    }
    return asp::ExitCode::done;
}

}  // namespace bloodflow

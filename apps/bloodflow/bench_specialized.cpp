#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "asp/harts/team.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "bloodflow/bench.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/native_kernels.hpp"

namespace bloodflow {
namespace {

/// The built-in law, as a user may write it.
const std::vector<std::string> elastic_formula{
    "physics.tube_law=p_ref + beta * (sqrt(A) - sqrt(A0)) / A0",
    "physics.parameters.beta=sqrt(pi) * h * E / (1 - nu**2)"};

RunConfig read(const std::filesystem::path& path, const std::vector<std::string>& more = {}) {
    return read_run_config(path, more);
}

/// A run's network, mesh and a state in which waves are under way.
struct Bed {
    RunConfig config;
    std::optional<SteadyFlow> steady;
    Mesh mesh;
    FlowState start;

    explicit Bed(RunConfig run) : config(std::move(run)) {
        if (config.start == Start::steady) steady = solve_steady(config.network, config.inlets);
        mesh = mesh_of(config, steady);
        RunConfig one = config;
        one.max_cycles = 1;
        one.coarse_start = false;
        if (one.mode == RunMode::transient) one.duration = std::min(one.duration, 0.3);
        const asp::Lease lease = asp::HartPool::process().request(1);
        asp::Team team(lease);
        start = run_state(one, team);
    }
    FlowState run_state(const RunConfig& one, asp::Team& team) const {
        return bloodflow::run(one, mesh, steady, team, {}).state;
    }
    std::unique_ptr<FlowSolver> solver(const StepKernels& kernels, asp::Team& team) const {
        return make_native_solver(config.network, mesh, config.inlets, config.numerics.cfl, team,
                                  kernels);
    }
};

struct Pair {
    double ours, reference;
};

/// Times per cell and step, interleaved; the reference is ours times the median of ratios.
Pair compare(FlowSolver& ours, FlowSolver& reference, const FlowState& start, int steps) {
    std::vector<double> times, ratios;
    for (int repeat = 0; repeat < 11; ++repeat) {
        const double mine = ns_per_update(ours, start, steps);
        times.push_back(mine);
        ratios.push_back(ns_per_update(reference, start, steps) / mine);
    }
    return {median(times), median(times) * median(ratios)};
}

void add(std::vector<BenchRow>& rows, const std::string& name, Pair pair,
         const std::string& reference) {
    rows.push_back({name, 1, pair.ours, pair.reference, "ns per cell and step", reference});
}

/// Every shipped network with physics of its own.
void bench_networks(const std::filesystem::path& folder, asp::Team& team,
                    std::vector<BenchRow>& rows) {
    const asp::Context context = asp::process_context(asp::Mode::required);
    for (const char* name : {"willis", "pulse", "pulse-viscous", "cca", "uta", "ibif"}) {
        const auto path = folder / fmt::format("{}.yaml", name);
        if (!std::filesystem::exists(path)) continue;
        const Bed bed(read(path));
        const auto special = bed.solver(make_step(bed.config.network, context), team);
        const auto plain = bed.solver(built_in_step(bed.config.network, native_kernels()), team);
        const int steps = static_cast<int>(2000000 / bed.mesh.cells);
        add(rows, fmt::format("{}, specialized", name), compare(*special, *plain, bed.start, steps),
            "built-in kernels");
    }
}

void bench_walls(const std::filesystem::path& circle, asp::Team& team,
                 std::vector<BenchRow>& rows) {
    const asp::Context context = asp::process_context(asp::Mode::required);
    const Bed bed(read(circle)), formula(read(circle, elastic_formula));
    const auto built_in_law = bed.solver(make_step(bed.config.network, context), team);
    const auto formula_law = formula.solver(make_step(formula.config.network, context), team);
    add(rows, "circle, formula's wall", compare(*formula_law, *built_in_law, bed.start, 500),
        "built-in wall, specialized too");
    const auto interpreted = formula.solver(interpreted_step(formula.config.network), team);
    add(rows, "circle, formula interpreted", compare(*interpreted, *formula_law, bed.start, 200),
        "specialized");
}

/// Into a cache of its own, empty before each compile.
void bench_compile(const std::filesystem::path& circle, std::vector<BenchRow>& rows) {
    const RunConfig config = read(circle, elastic_formula);
    const auto folder = std::filesystem::temp_directory_path() /
                        fmt::format("bloodflow-bench-kernels-{}", ::getpid());
    std::vector<double> cold, warm;
    for (int repeat = 0; repeat < 5; ++repeat) {
        for (std::vector<double>* times : {&cold, &warm}) {
            asp::jit::KernelCache cache(folder);
            asp::Context context = asp::process_context(asp::Mode::required);
            context.cache = &cache;
            times->push_back(
                1e3 * seconds_of([&] { static_cast<void>(make_step(config.network, context)); }));
        }
        std::filesystem::remove_all(folder);
    }
    rows.push_back({"circle's step, compiled", 2, median(cold), 300.0, "ms", "at most"});
    rows.push_back({"circle's step, from the cache", 1, median(warm), 1.0, "ms", "at most"});
}

}  // namespace

void bench_specialized(const CommandLine& line, std::vector<BenchRow>& rows) {
    const asp::Lease lease = asp::HartPool::process().request(1);
    asp::Team team(lease);
    bench_walls(line.config, team, rows);
    bench_networks(line.config.parent_path(), team, rows);
    bench_compile(line.config, rows);
}

}  // namespace bloodflow

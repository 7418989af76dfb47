// New formulas: how soon they answer, how fast they run interpreted and compiled.

#include <fmt/format.h>

#include <memory>
#include <thread>

#include "asp/base/error.hpp"
#include "asp/newton/newton.bench.hpp"
#include "asp/pointwise/pointwise.hpp"
#include "asp/specialize/kernel.hpp"
#include "asp_program/benchmark.hpp"
#include "asp_program/private_folder.hpp"

namespace asp_program {
namespace {

const asp::pointwise::Pointwise& pointwise() {
    static const asp::pointwise::Pointwise specializer;
    return specializer;
}

/// Seven points of a grid and a coefficient that varies: 9 operations. `number` makes it new.
std::string stencil_text(int number) {
    return fmt::format(
        "def step(u, west, east, south, north, below, above, k):\n"
        "    return u + 0.{} * k * (west + east + south + north + below + above - 6 * u)\n",
        number + 1);
}

constexpr const char* root_text =
    "def speed(a, b, c):\n"
    "    return sqrt(a * a + b) / c + sqrt(b / a)\n";

asp::Problem problem_of(const std::string& text) {
    asp::ir::Environment environment;
    for (const char* name : {"a", "b", "c"})
        environment.arguments.push_back({name, {}, {1.0, 2.0}});
    const auto source = std::make_shared<const asp::ir::Source>(asp::ir::Source{"bench", text, 1});
    asp::Diagnostics diagnostics;
    const auto problem = parse_problem(pointwise(), source, environment, {}, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

/// Compiles in `cache`, at once or behind calls.
asp::Context context_with(asp::jit::KernelCache& cache, asp::jit::BackgroundCompiler* background) {
    asp::Context context =
        asp::process_context(background != nullptr ? asp::Mode::automatic : asp::Mode::required);
    context.cache = &cache;
    context.background = background;
    return context;
}

void run(const asp::Kernel& kernel, const asp::BoundExample& bound, long extent) {
    kernel.run(bound.arguments(), 0, extent);
}

struct Arrival {
    double answer, native;  ///< [s] from the text to the first answer, from there to native code
};

/// An interactive call, then waiting for what comes behind it.
Arrival arrive(int number, asp::Example& example, asp::jit::KernelCache& cache,
               asp::jit::BackgroundCompiler& background) {
    const asp::BoundExample bound(example);
    const double start = seconds_now();
    const asp::Kernel kernel = make_kernel(pointwise(), problem_of(stencil_text(number)),
                                           context_with(cache, &background));
    run(kernel, bound, example.extent);
    const double answered = seconds_now();
    kernel.wait();
    const double swapped = seconds_now();
    if (kernel.rung() != asp::Rung::specialized) throw asp::BackendError(kernel.explain());
    return {answered - start, swapped - answered};
}

double seconds_to_kernel(int number, asp::jit::KernelCache& cache) {
    const asp::Problem problem = problem_of(stencil_text(number));
    const double start = seconds_now();
    make_kernel(pointwise(), problem, context_with(cache, nullptr));
    return seconds_now() - start;
}

}  // namespace

void bench_first_answer(Rows& rows) {
    constexpr int rounds = 7;
    const PrivateFolder folder;
    asp::jit::host_toolchain();  // looked for once, whatever comes
    asp::jit::measure_platform();
    std::vector<double> answers, systems, swaps, waits, loads;
    {
        asp::jit::KernelCache cache(folder.path() / "cache");
        asp::jit::BackgroundCompiler background(cache);
        asp::Example example = pointwise().example(problem_of(stencil_text(0)), 1, 1000);
        for (int round = 0; round < rounds; ++round) {
            const Arrival found = arrive(round, example, cache, background);
            answers.push_back(1e3 * found.answer);
            swaps.push_back(1e3 * found.native);
            waits.push_back(1e3 * seconds_to_kernel(rounds + round, cache));
            systems.push_back(1e3 * asp::newton::seconds_to_first_answer());
        }
    }
    for (int round = 0; round < rounds; ++round) {
        asp::jit::KernelCache reopened(folder.path() / "cache");
        loads.push_back(1e3 * seconds_to_kernel(round, reopened));
    }
    const auto row = [&](const char* name, const std::vector<double>& values, double bar) {
        rows.push_back({name, 1, median(values), no_reference, "ms", "", Bar::most_ours, bar});
    };
    row("first answer, formula at 1000 points", answers, 2.0);
    row("first answer, newton system", systems, 2.0);
    row("native stencil swapped in after", swaps, 150.0);
    row("native stencil, waited for", waits, 150.0);
    row("warm from disk", loads, 1.0);
}

void bench_calls(Rows& rows) {
    const PrivateFolder folder;
    asp::jit::KernelCache cache(folder.path() / "cache");
    const asp::Problem problem = problem_of(root_text);
    const asp::Kernel kernel = make_kernel(pointwise(), problem, context_with(cache, nullptr));
    const auto module = cache.get_or_build(
        source_of(pointwise().lower(problem, pointwise().space(problem, {}).default_variant(),
                                    asp::Target::cpu)),
        asp::jit::host_toolchain());
    if (!module) throw asp::BackendError(module.error().message);
    const auto entry = module->function<int(const asp::Arguments&, long, long)>(asp::default_entry);
    asp::Example example = pointwise().example(problem, 1, 8);
    const asp::BoundExample bound(example);
    // In batches: what calls a std::function is not to be measured.
    constexpr int batch = 1000;
    const auto per_call = [&](auto&& call) {
        const auto calls = [&] {
            for (int k = 0; k < batch; ++k) call();
        };
        return 1e9 * seconds_per_call(calls, thread_seconds_now) / batch;
    };
    const auto ns = medians_in_turns(
        15, {[&] { return per_call([&] { kernel.run(bound.arguments(), 0, 1); }); },
             [&] { return per_call([&] { entry(bound.arguments(), 0, 1); }); }});
    rows.push_back({"call of a kernel, 1 point", 1, ns[0], ns[1], "ns", "function pointer"});
    rows.push_back({"call of a kernel, over the pointer's", 1, ns[0] - ns[1], no_reference, "ns",
                    "", Bar::most_ours, 20.0});
}

namespace {

/// Interpreted against compiled, in ns per point.
Row interpreter_row(const std::string& name, const asp::Problem& problem,
                    asp::jit::KernelCache& cache, const asp::Arguments& arguments, long lo,
                    long hi) {
    const asp::Kernel native = make_kernel(pointwise(), problem, context_with(cache, nullptr));
    const asp::Interpreter interpreter = pointwise().interpreter(problem);
    const double points = static_cast<double>(hi - lo);
    const auto per_point = [&](const std::function<void()>& work) {
        return 1e9 * seconds_per_call(work, thread_seconds_now) / points;
    };
    const auto ns =
        medians_in_turns(15, {[&] { return per_point([&] { interpreter(arguments, lo, hi); }); },
                              [&] { return per_point([&] { native.run(arguments, lo, hi); }); }});
    return {name, 1, ns[0], ns[1], "ns per point", "compiled", Bar::least_ratio, 1.0 / 6.0};
}

/// The grid of a stencil, with its neighbours as views that are shifted.
struct Grid {
    static constexpr long n = 32, plane = n * n, cells = n * plane;
    asp::AlignedVector<double> u, k, out;
    std::vector<void*> places;  ///< of what the stencil's arguments are at cell 0

    Grid() : u(cells, 1.0), k(cells, 0.5), out(cells, 0.0) {
        for (long i = 0; i < cells; ++i)
            u[static_cast<std::size_t>(i)] += 1e-3 * static_cast<double>(i % 97);
        for (const long shift : {0L, -1L, 1L, -n, n, -plane, plane})
            places.push_back(u.data() + shift);
        places.push_back(k.data());
        places.push_back(out.data());
    }
};

}  // namespace

void bench_interpreter(Rows& rows) {
    const PrivateFolder folder;
    asp::jit::KernelCache cache(folder.path() / "cache");
    const asp::Problem roots = problem_of(root_text);
    asp::Example example = pointwise().example(roots, 1, 20000);
    const asp::BoundExample bound(example);
    Grid grid;
    rows.push_back(interpreter_row("interpreter, 7-point stencil", problem_of(stencil_text(0)),
                                   cache, {grid.places.data()}, Grid::plane,
                                   Grid::cells - Grid::plane));
    rows.push_back(interpreter_row("interpreter, roots and divisions", roots, cache,
                                   bound.arguments(), 0, example.extent));
}

}  // namespace asp_program

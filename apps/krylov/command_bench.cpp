#include <fmt/format.h>

#include <cstdio>

#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/jit/platform.hpp"
#include "krylov/bandwidth.hpp"
#include "krylov/bench_case.hpp"
#include "krylov/commands.hpp"
#include "krylov/generate.hpp"
#include "krylov/peers.hpp"
#include "krylov/report.hpp"
#include "krylov/session.hpp"
#include "krylov/summary.hpp"
#include "krylov/timing.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;

/// One and all, or what the command line says.
std::vector<std::size_t> thread_counts(const CommandLine& line) {
    const std::size_t all = asp::HartPool::process().harts();
    if (line.threads > 0) return {line.threads};
    return all > 1 ? std::vector<std::size_t>{1, all} : std::vector<std::size_t>{1};
}

/// Prints and returns what `threads` harts read from where.
Json read_speeds(std::size_t threads, const asp::jit::Platform& platform, bool quiet) {
    const asp::Lease lease = asp::HartPool::process().request(threads);
    Json json = {{"threads", lease.harts()}};
    std::string text;
    for (const ReadSpeed& speed : measure_read_speeds(asp::Team(lease), platform)) {
        text += fmt::format("{}{} {:.0f} GB/s ({})", text.empty() ? "" : ", ", speed.from,
                            1e-9 * speed.bytes_per_second,
                            bytes_text(static_cast<double>(speed.bytes)));
        json[speed.from + "_gb_s"] = 1e-9 * speed.bytes_per_second;
    }
    if (!quiet) fmt::print("reads by {}: {}\n", counted(lease.harts(), "hart"), text);
    std::fflush(stdout);
    return json;
}

class Bench {
public:
    explicit Bench(const CommandLine& line)
        : line_(line),
          cases_(chosen_cases(line.cases, line.size_scale)),
          context_(Session(line).context),
          options_{.k = parse_level(line.k),
                   .budget = line.budget.value_or(30.0),
                   .repetitions = {.count = line.repetitions}} {}

    /// Throws Interrupted with what was measured so far in `rows`.
    void run(Json& rows) {
        if (!line_.quiet)
            fmt::print("\n{}\n{}\n",
                       Style::of_screen().dim(
                           "ns for each nonzero and level: ours with the basis kept, ours for one "
                           "sum, k plain products, k in CSR;\nratios to ours, and ours to the sum; "
                           "cost of planning and tuning in plain products"),
                       bench_head(available_peers()));
        for (const BenchCase& c : cases_) {
            stop_if_interrupted();
            say("making " + c.matrix);
            const Csr<double> matrix = generate(c.matrix);
            for (const std::size_t threads : thread_counts(line_)) {
                say(fmt::format("{}: {}", c.name, counted(threads, "hart")));
                const asp::Lease lease = asp::HartPool::process().request(threads);
                const BenchRow row =
                    measure_case(c.name, matrix, options_, asp::Team(lease), context_);
                for (const Json& json : to_json(row)) rows.push_back(json);
                progress_.finish();
                if (!line_.quiet) fmt::print("{}\n", bench_line(row, available_peers()));
                std::fflush(stdout);
            }
        }
    }

private:
    void say(const std::string& text) { progress_.show(text); }

    const CommandLine& line_;
    std::vector<BenchCase> cases_;
    asp::Context context_;
    BenchOptions options_;
    asp::Progress progress_{line_.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal};
};

}  // namespace

asp::ExitCode bench_command(const CommandLine& line) {
    require_writable_summary(line);
    Bench bench(line);
    const asp::InterruptGuard guard;
    const asp::jit::Platform platform = asp::jit::measure_platform();
    const double before = load_average();
    Json speeds = Json::array(), rows = Json::array();
    bool is_interrupted = false;
    try {
        if (!line.quiet) fmt::print("{}\n", platform.processor);
        for (const std::size_t threads : thread_counts(line))
            speeds.push_back(read_speeds(threads, platform, line.quiet));
        bench.run(rows);
    } catch (const Interrupted&) {
        is_interrupted = true;
    }
    const double after = load_average();
    if (!line.quiet) {
        fmt::print("\nload average {:.2f} before and {:.2f} after\n", before, after);
        if (is_interrupted) fmt::print("interrupted: the table holds what was measured by then\n");
    }
    Json summary = summary_of("bench", line, is_interrupted ? "interrupted" : "converged");
    summary["results"] = {{"read_speeds", speeds},
                          {"load_average", before},
                          {"load_average_after", after},
                          {"rows", rows}};
    write_summary(line, summary);
    return is_interrupted ? asp::ExitCode::interrupted : asp::ExitCode::done;
}

}  // namespace krylov

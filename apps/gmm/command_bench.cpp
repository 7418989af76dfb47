#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/jit/platform.hpp"
#include "gmm/bench/measure.hpp"
#include "gmm/commands.hpp"
#include "gmm/report.hpp"
#include "gmm/session.hpp"
#include "gmm/summary.hpp"

namespace gmm {
namespace {

using Json = nlohmann::json;

/// One and all, or what the command line says.
std::vector<std::size_t> thread_counts(const CommandLine& line) {
    const std::size_t all = asp::HartPool::process().harts();
    if (line.threads > 0) return {std::min(line.threads, all)};
    return all > 1 ? std::vector<std::size_t>{1, all} : std::vector<std::size_t>{1};
}

double load_average() {
    double load = 0.0;
    std::ifstream("/proc/loadavg") >> load;
    return load;
}

class Bench {
public:
    explicit Bench(const CommandLine& line)
        : line_(line), cases_(chosen_cases(line.cases, line.scale)) {
        options_.threads = thread_counts(line);
        options_.repetitions = line.repetitions;
        options_.has_peers = !line.no_peers;
        options_.python = line.python.empty() ? usual_python() : line.python;
        options_.context = context_of(line.specialize);
        // What is timed must not depend on when a compiler was ready.
        if (options_.context.mode == asp::Mode::automatic)
            options_.context.mode = asp::Mode::synchronous;
        options_.say = [this](const std::string& text) { progress_.show(text); };
        options_.complain = [this](const std::string& text) { missing_.insert(text); };
    }

    /// Throws Interrupted with what was measured so far.
    void run() {
        print(asp::jit::measure_platform().processor + "\n");
        for (const BenchCase& bench_case : cases_)
            for (const BenchRow& row : measure_case(bench_case, options_)) {
                rows_.push_back(row);
                lines_.push_back(bench_line(row));
            }
    }
    void tell() {
        progress_.finish();
        if (!lines_.empty())
            print(fmt::format("\n{}", table(Style::of_screen(), bench_head(), lines_)));
        for (const std::string& what : missing_) print(fmt::format("left out: {}\n", what));
    }
    Json results() const {
        Json rows = Json::array();
        for (const BenchRow& row : rows_)
            for (const Json& json : to_json(row)) rows.push_back(json);
        return {{"rows", rows}};
    }

private:
    void print(const std::string& text) const {
        if (!line_.quiet) fmt::print("{}", text);
        std::fflush(stdout);
    }

    const CommandLine& line_;
    std::vector<BenchCase> cases_;
    MeasureOptions options_;
    std::vector<BenchRow> rows_;
    std::vector<std::vector<std::string>> lines_;
    std::set<std::string> missing_;
    asp::Progress progress_{line_.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal};
};

}  // namespace

asp::ExitCode bench_command(const CommandLine& line) {
    require_writable(line.summary);
    Bench bench(line);
    const asp::InterruptGuard guard;
    const double before = load_average();
    bool is_interrupted = false;
    try {
        bench.run();
    } catch (const Interrupted&) {
        is_interrupted = true;
    }
    bench.tell();
    const double after = load_average();
    if (!line.quiet)
        fmt::print(
            "\nload average {:.2f} before and {:.2f} after\n{}", before, after,
            is_interrupted ? "interrupted: the table holds what was measured by then\n" : "");
    Json summary = summary_of("bench", line, is_interrupted ? "interrupted" : "converged");
    summary["results"] = bench.results();
    summary["results"]["load_average"] = before;
    summary["results"]["load_average_after"] = after;
    write_summary(line, summary);
    return is_interrupted ? asp::ExitCode::interrupted : asp::ExitCode::done;
}

}  // namespace gmm

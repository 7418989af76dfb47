#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>

#include "asp/harts/hart_pool.hpp"
#include "asp/jit/platform.hpp"
#include "asp_program/benchmark.hpp"
#include "asp_program/report.hpp"

namespace asp_program {

std::optional<bool> Row::is_met() const {
    if (kind == Bar::none) return std::nullopt;
    return kind == Bar::most_ours ? ours <= bar : ratio() >= bar;
}

std::string Row::bar_text() const {
    if (kind == Bar::none) return {};
    return kind == Bar::most_ours ? fmt::format("ours <= {:g}", bar)
                                  : fmt::format("ratio >= {:.3g}", bar);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<double> medians_in_turns(int rounds,
                                     const std::vector<std::function<double()>>& works) {
    std::vector<std::vector<double>> found(works.size());
    for (int round = -1; round < rounds; ++round)
        for (std::size_t k = 0; k < works.size(); ++k) {
            const double value = works[k]();
            if (round >= 0) found[k].push_back(value);
        }
    std::vector<double> medians;
    for (const std::vector<double>& values : found) medians.push_back(median(values));
    return medians;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double thread_seconds_now() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_per_call(const std::function<void()>& work, double (*clock)()) {
    constexpr double enough = 3e-3;  // [s]
    const double start = clock();
    double passed = 0.0;
    long calls = 0;
    for (long batch = 1; passed < enough; batch *= 2) {
        for (long k = 0; k < batch; ++k) work();
        calls += batch;
        passed = clock() - start;
    }
    return passed / static_cast<double>(calls);
}

namespace {

struct Case {
    std::string name;
    void (*run)(Rows&);
    bool compiles;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all{{"first-answer", bench_first_answer, true},
                                       {"calls", bench_calls, true},
                                       {"interpreter", bench_interpreter, true},
                                       {"teams", bench_teams, false},
                                       {"newton", bench_newton, true},
                                       {"stencil", bench_stencil, true},
                                       {"tuner", bench_tuner, false}};
    return all;
}

double load_average() {
    double load = std::nan("");
    std::ifstream("/proc/loadavg") >> load;
    return load;
}

void print_head() {
    fmt::print("{:<44} {:>7} {:>10} {:>10} {:>7}  {:<13} {:<6} {}\n", "case", "threads", "ours",
               "reference", "ratio", "bar", "", "unit");
}

void print(const Row& row) {
    const auto met = row.is_met();
    const std::string verdict = !met ? "" : *met ? "met" : "missed";
    fmt::print("{:<44} {:>7} {:>10.4g} {:>10} {:>7}  {:<13} {} {}{}\n", row.name, row.threads,
               row.ours, row.has_reference() ? fmt::format("{:.4g}", row.reference) : "",
               std::isfinite(row.ratio()) ? fmt::format("{:.2f}", row.ratio()) : "", row.bar_text(),
               coloured(fmt::format("{:<6}", verdict), !met   ? Colour::plain
                                                       : *met ? Colour::green
                                                              : Colour::red),
               row.unit, row.has_reference() ? "; reference: " + row.reference_name : "");
    std::fflush(stdout);
}

nlohmann::json to_json(const Row& row) {
    nlohmann::json json{
        {"case", row.name}, {"threads", row.threads}, {"ours", row.ours}, {"unit", row.unit}};
    if (row.has_reference()) {
        json["reference"] = row.reference;
        if (std::isfinite(row.ratio())) json["ratio"] = row.ratio();
        json["reference_name"] = row.reference_name;
    }
    if (const auto met = row.is_met()) {
        json["bar"] = row.bar_text();
        json["met"] = *met;
    }
    return json;
}

void print_machine(const asp::jit::Platform& platform) {
    fmt::print("{}, {}, {}, {}\n\n", platform.processor, name_of(platform.instruction_set),
               counted(platform.harts, "hart"),
               platform.compiler.empty() ? "no compiler" : platform.compiler);
}

}  // namespace

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const Case& c : cases()) names.push_back(c.name);
    return names;
}

asp::ExitCode bench_command(const std::string& name, const Output& output) {
    const asp::jit::Platform platform = asp::jit::measure_platform();
    const double before = load_average();
    if (!output.quiet) {
        print_machine(platform);
        print_head();
    }
    nlohmann::json table = nlohmann::json::array();
    for (const Case& c : cases()) {
        if (!name.empty() && c.name != name) continue;
        if (c.compiles && platform.compiler.empty()) {
            if (!output.quiet) fmt::print("{}: left out, it needs a compiler\n", c.name);
            continue;
        }
        Rows rows;
        c.run(rows);
        for (const Row& row : rows) {
            table.push_back(to_json(row));
            if (!output.quiet) print(row);
        }
    }
    const double after = load_average();
    if (!output.quiet) fmt::print("load average {:.2f} before and {:.2f} after\n", before, after);
    write_summary(output, "bench", "converged",
                  {{"platform", nlohmann::json::parse(to_json(platform))},
                   {"load_average", before},
                   {"load_average_after", after},
                   {"rows", table}});
    return asp::ExitCode::done;
}

}  // namespace asp_program

#include "bloodflow/commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/base/version.hpp"
#include "asp/harts/team.hpp"
#include "asp/io/atomic_file.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/report.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/run_config.hpp"
#include "bloodflow/simulate.hpp"
#include "bloodflow/summary.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Clock = std::chrono::steady_clock;

asp::Lease lease_harts(const CommandLine& line) {
    return asp::HartPool::process().request(line.threads == 0 ? asp::HartPool::all : line.threads);
}

/// For a person, beside the results.
void say(const std::string& text) {
    fmt::print(stderr, "{}\n", text);
}

/// Says before a long run, not after it, that the summary cannot be written.
void require_writable_summary(const CommandLine& line) {
    std::error_code ignored;
    const auto kind = std::filesystem::status(line.summary, ignored).type();
    const bool is_file = kind == std::filesystem::file_type::regular ||
                         kind == std::filesystem::file_type::not_found;
    if (!line.summary.empty() && is_file)  // and not a pipe or /dev/stdout
        asp::io::require_writable_folder(std::filesystem::absolute(line.summary).parent_path());
}

std::string counted(std::size_t count, const char* thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// One word for a shell, whatever is in it.
std::string shell_word(const std::string& text) {
    constexpr const char* plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_-+=.,:/@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::string resuming_command(const CommandLine& line) {
    std::string text = "bloodflow --config " + shell_word(line.config.string());
    for (const std::string& pair : line.overrides) text += " --set " + shell_word(pair);
    if (line.specialize != "auto") text += " --specialize " + line.specialize;
    if (line.backend != "auto") text += " --backend " + line.backend;
    return text + " --output " + shell_word(line.output.string()) + " --resume " +
           shell_word((line.output / "results.h5").string());
}

asp::ExitCode exit_code(RunStatus status) {
    switch (status) {
        case RunStatus::converged:
            return asp::ExitCode::done;
        case RunStatus::not_converged:
            return asp::ExitCode::not_converged;
        case RunStatus::interrupted:
            return asp::ExitCode::interrupted;
        case RunStatus::failed:
            break;
    }
    return asp::ExitCode::failure;
}

void say_how_it_ended(const CommandLine& line, const Case& prepared, const RunRecord& record,
                      const std::vector<std::filesystem::path>& files) {
    if (!line.quiet) {
        fmt::print("{}", screen_report(prepared.config, prepared.mesh, record,
                                       isatty(STDOUT_FILENO) != 0, files));
        if (record.status == RunStatus::interrupted)
            fmt::print("Interrupted. Go on with: {}\n", resuming_command(line));
    }
    if (record.status == RunStatus::failed) fmt::print(stderr, "bloodflow: {}\n", record.failure);
    if (record.status == RunStatus::not_converged && !line.quiet)
        fmt::print(stderr, "bloodflow: not periodic after {} cycles; run.max_cycles allows more\n",
                   record.cycles.size());
}

}  // namespace

asp::ExitCode run_command(const CommandLine& line) {
    RunConfig config = read_run_config(line.config, line.overrides);
    if (line.show_kernel) {
        fmt::print("{}", step_source(config.network));
        return asp::ExitCode::done;
    }
    if (line.backend == "reference") config.backend = Backend::reference;
    asp::io::require_writable_folder(line.output);
    require_writable_summary(line);
    const asp::Lease lease = lease_harts(line);
    asp::Team team(lease);
    Case prepared = prepare(std::move(config), say);
    if (prepared.config.backend == Backend::native)
        prepared.config.kernels =
            kernels_for(prepared.config.network, *asp::parse_mode(line.specialize),
                        [](const std::string& text) { say("bloodflow: " + text); });
    std::optional<RunRecord> resumed;
    if (!line.resume.empty())
        resumed = read_checkpoint(line.resume, prepared.config, prepared.mesh);

    const asp::InterruptGuard guard;
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    RunHooks hooks;
    hooks.stop_requested = asp::interrupt_requested;
    std::size_t cycle = resumed ? resumed->cycles.size() : 0;
    hooks.step_done = [&](double part) {
        if (!progress.due()) return;
        if (prepared.config.mode == RunMode::periodic)
            progress.show(fmt::format("cycle {}: {:.0f} %", cycle + 1, 100.0 * part));
        else
            progress.show(fmt::format("{:.0f} %", 100.0 * part));
    };
    hooks.cycle_done = [&](const RunRecord& record) {
        cycle = record.cycles.size();
        if (line.quiet) return;
        progress.finish();
        fmt::print("{}\n", cycle_line(record.cycles.back()));
        std::fflush(stdout);
    };
    const RunRecord record = simulate(
        prepared, team, hooks, {.output = line.output, .resumed = resumed ? &*resumed : nullptr});
    progress.finish();
    const auto files = write_files(line.output, prepared, record, team);
    if (!line.summary.empty())
        write_summary(line.summary, summary(prepared.config, prepared.mesh, record));
    say_how_it_ended(line, prepared, record, files);
    return exit_code(record.status);
}

asp::ExitCode steady_command(const CommandLine& line) {
    const RunConfig config = read_run_config(line.config, line.overrides);
    const auto begin = Clock::now();
    const SteadyFlow steady = steady_of(config);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    nlohmann::json vessels;
    if (!line.quiet)
        fmt::print("{:<28} {:>14} {:>12} {:>12}\n", "vessel", "flow mL/s", "inlet mmHg",
                   "outlet mmHg");
    for (std::size_t v = 0; v < config.network.vessels.size(); ++v) {
        const Vessel& vessel = config.network.vessels[v];
        const double from = steady.pressure[vessel.from] / mmHg;
        const double to = steady.pressure[vessel.to] / mmHg;
        if (!line.quiet)
            fmt::print("{:<28} {:>14.6f} {:>12.4f} {:>12.4f}\n", vessel.name, steady.flow[v] / mL,
                       from, to);
        vessels[vessel.name] = {{"mean_flow_ml_s", steady.flow[v] / mL},
                                {"inlet_pressure_mmhg", from},
                                {"outlet_pressure_mmhg", to}};
    }
    if (!line.quiet)
        fmt::print("{} iterations, {:.3f} ms; flow lost at a node: {:.1e} of the largest\n",
                   steady.iterations, 1e3 * seconds, steady.residual);
    if (!line.summary.empty())
        write_summary(line.summary, {{"program", "bloodflow"},
                                     {"command", "steady"},
                                     {"version", asp::version},
                                     {"status", "converged"},
                                     {"inputs", {{"config", config.path.string()}}},
                                     {"timings", {{"steady_s", seconds}}},
                                     {"results", {{"vessels", vessels}}}});
    return asp::ExitCode::done;
}

asp::ExitCode check_command(const CommandLine& line) {
    const auto [network, mesh] = check_file(line.config, line.overrides, say);
    nlohmann::json results = {{"vessels", network.vessels.size()},
                              {"nodes", network.nodes.size()},
                              {"terminals", network.terminals.size()}};
    std::string text = fmt::format("{}: good. {}: {}, {}, {}", line.config.string(), network.name,
                                   counted(network.vessels.size(), "vessel"),
                                   counted(network.nodes.size(), "node"),
                                   counted(network.terminals.size(), "terminal"));
    if (mesh) {
        text += fmt::format(", {}, {} of time steps", counted(mesh->cells, "cell"),
                            counted(static_cast<std::size_t>(mesh->levels), "level"));
        results["cells"] = mesh->cells;
        results["levels"] = mesh->levels;
    }
    if (!line.quiet) fmt::print("{}\n", text);
    if (!line.summary.empty())
        write_summary(line.summary, {{"program", "bloodflow"},
                                     {"command", "check"},
                                     {"version", asp::version},
                                     {"status", "converged"},
                                     {"inputs", {{"config", line.config.string()}}},
                                     {"results", results}});
    return asp::ExitCode::done;
}

}  // namespace bloodflow

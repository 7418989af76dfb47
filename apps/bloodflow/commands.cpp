#include "bloodflow/commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/base/version.hpp"
#include "asp/config/document.hpp"
#include "asp/harts/team.hpp"
#include "asp/io/atomic_file.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/picture.hpp"
#include "bloodflow/read_network.hpp"
#include "bloodflow/report.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/run_config.hpp"
#include "bloodflow/summary.hpp"
#include "bloodflow/tubes.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Clock = std::chrono::steady_clock;

asp::Lease lease_harts(const CommandLine& line) {
    return asp::HartPool::process().request(line.threads == 0 ? asp::HartPool::all : line.threads);
}

/// No artery is at such a pressure: most likely a flow or a resistance is in another unit.
void warn_if_implausible(const RunConfig& config, const SteadyFlow& steady) {
    const auto [low, high] = std::minmax_element(steady.pressure.begin(), steady.pressure.end());
    const auto farthest = *high > 400.0 * mmHg ? high : low;
    if (*high <= 400.0 * mmHg && *low >= -50.0 * mmHg) return;
    fmt::print(
        stderr,
        "{}: warning: the mean inflow makes {:.4g} mmHg at node '{}'; are flows in mL/s and "
        "resistances in Pa s/m^3?\n",
        config.path.string(), *farthest / mmHg,
        config.network.nodes[static_cast<std::size_t>(farthest - steady.pressure.begin())].id);
}

std::optional<SteadyFlow> steady_start(const RunConfig& config) {
    if (config.start != Start::steady) return std::nullopt;
    try {
        const SteadyFlow steady = solve_steady(config.network, config.inlets);
        warn_if_implausible(config, steady);
        return steady;
    } catch (const BlowUp& error) {
        throw asp::InputError(fmt::format(
            "{}: run.start = steady: {}; expected a network with a steady flow, or 'start: rest'",
            config.path.string(), error.what()));
    }
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

/// The kernels of a run, ready before its first step.
std::shared_ptr<const StepKernels> kernels_for(const RunConfig& config, const CommandLine& line) {
    asp::Context context = asp::process_context(*asp::parse_mode(line.specialize));
    context.say = [](const std::string& text) { fmt::print(stderr, "bloodflow: {}\n", text); };
    return std::make_shared<const StepKernels>(make_step(config.network, context));
}

/// Writes results, at most every few seconds while the run goes on.
class Publisher {
public:
    Publisher(const RunConfig& config, const Mesh& mesh, std::filesystem::path folder)
        : config_(config), mesh_(mesh), folder_(std::move(folder)) {}

    void cycle_done(const RunRecord& record) {
        constexpr std::chrono::seconds pause{3};
        if (Clock::now() - last_ < pause) return;
        write(record);
    }
    void write(const RunRecord& record) {
        write_results(folder_ / "results.h5", config_, mesh_, record);
        last_ = Clock::now();
    }

private:
    const RunConfig& config_;
    const Mesh& mesh_;
    std::filesystem::path folder_;
    Clock::time_point last_ = Clock::now();
};

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
    const auto steady = steady_start(config);
    const Mesh mesh = mesh_of(config, steady);
    if (config.backend == Backend::native) config.kernels = kernels_for(config, line);
    std::optional<RunRecord> resumed;
    if (!line.resume.empty()) resumed = read_checkpoint(line.resume, config, mesh);

    const asp::InterruptGuard guard;
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    Publisher publisher(config, mesh, line.output);
    RunHooks hooks;
    hooks.stop_requested = asp::interrupt_requested;
    std::size_t cycle = resumed ? resumed->cycles.size() : 0;
    hooks.step_done = [&](double part) {
        if (!progress.due()) return;
        if (config.mode == RunMode::periodic)
            progress.show(fmt::format("cycle {}: {:.0f} %", cycle + 1, 100.0 * part));
        else
            progress.show(fmt::format("{:.0f} %", 100.0 * part));
    };
    hooks.cycle_done = [&](const RunRecord& record) {
        cycle = record.cycles.size();
        if (!line.quiet) {
            progress.finish();
            fmt::print("{}\n", cycle_line(record.cycles.back()));
            std::fflush(stdout);
        }
        publisher.cycle_done(record);
    };
    hooks.record_kept = [&](const RunRecord& kept) { publisher.write(kept); };
    const RunRecord record = run(config, mesh, steady, team, hooks, resumed ? &*resumed : nullptr);
    progress.finish();

    std::vector<std::filesystem::path> files{line.output / "results.h5"};
    const auto write_results_file = [&] { publisher.write(record); };
    const auto write_pictures = [&] {
        if (record.waveforms.time.empty()) return;
        files.push_back(line.output / "report.svg");
        asp::io::write_text_atomically(files.back(), draw(config, record));
        if (config.vtk_frames > 0 && !record.fields.time.empty())
            files.push_back(write_tubes(line.output, config, mesh, record.fields, team));
    };
    if (config.field_rate) {  // whole fields take as long as the pictures: side by side
        team.run(
            [&](std::size_t begin, std::size_t end) {
                for (std::size_t task = begin; task < end; ++task)
                    task == 0 ? write_results_file() : write_pictures();
            },
            0, 2, 1);
    } else {
        write_results_file();
        write_pictures();
    }
    if (!line.summary.empty()) write_summary(line.summary, summary(config, mesh, record));
    if (!line.quiet) {
        fmt::print("{}", screen_report(config, mesh, record, isatty(STDOUT_FILENO) != 0, files));
        if (record.status == RunStatus::interrupted)
            fmt::print("Interrupted. Go on with: {}\n", resuming_command(line));
    }
    if (record.status == RunStatus::failed) fmt::print(stderr, "bloodflow: {}\n", record.failure);
    if (record.status == RunStatus::not_converged && !line.quiet)
        fmt::print(stderr, "bloodflow: not periodic after {} cycles; run.max_cycles allows more\n",
                   record.cycles.size());
    return exit_code(record.status);
}

asp::ExitCode steady_command(const CommandLine& line) {
    const RunConfig config = read_run_config(line.config, line.overrides);
    const auto begin = Clock::now();
    SteadyFlow steady;
    try {
        steady = solve_steady(config.network, config.inlets);
    } catch (const BlowUp& error) {
        throw asp::InputError(fmt::format("{}: {}", line.config.string(), error.what()));
    }
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
    asp::Diagnostics diagnostics;
    const auto document = asp::config::Document::load(line.config, diagnostics);
    diagnostics.throw_if_any();
    Network network;
    std::optional<Mesh> mesh;
    if (document.root().has("vessels") || document.root().has("nodes")) {
        if (!line.overrides.empty())
            throw asp::InputError(
                fmt::format("--set {}: expected a run file to change; {} is a network",
                            line.overrides.front(), line.config.string()));
        network = read_network(line.config, diagnostics).network;
        diagnostics.throw_if_any();
    } else {
        RunConfig config = read_run_config(line.config, line.overrides);
        mesh = mesh_of(config, steady_start(config));
        network = std::move(config.network);
    }
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

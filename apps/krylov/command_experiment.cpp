#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <variant>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/jit/platform.hpp"
#include "krylov/commands.hpp"
#include "krylov/compare.hpp"
#include "krylov/experiment_files.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/session.hpp"
#include "krylov/summary.hpp"
#include "krylov/timing.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

PlanOptions options_of(const Cell& cell, const Recurrence& recurrence, double budget) {
    PlanOptions options;
    options.k = cell.k;
    options.keep = keep_named(cell.keep, "keep");
    options.vectors = cell.vectors;
    options.has_recurrence = !recurrence.is_monomial();
    options.harts = cell.threads;
    options.method = method_named(cell.method, "methods");
    options.storage = storage_named(cell.storage, "storages");
    options.budget = budget;
    return options;
}

/// What is wrong with the results; empty where nothing is.
template <class Scalar>
std::string complaint(const Workload<Scalar>& work, bool checks_bits) {
    if (const auto overflow = first_overflow<Scalar>(work.results()))
        return fmt::format("level {} of the basis overflows", overflow->level + 1);
    if (!checks_bits) return {};
    const auto reference = reference_results(work);
    const auto difference = first_difference<Scalar>(work.results(), reference.view());
    if (!difference) return {};
    return fmt::format("level {}, row {}: {} where the reference has {}: the bits differ",
                       difference->level + 1, difference->row, difference->found,
                       difference->expected);
}

template <class Scalar>
CellResult measure(const Cell& cell, const Csr<Scalar>& matrix, const Experiment& experiment,
                   const asp::Context& context) {
    const asp::Lease lease = asp::HartPool::process().request(cell.threads);
    const asp::Team team(lease);
    const Recurrence recurrence = recurrence_of(cell.basis, 1.0, matrix, cell.k);
    const PlanOptions ours = options_of(cell, recurrence, experiment.tune_products);
    PlanOptions plain = ours;
    plain.method = Method::plain;
    plain.storage.reset();
    PlanOptions csr = plain;
    csr.storage = Storage::csr;
    const auto view = matrix.view();
    const Akx<Scalar> akx(view, ours, context, &team), best(view, plain, context, &team),
        reference(view, csr, context);
    auto work = make_workload(view, recurrence, ours.keep, cell.vectors);
    fill_random<Scalar>({work.vectors.data(), work.vectors.extent(1) * work.vectors.extent(2)});
    run(akx, work, &team);
    CellResult result;
    result.cell = cell;
    result.plan = akx.plan().chosen.describe();
    result.rows = matrix.rows();
    result.nonzeros = matrix.nonzeros();
    result.failure = complaint(work, experiment.checks_bits);
    if (!result.failure.empty()) return result;
    const auto times =
        time_in_turns({[&] { run(akx, work, &team); }, [&] { run(best, work, &team); },
                       [&] { run(reference, work, &team); }},
                      {.count = experiment.repetitions});
    result.seconds = times[0].median;
    result.plain_seconds = times[1].median;
    result.csr_seconds = times[2].median;
    result.planning_seconds = akx.plan().planning_seconds + akx.plan().tuning_seconds;
    result.memory_ratio = memory_ratio(akx.plan(), work.vectors.size() * sizeof(Scalar));
    result.redundancy = akx.plan().redundancy;
    result.csr_bytes = static_cast<double>(akx.plan().csr_bytes);
    result.matrix_bytes = static_cast<double>(akx.plan().matrix_bytes);
    return result;
}

/// One run of an experiment: what was found before, and what is found now.
class Campaign {
public:
    Campaign(const CommandLine& line, Experiment experiment)
        : line_(line),
          experiment_(std::move(experiment)),
          session_(line),
          cells_(cells_of(experiment_, session_.lease.harts())) {
        record_.platform = asp::jit::to_json(asp::jit::measure_platform());
        keep_finished();
    }

    std::size_t cells() const { return cells_.size(); }
    std::size_t finished() const { return record_.results.size(); }
    const ExperimentRecord& record() const { return record_; }

    /// Throws Interrupted with all files written.
    void run_rest();
    void write_pictures() const {
        asp::io::write_text_atomically(line_.output / "time.svg",
                                       time_picture(experiment_, record_));
        asp::io::write_text_atomically(line_.output / "speedup.svg",
                                       speedup_picture(experiment_, record_));
    }
    Json to_json() const;

private:
    void keep_finished();
    void measure_limits();
    void finish(CellResult result);
    CellResult attempt(const Cell& cell);
    bool is_finished(const Cell& cell) const {
        return std::any_of(record_.results.begin(), record_.results.end(),
                           [&](const CellResult& r) { return r.cell.key == cell.key; });
    }

    const CommandLine& line_;
    Experiment experiment_;
    Session session_;
    std::vector<Cell> cells_;
    ExperimentRecord record_;
    std::string loaded_name_;  ///< of `loaded_`
    std::optional<LoadedMatrix> loaded_;
};

void Campaign::keep_finished() {
    const fs::path file = line_.output / "experiment.h5";
    std::set<std::string> wanted;
    for (const Cell& cell : cells_) wanted.insert(cell.key);
    std::size_t strangers = 0;
    for (CellResult& result : read_results(file, record_.platform)) {
        if (!wanted.contains(result.cell.key))
            ++strangers;
        else if (result.failure.empty())  // what failed is tried again
            record_.results.push_back(std::move(result));
    }
    if (strangers > 0)
        throw asp::InputError(fmt::format(
            "{}: holds {} that {} does not ask for: expected the experiment it was made with, or "
            "another --output",
            file.string(), counted(strangers, "result"), experiment_.path.string()));
}

void Campaign::measure_limits() {
    if (!experiment_.has_roofline) return;
    std::set<std::size_t> counts;
    for (const Cell& cell : cells_) counts.insert(cell.threads);
    const asp::jit::Platform platform = asp::jit::measure_platform();
    for (const std::size_t threads : counts) {
        const asp::Lease lease = asp::HartPool::process().request(threads);
        record_.limits.push_back({threads, measure_read_speeds(asp::Team(lease), platform)});
    }
}

CellResult Campaign::attempt(const Cell& cell) {
    try {
        if (!loaded_ || loaded_name_ != cell.matrix) {
            loaded_.reset();  // two large ones need not be there at once
            loaded_ = load_matrix(cell.matrix);
            loaded_name_ = cell.matrix;
        }
        return std::visit(
            [&](const auto& matrix) {
                return measure(cell, matrix, experiment_, session_.context);
            },
            loaded_->matrix);
    } catch (const asp::InputError& error) {
        CellResult result;
        result.cell = cell;
        result.failure = error.what();
        return result;
    }
}

void Campaign::finish(CellResult result) {
    if (!result.failure.empty())
        fmt::print(stderr, "krylov: {}: {}\n", result.cell.key, result.failure);
    record_.results.push_back(std::move(result));
    write_record(line_.output / "experiment.h5", experiment_, record_);
    const Table table = table_of(record_.results);
    asp::io::write_text_atomically(line_.output / "table.txt", table.text(Style{}));
    asp::io::write_text_atomically(line_.output / "table.csv", table.csv());
}

void Campaign::run_rest() {
    asp::Progress progress(line_.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    progress.show("reading from caches and memory");
    if (finished() < cells_.size()) measure_limits();
    for (const Cell& cell : cells_) {
        if (is_finished(cell)) continue;
        stop_if_interrupted();
        progress.show(fmt::format("{} of {}: {}, {}, k={}", finished() + 1, cells_.size(),
                                  cell.matrix, cell.method, cell.k));
        finish(attempt(cell));
    }
}

Json Campaign::to_json() const {
    Json rows = Json::array();
    for (const CellResult& r : record_.results) {
        Json row = {{"case", r.cell.key}, {"matrix", r.cell.matrix},   {"method", r.cell.method},
                    {"k", r.cell.k},      {"threads", r.cell.threads}, {"plan", r.plan}};
        if (r.failure.empty()) {
            row["ours"] = r.ns_per_nonzero(r.seconds);
            row["reference"] = r.ns_per_nonzero(r.plain_seconds);
            row["ratio"] = r.plain_seconds / r.seconds;
            row["unit"] = "ns per nonzero and level";
        } else {
            row["failure"] = r.failure;
        }
        rows.push_back(row);
    }
    return rows;
}

}  // namespace

asp::ExitCode experiment_command(const CommandLine& line) {
    Experiment experiment = read_experiment(line.config, line.overrides);
    require_writable_summary(line);
    asp::io::require_writable_folder(line.output);
    Campaign campaign(line, std::move(experiment));
    const std::size_t before = campaign.finished();
    if (!line.quiet && before > 0)
        fmt::print("{} of {} kept from an earlier run\n", before,
                   counted(campaign.cells(), "cell"));
    const asp::InterruptGuard guard;
    bool is_interrupted = false;
    try {
        campaign.run_rest();
    } catch (const Interrupted&) {
        is_interrupted = true;
    }
    campaign.write_pictures();
    const auto& results = campaign.record().results;
    const bool has_failed = std::any_of(results.begin(), results.end(),
                                        [](const CellResult& r) { return !r.failure.empty(); });
    if (!line.quiet) {
        fmt::print("{}", table_of(results).text(Style::of_screen()));
        fmt::print("written: {0}/experiment.h5, table.txt, table.csv, time.svg, speedup.svg\n",
                   line.output.string());
        if (is_interrupted)
            fmt::print("interrupted after {} of {}: the same command goes on\n", results.size(),
                       counted(campaign.cells(), "cell"));
    }
    Json summary = summary_of("experiment", line,
                              is_interrupted ? "interrupted"
                              : has_failed   ? "failed"
                                             : "converged");
    summary["results"]["rows"] = campaign.to_json();
    write_summary(line, summary);
    if (is_interrupted) return asp::ExitCode::interrupted;
    return has_failed ? asp::ExitCode::failure : asp::ExitCode::done;
}

}  // namespace krylov

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <variant>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/db/database.hpp"
#include "krylov/commands.hpp"
#include "krylov/device_commands.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/outcome.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/session.hpp"
#include "krylov/summary.hpp"
#include "krylov/timing.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;

constexpr double default_budget = 30.0;  // [products]

/// The least time of the plain candidates in the given numbering [s]; infinity where none has any.
double best_plain(const Plan& plan, const std::function<double(const Candidate&)>& time) {
    double best = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : plan.considered)
        if (candidate.method == Method::plain && candidate.numbering == Numbering::given)
            best = std::fmin(best, time(candidate));
    return best;
}

double measured(const Candidate& candidate) {
    return candidate.measured.value_or(std::nan(""));
}
double modelled(const Candidate& candidate) {
    return candidate.modelled > 0.0 ? candidate.modelled : std::nan("");
}

Table candidates(const Plan& plan) {
    Table table{{"candidate", "modelled", "to best plain", "measured", "to best plain"}, {}};
    const double plain = best_plain(plan, modelled), timed = best_plain(plan, measured);
    for (const Candidate& candidate : plan.considered) {
        const double model = modelled(candidate), time = measured(candidate);
        table.rows.push_back({candidate.describe(), std::isnan(model) ? "" : seconds_text(model),
                              number_or_blank(plain / model),
                              std::isnan(time) ? "" : seconds_text(time),
                              number_or_blank(timed / time)});
    }
    return table;
}

/// Whether the verdict is one on the matrix, of a plan of which nothing was given.
bool is_free(const CommandLine& line) {
    return line.method == "auto" && line.storage == "auto" && line.numbering == "auto" &&
           !line.block && !line.depth && !line.tile_kib;
}

template <class Scalar>
asp::ExitCode tune_of(const CommandLine& line, const LoadedMatrix& loaded,
                      const Csr<Scalar>& matrix, const Session& session) {
    const Style style = Style::of_screen();
    asp::db::Database& database = session.database;
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    if (!line.quiet) print_matrix(style, loaded);
    Json summary = summary_of("tune", line);
    summary["results"]["plans"] = Json::array();
    bool has_verdict = false;
    for (const int k : parse_levels(line.k)) {
        if (asp::interrupt_requested()) {
            summary["status"] = "interrupted";
            write_summary(line, summary);
            throw Interrupted();
        }
        progress.show(fmt::format("k={}: planning and timing", k));
        const Recurrence recurrence = recurrence_of(line.basis, line.scale, matrix, k);
        PlanOptions options = plan_options(line, k, recurrence, session.lease.harts());
        options.budget = line.budget.value_or(default_budget);
        options.database = &database;
        options.forgets = true;
        const Akx<Scalar> akx(matrix.view(), options, session.context, &session.team);
        auto work = make_workload(matrix.view(), recurrence, options.keep, options.vectors);
        fill_random<Scalar>({work.vectors.data(), work.vectors.size() / work.vectors.extent(0)});
        run(akx, work, &session.team);
        progress.finish();
        const Plan& plan = akx.plan();
        has_verdict = has_verdict || (plan.speedup && is_free(line));
        Json json = to_json(plan);
        json["k"] = k;
        json["verdict"] = verdict(plan, k);
        summary["results"]["plans"].push_back(json);
        if (line.quiet) continue;
        if (!plan.considered.empty()) fmt::print("\n{}", candidates(plan).text(style));
        fmt::print("{}\n", style.bold(verdict(plan, k)));
        if (!plan.reason.empty() && verdict(plan, k).find(plan.reason) == std::string::npos)
            fmt::print("  {}\n", plan.reason);
        std::fflush(stdout);
    }
    if (!line.quiet && has_verdict && database.access() == asp::db::Access::read_write)
        fmt::print("\nkept in {}\n", database.file().string());
    write_summary(line, summary);
    return asp::ExitCode::done;
}

}  // namespace

asp::ExitCode tune_command(const CommandLine& line) {
    parse_levels(line.k);
    const bool on_device = line.backend == "cuda";
    if (on_device) require_device_options(line);
    require_writable_summary(line);
    const Session session(line);
    const asp::InterruptGuard guard;
    const LoadedMatrix loaded = load_matrix(line.matrix);
    if (on_device) return tune_on_device(line, loaded, session);
    return std::visit([&](const auto& matrix) { return tune_of(line, loaded, matrix, session); },
                      loaded.matrix);
}

}  // namespace krylov

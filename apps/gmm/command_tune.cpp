#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/base/progress.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp/tune/tune.hpp"
#include "gmm/commands.hpp"
#include "gmm/engine.hpp"
#include "gmm/session.hpp"
#include "gmm/specializer.hpp"
#include "gmm/summary.hpp"

namespace gmm {
namespace {

using Json = nlohmann::json;

/// Frames enough for tiles of every length, many times over.
constexpr long tuned_slabs = 16;

int positive(const std::optional<long>& value, const char* option) {
    if (!value || *value < 1 || *value > 1 << 16)
        throw asp::InputError(fmt::format("{}: expected a number from 1 to 65536", option));
    return static_cast<int>(*value);
}

void print(const KernelConfig& config, const asp::tune::TuneResult& result) {
    fmt::print("{}\n", to_string(config));
    for (const asp::tune::Measurement& m : result.search.measured)
        fmt::print("     {:12} {}\n", asp::to_string(m.variant),
                   m.ratio ? fmt::format("{:.3f} of the default's time", m.ratio->median)
                           : std::string(name_of(m.status)));
    fmt::print("     best: {} ({})\n", asp::to_string(result.variant), result.origin);
}

}  // namespace

asp::ExitCode tune_command(const CommandLine& line) {
    const std::string name = line.covariance.value_or("full");
    const std::optional<Covariance> covariance = parse_covariance(name);
    if (!covariance)
        throw asp::InputError(
            fmt::format("--covariance {}: expected full, tied, diag or spherical", name));
    const int D = positive(line.dimension, "--dimension"),
              M = positive(line.components, "--components");
    asp::db::Database database = asp::db::Database::of_user();
    asp::tune::TuneContext context;
    context.extent = tuned_slabs;
    context.database = &database;
    context.cache = &asp::jit::KernelCache::process();
    context.toolchain = asp::jit::host_toolchain();
    context.platform = asp::jit::measure_platform();
    if (!context.toolchain)
        throw asp::BackendError("nothing can be tuned: " +
                                asp::jit::host_toolchain_report().problems.back());
    asp::Progress progress(line.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    Json rows = Json::array();
    bool has_failed = false;
    for (const bool is_single : {true, false}) {
        if (line.precision == (is_single ? "double" : "single")) continue;
        for (const Form form : forms_of(*covariance)) {
            stop_if_interrupted();
            const KernelConfig config = kernel_config(form, is_single, D, M);
            progress.show("compiling and timing variants: " + to_string(config));
            const asp::tune::TuneResult result =
                tune_problem(EmSpecializer(), problem_of(config), context);
            progress.finish();
            if (!line.quiet) print(config, result);
            rows.push_back({{"kernel", to_string(config)},
                            {"variant", result.variant},
                            {"origin", result.origin},
                            {"how", result.search.how},
                            {"seconds", result.seconds}});
            has_failed |= result.search.verdict == asp::tune::Verdict::default_fails;
        }
    }
    if (!line.quiet && database.access() == asp::db::Access::read_write)
        fmt::print("kept in {}\n", database.file().string());
    Json summary = summary_of("tune", line, has_failed ? "failed" : "converged");
    summary["results"] = {{"tuned", rows}};
    write_summary(line, summary);
    return has_failed ? asp::ExitCode::failure : asp::ExitCode::done;
}

}  // namespace gmm

#include "asp/tune/tune.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "asp/tune/detail/candidates.hpp"
#include "asp/tune/detail/variant_kernels.hpp"
#include "asp/tune/workload.hpp"

namespace asp::tune {

namespace {

using Clock = std::chrono::steady_clock;

/// Not a multiple of any vector width, and more than one chunk: what the ends of loops are for.
constexpr long odd_extent = 43;

db::Platform platform_for(const jit::Platform& platform) {
    return {platform.id(), jit::to_json(platform)};
}

std::string origin_of(const db::TuningRecord& verdict) {
    return fmt::format("tuned here on {:%Y-%m-%d}", fmt::gmtime(std::time_t{verdict.created}));
}

/// One problem's variants on this machine, as a search sees them.
class Arena {
public:
    Arena(const Specializer& specializer, const Problem& problem, const Space& space,
          const TuneContext& context)
        : space_(space),
          context_(context),
          kernels_(specializer, problem, space, *context.cache, context.toolchain),
          odd_(specializer, problem, context.seed, odd_extent),
          workload_(specializer, problem, context.seed, context.extent) {}

    Contest contest() {
        return {[this](const Variant& v) { return admit(v); },
                [this](const Variant& v) { return timed(admitted_.at(v), calls_); },
                [this](std::span<const Variant> v) { kernels_.build_together(v); }};
    }

    int compiled() const { return kernels_.compiled(); }
    /// The machine, not the variant, kept it from running: nothing to be remembered.
    bool is_to_blame(const Variant& variant) const { return !excused_.contains(variant); }

private:
    db::Status admit(const Variant& variant) {
        const detail::VariantKernels::Built built = kernels_.build(variant);
        if (built.entry == nullptr) {
            if (!built.at_fault) excused_.insert(variant);
            return refuse(variant, {db::Status::compile_error, built.failure});
        }
        const std::vector<long> parameters = run_time_parameters(space_, variant);
        const QuarantineLimits limits{context_.limit_seconds, context_.limit_seconds};
        for (const Workload* workload : {&odd_, &workload_})
            if (const FirstRun run = workload->first_run(built.entry, parameters, limits);
                run.status != db::Status::ok)
                return refuse(variant, run);
        const TimedWork work = workload_.work(built.entry, parameters);
        if (admitted_.empty())
            calls_ = calls_per_sample(work);
        else
            timed(work);  // warm-up
        admitted_.emplace(variant, work);
        return db::Status::ok;
    }

    db::Status refuse(const Variant& variant, const FirstRun& run) {
        if (context_.say)
            context_.say(
                fmt::format("{}: {}: {}", to_string(variant), name_of(run.status), run.what));
        return run.status;
    }

    const Space& space_;
    const TuneContext& context_;
    detail::VariantKernels kernels_;
    Workload odd_, workload_;
    std::map<Variant, TimedWork> admitted_;
    std::set<Variant> excused_;
    long calls_ = 1;
};

SearchOptions options_from(const TuneContext& context, const db::ProblemKey& key) {
    SearchOptions options = options_for(context.level);
    options.seed = context.seed;
    if (context.seconds) options.seconds = *context.seconds;
    if (context.database == nullptr) return options;
    const auto failed = context.database->failed_variants(key);
    options.excluded.assign(failed.begin(), failed.end());
    if (const auto verdict = context.database->best(key)) options.hints.push_back(verdict->variant);
    for (db::Hint& hint : context.database->nearest(key, platform_for(context.platform)))
        options.hints.push_back(std::move(hint.record.variant));
    return options;
}

db::TuningRecord record_of(const Measurement& m, const db::ProblemKey& key,
                           const TuneContext& context, const SearchResult& result) {
    const bool verdict =
        result.verdict == Verdict::faster || result.verdict == Verdict::default_best;
    db::TuningRecord record;
    record.problem = key;
    record.variant = m.variant;
    record.status = m.status;
    record.ratio = m.ratio;
    record.runs = static_cast<int>(m.samples.size());
    record.chosen = verdict && m.variant == result.best;
    record.provenance = context.provenance;
    record.created = db::seconds_now();
    record.submitter = context.submitter;
    record.tool_version = version;
    return record;
}

void keep(const SearchResult& result, const db::ProblemKey& key, const TuneContext& context,
          const Arena& arena) {
    if (context.database == nullptr) return;
    std::vector<db::TuningRecord> records;
    const auto is_sound = [](const db::Ratio& r) { return r.low > 0.0 && std::isfinite(r.high); };
    for (const Measurement& m : result.measured)
        if ((m.ratio && is_sound(*m.ratio)) ||
            (m.status != db::Status::ok && arena.is_to_blame(m.variant)))
            records.push_back(record_of(m, key, context, result));
    context.database->record(platform_for(context.platform), records);
}

TuneResult from_database(const Space& space, const db::ProblemKey& key, db::Database* database) {
    if (database != nullptr)
        if (const auto verdict = database->best(key)) {
            const detail::Candidates candidates(space, 1);
            if (candidates.is_valid(verdict->variant))
                return {verdict->variant, origin_of(*verdict)};
        }
    return {space.default_variant(), "default"};
}

}  // namespace

db::ProblemKey key_of(const Specializer& specializer, const Features& features,
                      const std::string& platform_id) {
    return {specializer.name(), specializer.version(), platform_id, features};
}

TuneResult tune_problem(const Specializer& specializer, const Problem& problem,
                        const TuneContext& context) {
    const auto begin = Clock::now();
    const Space space = specializer.space(problem, context.platform);
    const db::ProblemKey key =
        key_of(specializer, specializer.features(problem, context.extent), context.platform.id());
    TuneResult result = from_database(space, key, context.database);
    if (context.level == Level::estimate) return result;
    result.search.best = result.variant;
    if (context.cache == nullptr || !context.toolchain) {
        result.search.how = "nothing was timed: there is no compiler";
        return result;
    }
    try {
        Arena arena(specializer, problem, space, context);
        const Contest contest = arena.contest();
        result.search = search(space, contest, options_from(context, key));
        result.compiled = arena.compiled();
        keep(result.search, key, context, arena);
    } catch (const BackendError& error) {  // no memory, no process
        result.search.how = error.what();
        return result;
    }
    if (result.search.verdict == Verdict::faster ||
        result.search.verdict == Verdict::default_best) {
        result.variant = result.search.best;
        result.origin = "tuned now: " + result.search.how;
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (context.say) context.say(result.search.how);
    return result;
}

std::function<std::optional<TunedVariant>(const Specializer&, const Problem&, const Features&)>
tuned_by(db::Database& database, const jit::Platform& platform) {
    return
        [&database, id = platform.id()](const Specializer& specializer, const Problem&,
                                        const Features& features) -> std::optional<TunedVariant> {
            const auto verdict = database.best(key_of(specializer, features, id));
            if (!verdict) return std::nullopt;
            return TunedVariant{verdict->variant, origin_of(*verdict)};
        };
}

}  // namespace asp::tune

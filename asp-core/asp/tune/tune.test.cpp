#include "asp/tune/tune.hpp"

#include <csignal>
#include <set>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/specialize/polynomial.hpp"

using namespace asp;
using namespace asp::tune;
using asp::testing::PolynomialEvaluator;
using asp::testing::ScratchFolder;

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool may_fork = false;  // its runtime does not survive a fork among threads
#else
constexpr bool may_fork = true;
#endif

/// True, with the reason printed, where there is nothing to test with.
bool skipped() {
    if (!may_fork) WARN("skipped: the thread sanitizer does not support fork with threads");
    if (!jit::host_toolchain()) WARN("skipped: there is no compiler");
    return !may_fork || !jit::host_toolchain();
}

/// A degree-16 polynomial.
ir::Function long_polynomial() {
    ir::Function f{"p", {{"x", {}, {}}, {"a", {}, {}}}, {}, std::make_shared<ir::Graph>(), nullptr};
    ir::Expression y = f.argument(1);
    for (int k = 0; k < 16; ++k) y = y * f.argument(0) + f.argument(1);
    f.results = {{"", y, {}}};
    return f;
}

/// The polynomial evaluator with more variants, some of them bad in a way of the test's choice.
class WithTraps : public PolynomialEvaluator {
public:
    explicit WithTraps(std::map<long, std::string> traps) : traps_(std::move(traps)) {}

    Space space(const Problem& problem, const jit::Platform& platform) const override {
        Space space = PolynomialEvaluator::space(problem, platform);
        space.parameters[0].default_value = 0;
        space.parameters.push_back({"trap", {0, 1, 2, 3, 4}, 0});
        space.parameters.push_back({"idle", {0, 1}, 0, Binding::run_time});
        return space;
    }

    Specialization lower(const Problem& problem, const Variant& variant,
                         Target target) const override {
        Specialization s = PolynomialEvaluator::lower(problem, variant, target);
        const auto trap = traps_.find(variant.at("trap"));
        if (trap != traps_.end()) s.call = "(" + trap->second + ", " + s.call + ")";
        return s;
    }

private:
    std::map<long, std::string> traps_;
};

struct Workshop {
    ScratchFolder folder;
    jit::KernelCache cache{folder / "cache"};
    db::Database database{folder / "tuning.sqlite"};
    std::vector<std::string> said;

    TuneContext context(Level level = Level::measure) {
        TuneContext context;
        context.level = level;
        context.extent = 2000;
        context.database = &database;
        context.cache = &cache;
        context.toolchain = jit::host_toolchain();
        context.platform = jit::measure_platform();
        context.limit_seconds = 1.0;
        context.say = [this](const std::string& line) { said.push_back(line); };
        return context;
    }
};

Problem problem_of(const Specializer& specializer) {
    Diagnostics diagnostics;
    return specializer.parse(long_polynomial(), {}, diagnostics).value();
}

db::ProblemKey key_in(const Workshop&, const Specializer& specializer, const TuneContext& context) {
    return key_of(specializer, specializer.features(problem_of(specializer), context.extent),
                  context.platform.id());
}

}  // namespace

TEST_CASE("a problem that was never tuned has its default at level estimate") {
    Workshop shop;
    const PolynomialEvaluator specializer;
    const TuneResult result =
        tune_problem(specializer, problem_of(specializer), shop.context(Level::estimate));
    CHECK(result.origin == "default");
    CHECK(result.variant == Variant{{"in_halves", 1}});
    CHECK(shop.database.counts().records == 0);
}

TEST_CASE("tuning a kernel measures its variants, remembers them, and is believed afterwards") {
    if (skipped()) return;
    Workshop shop;
    const WithTraps specializer({});
    const TuneContext context = shop.context();
    const TuneResult result = tune_problem(specializer, problem_of(specializer), context);
    INFO(result.search.how);
    if (result.search.verdict == Verdict::too_noisy) {
        WARN("skipped: " << result.search.how);
        return;
    }
    CHECK(result.search.measured.size() > 5);
    CHECK(result.search.timed_runs <= 48);
    CHECK(result.compiled < static_cast<int>(result.search.measured.size()));
    CHECK(shop.database.counts().records ==
          static_cast<std::int64_t>(result.search.measured.size()));
    const auto best = shop.database.best(key_in(shop, specializer, context));
    REQUIRE(best);
    CHECK(best->variant == result.variant);

    const TuneResult later =
        tune_problem(specializer, problem_of(specializer), shop.context(Level::estimate));
    CHECK(later.variant == result.variant);
    CHECK(later.origin.rfind("tuned here on 2", 0) == 0);
    const auto lookup = tuned_by(shop.database, context.platform);
    const auto found = lookup(specializer, problem_of(specializer),
                              specializer.features(problem_of(specializer), context.extent));
    REQUIRE(found);
    CHECK(found->variant == result.variant);
    CHECK_FALSE(lookup(specializer, problem_of(specializer), {{"degree", 16.0}}));
}

TEST_CASE("variants that crash, hang, err or do not compile never win and are remembered") {
    if (skipped()) return;
    Workshop shop;
    const WithTraps specializer({{1, "*static_cast<volatile int*>(nullptr) = 1"},
                                 {2, "[] { for (volatile int i = 0;; i = i + 1); }()"},
                                 {3, "static_cast<double*>(arguments.arrays[1])[hi] = 0.0"},
                                 {4, "no_such_function()"}});
    TuneContext context = shop.context();
    const TuneResult result = tune_problem(specializer, problem_of(specializer), context);
    INFO(result.search.how);
    CHECK(result.variant.at("trap") == 0);
    std::map<long, std::set<db::Status>> met;
    for (const Measurement& m : result.search.measured) met[m.variant.at("trap")].insert(m.status);
    CHECK(met[0] == std::set{db::Status::ok});
    CHECK(met[1] == std::set{db::Status::crash});
    CHECK(met[2] == std::set{db::Status::timeout});
    CHECK(met[4] == std::set{db::Status::compile_error});
    CHECK_FALSE(met[3].contains(db::Status::ok));
    const auto failed = shop.database.failed_variants(key_in(shop, specializer, context));
    CHECK(failed.size() >= 4);

    // The next time nobody steps into a trap that is known.
    shop.said.clear();
    const TuneResult again = tune_problem(specializer, problem_of(specializer), context);
    for (const Measurement& m : again.search.measured) CHECK_FALSE(failed.contains(m.variant));
}

TEST_CASE("a variant whose results differ from the interpreter's is wrong, with the place") {
    if (skipped()) return;
    Workshop shop;
    // Spoils the input's last value before the kernel reads it.
    const std::string spoil = "static_cast<double*>(arguments.arrays[0])[hi - 1] = 0.5";
    const WithTraps specializer({{1, spoil}, {2, spoil}, {3, spoil}, {4, spoil}});
    const TuneResult result = tune_problem(specializer, problem_of(specializer), shop.context());
    CHECK(result.variant.at("trap") == 0);
    int wrong = 0;
    for (const Measurement& m : result.search.measured) wrong += m.status == db::Status::wrong;
    CHECK(wrong >= 4);
    REQUIRE_FALSE(shop.said.empty());
    CHECK(shop.said[0].find("wrong: ") != std::string::npos);
    CHECK(shop.said[0].find("the interpreter has") != std::string::npos);
}

TEST_CASE("a verdict of an older space is not used") {
    Workshop shop;
    const PolynomialEvaluator specializer;
    const TuneContext context = shop.context(Level::estimate);
    db::TuningRecord record;
    record.problem = key_in(shop, specializer, context);
    record.variant = {{"in_halves", 7}};
    record.ratio = db::Ratio{0.5, 0.5, 0.5};
    record.chosen = true;
    shop.database.record({context.platform.id(), jit::to_json(context.platform)},
                         std::vector{record});
    CHECK(tune_problem(specializer, problem_of(specializer), context).origin == "default");
}

TEST_CASE("without a compiler or a database tuning leaves the default") {
    Workshop shop;
    const PolynomialEvaluator specializer;
    TuneContext context = shop.context();
    context.toolchain.reset();
    context.database = nullptr;
    const TuneResult result = tune_problem(specializer, problem_of(specializer), context);
    CHECK(result.origin == "default");
    CHECK(result.search.how == "nothing was timed: there is no compiler");
}

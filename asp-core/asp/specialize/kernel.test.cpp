#include "asp/specialize/kernel.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/specialize/check.hpp"
#include "asp/specialize/polynomial.hpp"

using namespace asp;
using asp::testing::PolynomialEvaluator;
using asp::testing::ScratchFolder;

namespace {

using Seconds = std::chrono::duration<double>;

double now() {
    return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// x^2 + a
ir::Function parabola() {
    ir::Function f{
        "parabola", {{"x", {}, {}}, {"a", {}, {}}}, {}, std::make_shared<ir::Graph>(), nullptr};
    f.results = {{"", f.argument(0) * f.argument(0) + f.argument(1), {}}};
    return f;
}

/// A cache of one test's own, what is said, and a context of them.
struct Workshop {
    ScratchFolder folder;
    jit::KernelCache cache{folder.path() / "cache"};
    std::vector<std::string> said;
    std::mutex mutex;

    Context context(Mode mode) {
        Context context;
        context.mode = mode;
        context.cache = &cache;
        context.toolchain = [] { return jit::host_toolchain(); };
        context.say = [this](const std::string& line) {
            const std::lock_guard lock(mutex);
            said.push_back(line);
        };
        return context;
    }
};

Problem problem_of(const Specializer& specializer) {
    Diagnostics diagnostics;
    return specializer.parse(parabola(), {}, diagnostics).value();
}

/// The kernel's values at the points of an example equal the interpreter's.
bool is_right(const Kernel& kernel, const PolynomialEvaluator& specializer) {
    const Problem problem = problem_of(specializer);
    Example example = specializer.example(problem, 5, 100);
    const Example expected = interpret_example(example, specializer.interpreter(problem));
    const BoundExample bound(example);
    return kernel.run(bound.arguments(), 0, 100) == 0 &&
           !disagreement(example, expected, specializer.tolerances(problem));
}

bool has_compiler() {
    if (jit::host_toolchain()) return true;
    WARN("no compiler: skipped");
    return false;
}

/// A parabola whose compiled form does `call` in place of the template.
class Ruined : public PolynomialEvaluator {
public:
    explicit Ruined(std::string call) : call_(std::move(call)) {}
    Specialization lower(const Problem& problem, const Variant& variant,
                         Target target) const override {
        Specialization s = PolynomialEvaluator::lower(problem, variant, target);
        s.call = call_;
        return s;
    }

private:
    std::string call_;
};

class WithBuiltIn : public PolynomialEvaluator {
public:
    Entry built_in(const Problem&) const override {
        return [](const Arguments& a, long lo, long hi) {
            const auto* x = static_cast<const double*>(a.arrays[0]);
            auto* y = static_cast<double*>(a.arrays[1]);
            for (long i = lo; i < hi; ++i) y[i] = x[i] * x[i] + a.scalars[0];
            return 0;
        };
    }
};

/// Has a run-time parameter, which the result shows.
class Shifted : public PolynomialEvaluator {
public:
    Space space(const Problem&, const jit::Platform&) const override {
        return {{{"in_halves", {0, 1}, 0}, {"shift", {0, 7}, 0, Binding::run_time}}};
    }
    Specialization lower(const Problem& problem, const Variant& variant,
                         Target target) const override {
        Specialization s = PolynomialEvaluator::lower(problem, variant, target);
        s.call = "arguments.parameters[0]";
        return s;
    }
    Interpreter interpreter(const Problem&) const override {
        return [](const Arguments&, long, long) { return 0; };
    }
};

}  // namespace

TEST_CASE("off: a kernel is interpreted and says that this was wished") {
    Workshop workshop;
    const PolynomialEvaluator evaluator;
    const Kernel kernel =
        make_kernel(evaluator, problem_of(evaluator), workshop.context(Mode::off));
    REQUIRE(kernel.rung() == Rung::interpreted);
    REQUIRE(kernel.explain() == "polynomial 1: interpreted, specializing is off");
    REQUIRE(is_right(kernel, evaluator));
    REQUIRE(workshop.said.empty());
}

TEST_CASE("sync: a kernel is native when it is there, from the cache the second time") {
    if (!has_compiler()) return;
    Workshop workshop;
    const PolynomialEvaluator evaluator;
    for (const char* const origin : {"\n  compiled by", "\n  from the cache: compiled by"}) {
        jit::KernelCache cache(workshop.folder.path() / "cache");  // as another process has it
        Context context = workshop.context(Mode::synchronous);
        context.cache = &cache;
        const Kernel kernel = make_kernel(evaluator, problem_of(evaluator), context);
        REQUIRE(kernel.rung() == Rung::specialized);
        REQUIRE(is_right(kernel, evaluator));
        REQUIRE(kernel.source().find("evaluate_polynomial<Polynomial, Configuration>") !=
                std::string::npos);
        INFO(kernel.explain());
        REQUIRE(kernel.explain().find("variant: in_halves = 0 (default)") != std::string::npos);
        REQUIRE(kernel.explain().find(origin) != std::string::npos);
    }
    REQUIRE(workshop.said.empty());
}

TEST_CASE("auto: answered at once by the interpreter, then native") {
    if (!has_compiler()) return;
    Workshop workshop;
    jit::BackgroundCompiler background(workshop.cache);
    Context context = workshop.context(Mode::automatic);
    context.background = &background;
    const PolynomialEvaluator evaluator;
    const double start = now();
    const Kernel kernel = make_kernel(evaluator, problem_of(evaluator), context);
    REQUIRE(is_right(kernel, evaluator));
    const double first_answer = now() - start;
    kernel.wait();
    CHECK(first_answer < now() - start);
    REQUIRE(kernel.rung() == Rung::specialized);
    REQUIRE(is_right(kernel, evaluator));
}

namespace {

/// A call that takes seconds to compile: 2000 different sums.
std::string slow_call() {
    std::string call = "0";
    for (int i = 0; i < 2000; ++i)
        call += fmt::format(" + int(arguments.scalars[0] * {0}.5 / (lo + {0}))", i);
    return call;
}

}  // namespace

TEST_CASE("a compile that is stopped leaves its kernel on a lower rung, without a word") {
    if (!has_compiler()) return;
    Workshop workshop;
    jit::BackgroundCompiler background(workshop.cache);
    Context context = workshop.context(Mode::automatic);
    context.background = &background;
    const Ruined slow(slow_call());
    const Kernel kernel = make_kernel(slow, problem_of(slow), context);
    REQUIRE(kernel.is_compiling());
    kernel.stop();
    REQUIRE(!kernel.is_compiling());
    REQUIRE(kernel.rung() == Rung::interpreted);
    REQUIRE(is_right(kernel, slow));
    REQUIRE(workshop.said.empty());
}

TEST_CASE("a forked process may drop a kernel whose compile stayed with its parent") {
    if (!has_compiler()) return;
    Workshop workshop;
    jit::BackgroundCompiler background(workshop.cache);
    Context context = workshop.context(Mode::automatic);
    context.background = &background;
    const Ruined slow(slow_call());
    auto kernel = std::make_unique<Kernel>(make_kernel(slow, problem_of(slow), context));
    const pid_t child = ::fork();
    if (child == 0) {
        kernel.reset();
        ::_exit(7);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 7);
}

TEST_CASE("a kernel that nobody wants any more does not wait for its compile") {
    Workshop workshop;
    jit::BackgroundCompiler background(workshop.cache);
    Context context = workshop.context(Mode::automatic);
    context.background = &background;
    const Ruined slow(slow_call());
    const double start = now();
    { const Kernel kernel = make_kernel(slow, problem_of(slow), context); }
    REQUIRE(now() - start < 2.0);
    REQUIRE(workshop.said.empty());
}

TEST_CASE("without a compiler a kernel is interpreted and says so once, with the cure") {
    Workshop workshop;
    Context context = workshop.context(Mode::synchronous);
    context.toolchain = [] { return std::optional<jit::Toolchain>(); };
    const PolynomialEvaluator evaluator;
    const Kernel kernel = make_kernel(evaluator, problem_of(evaluator), context);
    REQUIRE(kernel.rung() == Rung::interpreted);
    REQUIRE(is_right(kernel, evaluator));
    REQUIRE(workshop.said.size() == 1);
    INFO(workshop.said[0]);
    REQUIRE(workshop.said[0].starts_with(
        "polynomial 1: runs interpreted, several times slower than compiled: "));
    REQUIRE(workshop.said[0].find("g++") != std::string::npos);
    REQUIRE(kernel.explain().starts_with("polynomial 1: interpreted: "));
}

TEST_CASE("require: without a compiler there is no kernel") {
    Workshop workshop;
    Context context = workshop.context(Mode::required);
    context.toolchain = [] { return std::optional<jit::Toolchain>(); };
    const PolynomialEvaluator evaluator;
    const std::string message = asp::testing::message_of<BackendError>(
        [&] { make_kernel(evaluator, problem_of(evaluator), context); });
    REQUIRE(message.starts_with("polynomial 1: cannot be specialized: "));
}

TEST_CASE("without a compiler the built-in kernel runs where there is one") {
    Workshop workshop;
    Context context = workshop.context(Mode::synchronous);
    context.toolchain = [] { return std::optional<jit::Toolchain>(); };
    const WithBuiltIn evaluator;
    const Kernel kernel = make_kernel(evaluator, problem_of(evaluator), context);
    REQUIRE(kernel.rung() == Rung::built_in);
    REQUIRE(is_right(kernel, evaluator));
    REQUIRE(workshop.said.size() == 1);
    REQUIRE(workshop.said[0].starts_with("polynomial 1: runs built in: "));
}

TEST_CASE("a compiled kernel that lies, crashes or ends the process is never used") {
    if (!has_compiler()) return;
    const std::pair<const char*, const char*> calls[]{
        {"0", "y[0] is 0, the interpreter has"},
        {"evaluate_polynomial<Polynomial, Configuration>(arguments, lo, hi - 1)", "y[42] is 0"},
        {"*reinterpret_cast<volatile int*>(lo + 8)", "crashed"},
        {"(__builtin_trap(), 0)", "crashed"}};
    for (const auto& [call, complaint] : calls) {
        Workshop workshop;
        const Ruined ruined(std::string(call).starts_with("evaluate") ? std::string("asp::") + call
                                                                      : call);
        for (int time = 0; time < 2; ++time) {  // the second time the verdict is remembered
            jit::KernelCache cache(workshop.folder.path() / "cache");
            Context context = workshop.context(Mode::synchronous);
            context.cache = &cache;
            const Kernel kernel = make_kernel(ruined, problem_of(ruined), context);
            REQUIRE(kernel.rung() == Rung::interpreted);
            REQUIRE(is_right(kernel, ruined));
        }
        REQUIRE(workshop.said.size() == 2);
        INFO(workshop.said[0]);
        REQUIRE(workshop.said[0].find(complaint) != std::string::npos);
        REQUIRE(workshop.said[0] == workshop.said[1]);
    }
}

TEST_CASE("a tuned variant is taken with its origin, an impossible one is not") {
    if (!has_compiler()) return;
    const PolynomialEvaluator evaluator;
    for (const long value : {1L, 5L}) {
        Workshop workshop;
        Context context = workshop.context(Mode::synchronous);
        context.extent = 1000;
        context.tuned = [value](const Specializer& specializer, const Problem&,
                                const Features& features) -> std::optional<TunedVariant> {
            REQUIRE(specializer.name() == "polynomial");
            REQUIRE(features.at("points") == 1000.0);
            return TunedVariant{{{"in_halves", value}}, "tuned here"};
        };
        const Kernel kernel = make_kernel(evaluator, problem_of(evaluator), context);
        INFO(kernel.explain());
        REQUIRE(kernel.rung() == Rung::specialized);
        const char* const expected = value == 1 ? "variant: in_halves = 1 (tuned here)"
                                                : "variant: in_halves = 0 (default; tuned here has "
                                                  "none of this space: in_halves = 5)";
        REQUIRE(kernel.explain().find(expected) != std::string::npos);
    }
}

TEST_CASE("a kernel brings its variant's run-time parameters unless the caller does") {
    if (!has_compiler()) return;
    Workshop workshop;
    Context context = workshop.context(Mode::synchronous);
    context.tuned = [](const Specializer&, const Problem&, const Features&) {
        return TunedVariant{{{"in_halves", 0}, {"shift", 7}}, "test"};
    };
    const Shifted shifted;
    const Kernel kernel = make_kernel(shifted, problem_of(shifted), context);
    REQUIRE(kernel.rung() == Rung::specialized);
    Arguments arguments;
    REQUIRE(kernel.run(arguments, 0, 0) == 7);
    const long own[]{3};
    arguments.parameters = own;
    REQUIRE(kernel.run(arguments, 0, 0) == 3);
}

TEST_CASE("a call costs at most 20 ns more than one through a function pointer") {
    if (!has_compiler()) return;
    Workshop workshop;
    const WithBuiltIn evaluator;
    const Kernel kernel =
        make_kernel(evaluator, problem_of(evaluator), workshop.context(Mode::off));
    Example example = evaluator.example(problem_of(evaluator), 1, 1);
    const BoundExample bound(example);
    volatile Entry direct = evaluator.built_in(problem_of(evaluator));
    constexpr int calls = 20000;
    double by_pointer = 1.0, by_kernel = 1.0;  // the least of many: interference only adds
    for (int round = 0; round < 40; ++round) {
        const double start = now();
        for (int i = 0; i < calls; ++i) direct(bound.arguments(), 0, 1);
        const double middle = now();
        for (int i = 0; i < calls; ++i) kernel.run(bound.arguments(), 0, 1);
        by_pointer = std::min(by_pointer, (middle - start) / calls);
        by_kernel = std::min(by_kernel, (now() - middle) / calls);
    }
    INFO(1e9 * by_pointer << " ns, " << 1e9 * by_kernel << " ns");
    REQUIRE(by_kernel - by_pointer < 20e-9);
}

TEST_CASE("the words of --specialize") {
    REQUIRE(parse_mode("auto") == Mode::automatic);
    REQUIRE(parse_mode("sync") == Mode::synchronous);
    REQUIRE(parse_mode("require") == Mode::required);
    REQUIRE(parse_mode("off") == Mode::off);
    REQUIRE(!parse_mode("on"));
}

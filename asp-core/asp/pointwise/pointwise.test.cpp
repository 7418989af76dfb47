#include "asp/pointwise/pointwise.hpp"

#include "asp/specialize/conformance.hpp"
#include "asp/specialize/nvcc.hpp"

using namespace asp;
using asp::pointwise::Pointwise;

namespace {

const Pointwise specializer;

ir::Function function_of(const std::string& text, const std::vector<ir::Symbol>& symbols = {}) {
    Diagnostics diagnostics;
    ir::Environment environment;
    environment.arguments = symbols;
    const auto source = std::make_shared<const ir::Source>(ir::Source{"test", text, 1});
    const auto functions = ir::parse_functions(source, environment, diagnostics);
    diagnostics.throw_if_any();
    return functions.back();
}

Problem problem_of(const std::string& text, long numbers = 0) {
    Diagnostics diagnostics;
    const auto problem = specializer.parse(function_of(text), {{"numbers", numbers}}, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

/// The complaint about a function that is refused.
std::string complaint_about(const ir::Function& function, const Constants& given) {
    Diagnostics diagnostics;
    REQUIRE(!specializer.parse(function, given, diagnostics));
    REQUIRE(diagnostics.size() == 1);
    return diagnostics.lines()[0];
}

const char* const both = "def f(x, k, y): return k * x + sqrt(abs(y)), x - y, x if y < k else y";

}  // namespace

TEST_CASE("the pointwise evaluator keeps what every specializer promises") {
    testing::check_conformance(
        specializer,
        {{function_of("def f(x): return 2.0 * x + 1.0")},
         {function_of("def f(x): return 3.0")},
         {function_of("def f(): return 3.0")},
         {function_of("def f(a, b): return exp(-a * b) + cos(a), atan2(a, b)")},
         {function_of("def f(x, y): return log(x) if y > 0.5 else x**y, floor(x * 7)")},
         {function_of("def f(p): return 1e5 * (sqrt(p) - sqrt(p + 1e-9))")},
         {function_of("def f(A): return 1 / A", {{"A", {}, {1e-6, 1e-3}}})},
         {function_of(both), {{"numbers", 2}}},
         {function_of(both), {{"numbers", 7}}}});
}

TEST_CASE("an array that is read may be written, though another result needs it") {
    const Interpreter interpreter = specializer.interpreter(problem_of(both, 2));
    std::vector<double> x(100), y(100);
    for (std::size_t i = 0; i < 100; ++i) {
        x[i] = static_cast<double>(i);
        y[i] = static_cast<double>(i * i) - 50.0;
    }
    std::vector<double> a(100), b(100), c(100), first = x, second = y, third(100);
    const double k = 3.0;
    void* apart[] = {x.data(), y.data(), a.data(), b.data(), c.data()};
    void* within[] = {first.data(), second.data(), second.data(), first.data(), third.data()};
    REQUIRE(interpreter({apart, &k, nullptr}, 0, 100) == 0);
    REQUIRE(interpreter({within, &k, nullptr}, 0, 100) == 0);
    REQUIRE(second == a);
    REQUIRE(first == b);
    REQUIRE(third == c);
    const testing::ScratchFolder folder;
    jit::KernelCache cache(folder.path() / "cache");
    if (!jit::host_toolchain()) {
        WARN("no compiler: the compiled kernel is not tested");
        return;
    }
    Context context;
    context.mode = Mode::required;
    context.cache = &cache;
    context.toolchain = [] { return jit::host_toolchain(); };
    const Kernel kernel = make_kernel(specializer, problem_of(both, 2), context);
    first = x;
    second = y;
    kernel.run({within, &k, nullptr}, 0, 100);
    std::vector<double> compiled = b;  // the compiler's own, with fused operations
    void* fresh[] = {x.data(), y.data(), a.data(), compiled.data(), c.data()};
    kernel.run({fresh, &k, nullptr}, 0, 100);
    REQUIRE(second == a);
    REQUIRE(first == compiled);
    REQUIRE(third == c);
}

TEST_CASE("the CUDA compiler takes the pointwise evaluator's text") {
    const auto nvcc = testing::find_nvcc();
    if (!nvcc) {
        WARN("no nvcc: the text for CUDA is not compiled");
        return;
    }
    REQUIRE(testing::nvcc_complaints(*nvcc, specializer.lower(problem_of(both, 2), {{"chunk", 16}},
                                                              Target::cuda)) == "");
}

TEST_CASE("what is no pointwise problem is refused") {
    REQUIRE(complaint_about(function_of("def f(x): return x"), {{"numbers", 2}}) ==
            "f: 'numbers' has a bit that stands for no argument");
    REQUIRE(complaint_about(function_of("def f(x): return x"), {{"numbers", -1}}) ==
            "f: 'numbers' has a bit that stands for no argument");
    ir::Function nothing = function_of("def f(x): return x");
    nothing.results.clear();
    REQUIRE(complaint_about(nothing, {}) == "f: expected a result");
    ir::Function wide = function_of("def f(x): return x");
    wide.results.resize(63, wide.results[0]);
    REQUIRE(complaint_about(wide, {}) == "f: at most 62 arguments and results are supported");
}

TEST_CASE("cost counts each part once, and elementary functions for ten") {
    REQUIRE(pointwise::cost_of(function_of("def f(x): return x")) == 0);
    REQUIRE(pointwise::cost_of(function_of("def f(x): return (x + 1) * (x + 1)")) == 2);
    REQUIRE(pointwise::cost_of(function_of("def f(x): return exp(x) + exp(x), exp(x)")) == 11);
}

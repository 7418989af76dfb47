#include "asp/newton/newton.hpp"

#include "asp/ir/random_expression.hpp"
#include "asp/newton/testing.hpp"
#include "asp/specialize/conformance.hpp"
#include "asp/specialize/nvcc.hpp"

using namespace asp;
using namespace asp::newton;
using newton::testing::function_of;

namespace {

const NewtonRaphson specializer;

std::vector<std::string> complaints(const std::string& text, const Constants& given = {}) {
    Diagnostics diagnostics;
    REQUIRE(!specializer.parse(function_of(text), given, diagnostics));
    return diagnostics.lines();
}

/// A smooth random function, made into as many equations as it has results: each a random
/// expression of all, and enough of its own unknown to have a root.
Problem random_problem(std::uint64_t seed, std::size_t n, std::size_t parameters) {
    ir::testing::RandomOptions options;
    options.arguments = n + parameters;
    options.results = n;
    options.smooth = true;
    ir::Function f = ir::testing::RandomFunction(seed, options).build();
    for (std::size_t i = 0; i < n; ++i) {
        f.results[i].value = 0.05 * f.results[i].value + (f.argument(i) - 0.1);
        f.arguments[i].range = {};
    }
    return {f, {{"unknowns", static_cast<long>(n)}, {"shared", parameters > 1 ? 1 : 0}}};
}

}  // namespace

TEST_CASE("newton keeps what every specializer promises") {
    std::vector<asp::testing::ConformanceProblem> problems;
    const auto add = [&](const Problem& p) { problems.push_back({p.function, p.constants}); };
    add(newton::testing::problem_of("def f(x, a): return x**2 - a"));
    add(newton::testing::junction_problem());
    add(newton::testing::problem_of("def f(x, y, a, b): return (exp(x) - a * y - b, x * y - 1)",
                                    1));
    for (std::uint64_t seed = 1; seed <= 3; ++seed) add(random_problem(seed, 1 + seed, 2));
    asp::testing::check_conformance(specializer, problems);
}

TEST_CASE("large systems keep it too") {
    const Problem p = newton::testing::known_root_problem(10);  // pivoted: too long a straight line
    asp::testing::check_conformance(specializer, {{p.function, p.constants}});
}

TEST_CASE("what is no square system is refused with its place") {
    REQUIRE(complaints("def f(x, y): return x * y", {{"unknowns", 2}}) ==
            std::vector<std::string>{"test: 1 residuals for 2 unknowns: expected as many"});
    REQUIRE(complaints("def f(x): return x", {{"shared", 1}}) ==
            std::vector<std::string>{
                "test: 1 arguments: expected at least 1 unknowns and 1 shared parameters"});
    REQUIRE(complaints("def f(x): return x", {{"unknowns", 17}}) ==
            std::vector<std::string>{"test: 17 unknowns: expected 1 to 16"});
    REQUIRE(complaints("def f(x): return x", {{"harts", 1}}) ==
            std::vector<std::string>{
                "test: unknown constant 'harts'; newton knows 'unknowns' and 'shared'"});
}

TEST_CASE("an equation without unknowns and an unknown without equations are refused") {
    REQUIRE(complaints("def f(x, y, a): return (x * x - 1, a)") ==
            std::vector<std::string>{"test: residual 2 depends on no unknown",
                                     "test: no residual depends on the unknown 'y'"});
}

TEST_CASE("the generated text of a small system is meant to be read") {
    const Problem p = newton::testing::problem_of("def root(x, a): return x**2 - a");
    const Specialization s = specializer.lower(p, {{"lanes", 8}, {"pivoting", 0}}, Target::cpu);
    INFO(s.definitions);
    for (const char* const part :
         {"static constexpr long unknowns = 1, parameters = 1, coefficients = 0;",
          "f[0][l] = x[0][l] * x[0][l] - p[0][l];", "matrix[0][l] = 2.0 * x[0][l];",
          "static constexpr int lanes = 8;"})
        REQUIRE(s.definitions.find(part) != std::string::npos);
}

TEST_CASE("features tell size and sparsity") {
    const Features features = specializer.features(newton::testing::junction_problem(), 1000);
    REQUIRE(features.at("unknowns") == 4.0);
    REQUIRE(features.at("entries") == 9.0);
    REQUIRE(features.at("systems") == 1000.0);
}

TEST_CASE("the CUDA compiler takes the same templates and the same formulas") {
    const auto nvcc = asp::testing::find_nvcc();
    if (!nvcc) {
        WARN("no nvcc: the text for CUDA is not compiled");
        return;
    }
    const Problem junction = newton::testing::junction_problem();
    for (const long pivoting : {0L, 1L}) {
        const Specialization s =
            specializer.lower(junction, {{"lanes", 8}, {"pivoting", pivoting}}, Target::cuda);
        REQUIRE(s.definitions.find("static constexpr int lanes = 1;") != std::string::npos);
        REQUIRE(asp::testing::nvcc_complaints(*nvcc, s) == "");
    }
}

#include "asp/specialize/emit.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "asp/base/testing.hpp"

using namespace asp;
using asp::ir::Expression;
using asp::ir::Function;
using asp::ir::Graph;
using asp::ir::Op;
using asp::ir::Type;

namespace {

using Values = std::vector<Expression>;

/// A function of the named arguments; `build` makes its results.
template <class Build>
Function function_of(std::vector<std::string> names, Build&& build) {
    Function f;
    f.graph = std::make_shared<Graph>();
    for (std::string& name : names) f.arguments.push_back({std::move(name), {}, {}});
    Values x;
    for (std::size_t i = 0; i < f.arguments.size(); ++i) x.push_back(f.argument(i));
    for (const Expression e : build(*f.graph, x)) f.results.push_back({"", e, {}});
    return f;
}

/// The text of one result, as it stands after "return".
template <class Build>
std::string text_of(Build&& build) {
    const Function f = function_of({"x", "y", "z"},
                                   [&](Graph& g, const Values& x) { return Values{build(g, x)}; });
    return emit_body(f, {.indent = 0});
}

}  // namespace

TEST_CASE("an elastic wall reads as if written by hand") {
    Function wall = function_of({"A", "A0", "beta"}, [](Graph&, const Values& x) {
        return Values{x[2] * (sqrt(x[0]) - sqrt(x[1])) / x[1]};
    });
    wall.source =
        std::make_shared<const ir::Source>(ir::Source{"", "beta * (sqrt(A) - sqrt(A0)) / A0", 0});
    const Signature signature{.name = "pressure",
                              .parameters = "double A, long i",
                              .after_parameters = "const",
                              .indent = 4};
    const auto argument = [](std::size_t i) { return i == 0 ? "A" : i == 1 ? "A0[i]" : "beta[i]"; };
    REQUIRE(emit_function(wall, signature, {.argument = argument}) ==
            "    // beta * (sqrt(A) - sqrt(A0)) / A0\n"
            "    ASP_FN double pressure(double A, long i) const {\n"
            "        return beta[i] * (asp::sqrt(A) - asp::sqrt(A0[i])) / A0[i];\n"
            "    }\n");
}

TEST_CASE("what is used twice is computed once, under a name that tells what it is") {
    const Function f = function_of({"A", "b"}, [](Graph& g, const Values& x) {
        const Expression root = sqrt(x[0]), square = x[0] * x[0], inverse = 1.0 / x[1];
        const Expression scaled = x[1] * (root - 1.0), scaled2 = scaled * scaled;
        const Expression wave = unary(Op::sine, square), ratio = inverse * square;
        return Values{scaled2 + root, ratio - inverse, wave + wave, sqrt(x[0]) * g.constant(3.0)};
    });
    REQUIRE(emit_body(f) ==
            "    const double sqrt_A = asp::sqrt(A);\n"
            "    const double t0 = b * (sqrt_A - 1.0);\n"
            "    const double A2 = A * A;\n"
            "    const double inverse_b = 1.0 / b;\n"
            "    const double sin_A2 = asp::sin(A2);\n"
            "    return {sqrt_A + t0 * t0, A2 * inverse_b - inverse_b, sin_A2 + sin_A2, 3.0 * "
            "sqrt_A};\n");
}

TEST_CASE("several results are assigned, or initialize a struct") {
    const Function f = function_of({"x"}, [](Graph&, const Values& x) {
        return Values{x[0] + 1.0, exp(x[0]), x[0]};
    });
    REQUIRE(emit_body(f, {.indent = 0}) == "return {x + 1.0, asp::exp(x), x};\n");
    const auto target = [](std::size_t r) { return "out[" + std::to_string(3 * r) + "]"; };
    REQUIRE(emit_function(f, {.name = "f", .parameters = "double x, double* out"},
                          {.results = Results::assigned, .target = target}) ==
            "ASP_FN void f(double x, double* out) {\n"
            "    out[0] = x + 1.0;\n"
            "    out[3] = asp::exp(x);\n"
            "    out[6] = x;\n"
            "}\n");
}

TEST_CASE("parentheses stand where they change the value, and only there") {
    const auto same = [](const char* expected, auto&& build) {
        REQUIRE(text_of(build) == "return " + std::string(expected) + ";\n");
    };
    same("x + y + z", [](Graph&, const Values& x) { return x[0] + x[1] + x[2]; });
    same("y + z + x", [](Graph&, const Values& x) { return x[0] + (x[1] + x[2]); });
    same("x - (y - z)", [](Graph&, const Values& x) { return x[0] - (x[1] - x[2]); });
    same("x + (y - z)", [](Graph&, const Values& x) { return x[0] + (x[1] - x[2]); });
    same("x / y / z", [](Graph&, const Values& x) { return x[0] / x[1] / x[2]; });
    same("x / (y * z)", [](Graph&, const Values& x) { return x[0] / (x[1] * x[2]); });
    same("x * (y / z)", [](Graph&, const Values& x) { return x[0] * (x[1] / x[2]); });
    same("x * (y + z)", [](Graph&, const Values& x) { return x[0] * (x[1] + x[2]); });
    same("-(x + y)", [](Graph&, const Values& x) { return -(x[0] + x[1]); });
    same("-x * y", [](Graph&, const Values& x) { return -(x[0] * x[1]); });
    same("x * x * x", [](Graph& g, const Values& x) { return power(x[0], g.constant(3.0)); });
}

TEST_CASE("numbers stand where one would write them") {
    const auto same = [](const char* expected, auto&& build) {
        REQUIRE(text_of(build) == "return " + std::string(expected) + ";\n");
    };
    same("2.0 * x", [](Graph&, const Values& x) { return x[0] * 2.0; });
    same("x - 2.0", [](Graph&, const Values& x) { return x[0] + -2.0; });
    same("x - 2.0", [](Graph&, const Values& x) { return -2.0 + x[0]; });
    same("x + 2.0", [](Graph&, const Values& x) { return x[0] - -2.0; });
    same("-2.0 - x", [](Graph&, const Values& x) { return -2.0 - x[0]; });
    same("-0.5 * x", [](Graph&, const Values& x) { return -0.5 * x[0]; });
    same("-0.0 * x", [](Graph&, const Values& x) { return -0.0 * x[0]; });
    same("x + 0.0", [](Graph&, const Values& x) { return x[0] + 0.0; });  // of -0 it makes 0
    same("asp::infinity<double>", [](Graph& g, const Values&) { return g.constant(INFINITY); });
}

TEST_CASE("comparisons and choices read as in C++") {
    const auto same = [](const char* expected, auto&& build) {
        REQUIRE(text_of(build) == "return " + std::string(expected) + ";\n");
    };
    same("x > 0.0 ? x : -y",
         [](Graph& g, const Values& x) { return select(g.constant(0.0) < x[0], x[0], -x[1]); });
    const auto three = [](const Values& x, Op inner, Op outer) {
        Graph& g = x[0].graph();
        const Expression a = x[0] < x[1], b = x[1] < x[2], first = g.apply(inner, {a, b});
        return g.apply(outer, {first, x[2] <= x[0]});
    };
    same("(x < y && y < z) || z <= x",
         [&](Graph&, const Values& x) { return three(x, Op::logical_and, Op::logical_or); });
    same("(x < y || y < z) && z <= x",
         [&](Graph&, const Values& x) { return three(x, Op::logical_or, Op::logical_and); });
    same("x < y && y < z && z <= x",
         [&](Graph&, const Values& x) { return three(x, Op::logical_and, Op::logical_and); });
    same("!(x < y)", [](Graph&, const Values& x) { return unary(Op::logical_not, x[0] < x[1]); });
    same("(x < y) == (y < z)", [](Graph& g, const Values& x) {
        return g.apply(Op::equal, {x[0] < x[1], x[1] < x[2]});
    });
    same("x < y ? (y < z ? x : y) : z", [](Graph&, const Values& x) {
        return select(x[0] < x[1], select(x[1] < x[2], x[0], x[1]), x[2]);
    });
    same("asp::min(x, asp::max(y, z))",
         [](Graph&, const Values& x) { return minimum(x[0], maximum(x[1], x[2])); });
}

TEST_CASE("a function of the C library is not called in a branch, where it would not vectorize") {
    REQUIRE(text_of([](Graph&, const Values& x) {
                const Expression a = unary(Op::sine, x[0]) + 1.0, b = sqrt(x[1]) / x[2];
                return select(x[0] < x[1], a, b) + 0.5;
            }) ==
            "const double sin_x = asp::sin(x);\n"
            "return (x < y ? sin_x + 1.0 : asp::sqrt(y) / z) + 0.5;\n");
}

TEST_CASE("a long expression is cut into named parts that fit a line") {
    const Function f = function_of({"x", "y"}, [](Graph&, const Values& x) {
        Expression sum = x[0];
        for (int i = 1; i < 8; ++i) {
            const Expression wave = unary(Op::sine, static_cast<double>(i) * x[0]);
            sum = sum + wave / (x[1] + 0.25 * i);
        }
        return Values{sum};
    });
    REQUIRE(emit_body(f, {.real = "float", .indent = 8}) ==
            "        const float t0 = x + asp::sin(x) / (y + 0.25f) + asp::sin(2.0f * x) / "
            "(y + 0.5f);\n"
            "        const float t1 = t0 + asp::sin(3.0f * x) / (y + 0.75f);\n"
            "        const float t2 = t1 + asp::sin(4.0f * x) / (y + 1.0f);\n"
            "        const float t3 = t2 + asp::sin(5.0f * x) / (y + 1.25f);\n"
            "        const float t4 = t3 + asp::sin(6.0f * x) / (y + 1.5f);\n"
            "        return t4 + asp::sin(7.0f * x) / (y + 1.75f);\n");
}

TEST_CASE("names never clash with an argument's") {
    const Function f = function_of({"A", "sqrt_A", "t0"}, [](Graph&, const Values& x) {
        const Expression root = sqrt(x[0]), sum = x[1] + x[2], product = root * sum;
        return Values{product + root / sum};
    });
    REQUIRE(emit_body(f, {.indent = 0}) ==
            "const double t1 = asp::sqrt(A);\n"
            "const double t2 = sqrt_A + t0;\n"
            "return t1 * t2 + t1 / t2;\n");
}

TEST_CASE("an argument whose name is no identifier of C++ gets another") {
    const Function f =
        function_of({"x[0]", "double", "a0", "x\n#include"},
                    [](Graph&, const Values& x) { return Values{x[0] + x[1] + x[2] + x[3]}; });
    REQUIRE(emit_body(f, {.indent = 0}) == "return a0_ + a1 + a0 + a3;\n");
}

TEST_CASE("the text does not depend on what else the function's graph holds") {
    const auto wall = [](bool other) {
        return function_of({"A", "A0"}, [&](Graph&, const Values& x) {
            if (other) (void)(exp(x[1]) * 3.0 - 1.0 / x[0]);
            const Expression root = sqrt(x[0]), difference = root - sqrt(x[1]);
            return Values{difference * (root + 3.0)};
        });
    };
    REQUIRE(emit_body(wall(false)) == emit_body(wall(true)));
    REQUIRE(emit_body(wall(false)) == emit_body(wall(false)));
}

TEST_CASE("a graph of a hundred thousand operations is written without recursion") {
    const Function f = function_of({"x"}, [](Graph&, const Values& x) {
        Expression chain = x[0];
        for (int i = 0; i < 50000; ++i) chain = sqrt(chain + 0.5);
        return Values{chain};
    });
    const std::string text = emit_body(f);
    for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
        end = text.find('\n', begin);
        REQUIRE(end - begin <= 100);
    }
}

TEST_CASE("long parameters stand below each other") {
    const Function f = function_of({"x"}, [](Graph&, const Values& x) { return Values{x[0]}; });
    std::string parameters = "double x";
    for (int i = 0; i < 12; ++i) parameters += ", double parameter_" + std::to_string(i);
    const Signature signature{.name = "f", .parameters = parameters, .after_parameters = "const"};
    REQUIRE(emit_function(f, signature) ==
            "ASP_FN double f(\n"
            "    double x, double parameter_0, double parameter_1, double parameter_2,\n"
            "    double parameter_3, double parameter_4, double parameter_5, double parameter_6,\n"
            "    double parameter_7, double parameter_8, double parameter_9, double parameter_10,\n"
            "    double parameter_11) const {\n"
            "    return x;\n"
            "}\n");
}

#include "asp/ir/print.hpp"

#include "asp/ir/detail/test_formulas.hpp"
#include "asp/ir/rewrite.hpp"

using namespace asp::ir;
using testing::parsed;

namespace {

/// A formula as it is printed.
std::string printed(const std::string& text) {
    const Function function = parsed(text);
    return to_string(function, function.results[0].value);
}

Environment arguments_of(const Function& function) {
    Environment environment;
    for (const Argument& argument : function.arguments)
        environment.arguments.push_back({argument.name});
    return environment;
}

/// The expression in another graph, where its arguments are the same.
Expression moved(Expression expression, Graph& graph) {
    return substitute(expression, graph, {});
}

}  // namespace

TEST_CASE("parentheses are printed where the meaning needs them") {
    for (const char* text : {"t + n + t * 2",
                             "t - (n - t)",
                             "t - n - t",
                             "t / (n / t)",
                             "t * (n + t)",
                             "t / n * t",
                             "(t + n) * t",
                             "-t * t + n",
                             "-(t + n)",
                             "t**0.3",
                             "(-t)**0.3",
                             "-t**0.3",
                             "t**-0.3",
                             "2**t",
                             "(-2)**t",
                             "(t + n)**0.3",
                             "t**n**t",
                             "(t**n)**t",
                             "sqrt(t + n)",
                             "t if t < n else n",
                             "t if t < n else n if n < 3 else 1",
                             "(t if t < n else n) if n < 3 else 1",
                             "(t if t < n else n) + 1",
                             "t if t < n and n < 3 or t == 2 else n",
                             "t if t < n and (n < 3 or t == 2) else n",
                             "t if not t < n else n",
                             "t if not (t < n and n < 3) else n",
                             "min(t, n)",
                             "max(n, t)",
                             "min(t + 1, -n)",
                             "atan2(t, n)",
                             "abs(t)",
                             "x[0] + x[2]",
                             "floor(t)",
                             "-(-2 - t)",
                             "t if (t < 2 if n < 1 else t < 3) else n",
                             "t - -2",
                             "0 - t",
                             "2 * -0.5**t"}) {
        const std::string once = printed(text);
        INFO(text << " is printed as " << once);
        REQUIRE(printed(once) == once);
        const Function a = parsed(text), b = parsed(once);
        REQUIRE(moved(b.results[0].value, *a.graph) == a.results[0].value);
    }
    REQUIRE(printed("(t - (n)) - ((t))") == "t - n - t");
    REQUIRE(printed("t - (n - t)") == "t - (n - t)");
    REQUIRE(printed("(t / n) * t") == "t * (t / n)");  // operands in the graph's order
    REQUIRE(printed("-(t ** 0.3)") == "-t**0.3");
    REQUIRE(printed("(-t) ** 0.3") == "(-t)**0.3");
    REQUIRE(printed("min(t, n)") == "min(t, n)");
}

TEST_CASE("numbers are printed in the fewest digits that mean them") {
    REQUIRE(printed("0.1 * t") == "t * 0.1");
    REQUIRE(printed("t - 0.1 - 0.2") == "t - 0.1 - 0.2");
    REQUIRE(printed("(0.1 + 0.2) * t") == "t * 0.30000000000000004");
    REQUIRE(printed("t * 1e100") == "t * 1e+100");
    REQUIRE(printed("t + -2") == "t + -2");
    REQUIRE(printed("t + 0") == "t + 0");
    REQUIRE(printed("t - -0.0 * 1") == "t - -0.0");
    REQUIRE(printed("min(t, inf)") == "min(t, math.inf)");
    REQUIRE(printed("max(-inf, t)") == "max(-math.inf, t)");
    REQUIRE(printed("(-inf)**t") == "(-math.inf)**t");
    REQUIRE(printed("t + (inf - inf)") == "t + math.nan");
    REQUIRE(printed("t * 5e-324") == "t * 5e-324");
    REQUIRE(printed("t * 123456789012345678901") == "t * 123456789012345683968");
}

TEST_CASE("an argument does not hide what the printer means") {
    Environment environment;
    environment.arguments = {{"inf"}, {"abs"}, {"e"}, {"pi"}};
    const Function function = parsed("abs(inf) + math.inf * e + min(pi, abs)", environment);
    const std::string text = to_string(function, function.results[0].value);
    const Function again = parsed(text, environment);
    REQUIRE(moved(again.results[0].value, *function.graph) == function.results[0].value);
}

TEST_CASE("what is printed is parsed to the same node") {
    for (const bool wild : {false, true})
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            const Function function = testing::random_function(seed, {.size = 12, .wild = wild});
            const Expression value = function.results[0].value;
            const std::string text = to_string(function, value);
            INFO("seed " << seed << ": " << text);
            if (text.size() > 5000) continue;  // equal parts are written out each time
            const Function again = parsed(text, arguments_of(function));
            REQUIRE(moved(again.results[0].value, *function.graph) == value);
        }
}

TEST_CASE("a definition that is printed is parsed to the same nodes") {
    for (const bool wild : {false, true})
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            const Function function = testing::random_function(
                seed, {.arguments = 4, .size = 60, .results = 3, .wild = wild});
            const std::string text = to_string(function);
            INFO("seed " << seed << ":\n" << text);
            const Function again = testing::parsed_functions(text, {}).at(0);
            REQUIRE(again.name == function.name);
            REQUIRE(again.arguments.size() == function.arguments.size());
            REQUIRE(again.results.size() == 3);
            for (std::size_t r = 0; r < 3; ++r) {
                REQUIRE(again.results[r].name == function.results[r].name);
                REQUIRE(moved(again.results[r].value, *function.graph) ==
                        function.results[r].value);
            }
        }
}

TEST_CASE("equal parts of a definition are named, results keep their names") {
    Environment environment;
    environment.arguments = {{"x", {}, {}, 2}};
    const Function function = testing::parsed_functions(
        "def f(x, a):\n"
        "    root = sqrt(x[0] + x[1])\n"
        "    flow = root * a + 1 / root\n"
        "    return flow, a, root - flow, sqrt(a)\n",
        environment)[0];
    REQUIRE(to_string(function) ==
            "def f(x, a):\n"
            "    t0 = sqrt(x[0] + x[1])\n"
            "    flow = a * t0 + 1 / t0\n"
            "    return flow, a, t0 - flow, sqrt(a)\n");
    const Function again = testing::parsed_functions(to_string(function), environment)[0];
    REQUIRE(to_string(again) == to_string(function));
    REQUIRE(again.results[0].name == "flow");
}

TEST_CASE("names of a printed definition do not clash") {
    const Function function = testing::parsed_functions(
        "def f(t0, t2):\n"
        "    t1 = t0 * t2\n"
        "    t0 = sqrt(t1) + t1\n"
        "    t1 = exp(t0) + t0\n"
        "    return t1, t0\n")[0];
    const Function again = testing::parsed_functions(to_string(function))[0];
    INFO(to_string(function));
    for (std::size_t r = 0; r < 2; ++r)
        REQUIRE(moved(again.results[r].value, *function.graph) == function.results[r].value);
}

TEST_CASE("a graph of any depth and width is printed") {
    Function function;
    function.name = "deep";
    function.arguments = {{"a", {}, {}}};
    function.graph = std::make_shared<Graph>();
    Expression chain = function.argument(0), doubling = chain;
    for (int i = 0; i < 100'000; ++i) chain = sqrt(chain + 1.0);
    for (int i = 0; i < 100; ++i) doubling = doubling * doubling + 1.0;
    // written out, the second is 2^100 long
    REQUIRE(to_string(function, chain).find("...") != std::string::npos);
    REQUIRE(to_string(function, doubling).size() < 1'000'000);
    function.results = {{"result0", doubling, {}}};
    REQUIRE(testing::value_at(
                testing::parsed_functions(to_string(function), {})[0].results[0].value, {-1.0}) ==
            testing::value_at(doubling, {-1.0}));
    chain = function.argument(0);
    for (int i = 0; i < 5'000; ++i) chain = sqrt(chain + 1.0);
    function.results = {{"result0", chain, {}}};
    REQUIRE(testing::value_at(
                testing::parsed_functions(to_string(function), {})[0].results[0].value, {3.0}) ==
            testing::value_at(chain, {3.0}));
}

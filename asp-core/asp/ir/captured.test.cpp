#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;
using testing::parsed_functions;

namespace {

Environment of_a_host() {
    Environment environment;
    environment.captured = {{"count", {std::int64_t{3}}},
                            {"steep", {true}},
                            {"half", {0.5}},
                            {"weights", {std::vector<Captured>{{1.0}, {std::int64_t{2}}, {4.0}}}}};
    environment.aliases = {{"m", "math"}, {"root", "sqrt"}};
    environment.refused = {{"table", "'table' is a list, which may change"}};
    Function scaled = parsed_functions("def scaled(a, by, plus): return a * by + plus")[0];
    scaled.arguments[2].preset = 7.0;
    environment.functions = {{"scaled", scaled}, {"tools.scaled", scaled}};
    return environment;
}

double value(const std::string& expression, double a) {
    const auto functions = parsed_functions("def f(a): return " + expression, of_a_host());
    return testing::value_at(functions.back().results[0].value, {a});
}

std::string complaint_about(const std::string& expression) {
    asp::Diagnostics diagnostics;
    const std::string text = "def f(a): return " + expression;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text, 1});
    REQUIRE(parse_functions(source, of_a_host(), diagnostics).empty());
    return testing::joined(diagnostics.lines());
}

}  // namespace

TEST_CASE("whole numbers, conditions and tuples are captured as what they are") {
    REQUIRE(value("sum(a * i for i in range(count))", 2.0) == 6.0);
    REQUIRE(value("a ** count", 2.0) == 8.0);
    REQUIRE(value("a if steep else -a", 2.0) == 2.0);
    REQUIRE(value("sum(w * a ** i for i, w in enumerate(weights))", 3.0) == 1 + 6 + 36);
    REQUIRE(value("weights[-1] * half", 0.0) == 2.0);
}

TEST_CASE("the language's own names may have others in the host") {
    REQUIRE(value("m.sqrt(a) + root(a) + math.sqrt(a)", 9.0) == 9.0);
    REQUIRE(value("a * m.inf", 1.0) == std::numeric_limits<double>::infinity());
}

TEST_CASE("a function of the host takes arguments by place, by keyword and by default") {
    REQUIRE(value("scaled(a, 2, 3)", 5.0) == 13.0);
    REQUIRE(value("scaled(a, 2)", 5.0) == 17.0);
    REQUIRE(value("scaled(by=3, a=a)", 5.0) == 22.0);
    REQUIRE(value("tools.scaled(2, plus=a, by=2)", 5.0) == 9.0);
}

TEST_CASE("a call of a function of the host that does not fit is told") {
    const std::string head = "heat.py:1:18: 'scaled' takes 3 arguments (a, by, plus), not ";
    REQUIRE(complaint_about("scaled(a)").starts_with(head + "1\n"));
    REQUIRE(complaint_about("scaled(a, 1, 2, 3)").starts_with(head + "4\n"));
    REQUIRE(complaint_about("scaled(a, a=1)").find("parameter 'a' is given twice") !=
            std::string::npos);
    REQUIRE(complaint_about("scaled(a, 1, c=2)").find("'scaled' has no parameter 'c'") !=
            std::string::npos);
}

TEST_CASE("a name that a text must not use is told with the host's reason") {
    REQUIRE(complaint_about("a + table[0]") ==
            "heat.py:1:22: 'table' is a list, which may change\n"
            "    def f(a): return a + table[0]\n"
            "                         ^~~~~");
    REQUIRE(complaint_about("table.size").find("which may change") != std::string::npos);
    REQUIRE(complaint_about("table(a)").find("which may change") != std::string::npos);
}

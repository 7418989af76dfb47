#include "asp/ir/trace.hpp"

#include <algorithm>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"

using namespace asp::ir;

namespace {

/// A function of the named arguments, without results yet.
Function function_of(std::vector<std::string> names) {
    Function f;
    f.graph = std::make_shared<Graph>();
    for (std::string& name : names) f.arguments.push_back({std::move(name), {}, {}});
    return f;
}

}  // namespace

TEST_CASE("a trace has every part once, innermost first, with its value") {
    Function f = function_of({"A", "A0", "beta"});
    const Expression root = sqrt(f.argument(0)), rest = sqrt(f.argument(1));
    const Expression strain = root - rest;
    f.results = {{"pressure", f.argument(2) * strain + strain, {}}};
    REQUIRE(trace(f, std::vector{4.0, 2.25, 1e6}) ==
            "A                                                 4\n"
            "A0                                                2.25\n"
            "beta                                              1e+06\n"
            "sqrt(A)                                           2\n"
            "sqrt(A0)                                          1.5\n"
            "sqrt(A) - sqrt(A0)                                0.5\n"
            "(sqrt(A) - sqrt(A0)) * beta                       500000\n"
            "sqrt(A) - sqrt(A0) + (sqrt(A) - sqrt(A0)) * beta  500000\n");
}

TEST_CASE("a trace says where a value is no number or infinite first") {
    Function f = function_of({"x"});
    const Expression x = f.argument(0), root = sqrt(x - 2.0), inverse = 1.0 / (x - 1.0);
    f.results = {
        {"a", root * 3.0, {}}, {"b", inverse + 1.0, {}}, {"c", x < f.graph->constant(1.5), {}}};
    REQUIRE(trace(f, std::vector{1.0}) ==
            "x                1\n"
            "x - 2            -1\n"
            "sqrt(x - 2)      nan  <- not a number\n"
            "x - 1            0\n"
            "1 / (x - 1)      inf  <- infinite\n"
            "sqrt(x - 2) * 3  nan\n"
            "1 + 1 / (x - 1)  inf\n"
            "x < 1.5          True\n"
            "a                nan\n"
            "b                inf\n"
            "c                True\n");
}

TEST_CASE("a long part of a trace is numbered and stands by its number in what is around it") {
    Function f = function_of({"stiffness", "area", "reference_area"});
    const Expression stiffness = f.argument(0), root = sqrt(f.argument(1));
    const Expression strain = (root - sqrt(f.argument(2))) / f.argument(2);
    f.results = {{"", exp(stiffness * strain) - strain, {}}};
    REQUIRE(trace(f, std::vector{2.0, 4.0, 1.0}) ==
            "stiffness                                                  2\n"
            "area                                                       4\n"
            "reference_area                                             1\n"
            "sqrt(area)                                                 2\n"
            "sqrt(reference_area)                                       1\n"
            "sqrt(area) - sqrt(reference_area)                          1\n"
            "#1 = (sqrt(area) - sqrt(reference_area)) / reference_area  1\n"
            "stiffness * #1                                             2\n"
            "exp(stiffness * #1)                                        7.38906\n"
            "exp(stiffness * #1) - #1                                   6.38906\n");
}

TEST_CASE("of a deep function a trace leaves out the middle, but not where it breaks") {
    Function f = function_of({"x"});
    Expression chain = f.argument(0);
    for (int i = 0; i < 100000; ++i)
        chain = i == 50000 ? log(chain * 0.0 - 1.0) : sqrt(chain + 0.5);
    f.results = {{"", chain, {}}};
    const std::string table = trace(f, std::vector{1.0});
    REQUIRE(std::count(table.begin(), table.end(), '\n') == 203);
    REQUIRE(table.find(" nan  <- not a number\n... ") != std::string::npos);
    REQUIRE(table.find("\n... 99") != std::string::npos);
}

TEST_CASE("the lines of a trace are as many as a function's parts") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Function f = testing::random_function(
            seed, {.arguments = 4, .size = 5 + seed / 4, .wild = seed % 3 == 0});
        const std::string table = trace(f, testing::random_point(f, seed));
        std::vector<char> needed(f.graph->size(), 0);
        needed[f.results[0].value.id()] = 1;
        std::ptrdiff_t parts = 0;
        for (NodeId id = static_cast<NodeId>(needed.size()); id-- > 0;) {
            const Node& node = f.graph->node(id);
            if (!needed[id] || node.op == Op::constant) continue;
            ++parts;
            for (std::size_t k = 0; k < operand_count(node.op); ++k) needed[node.operands[k]] = 1;
        }
        if (f.results[0].value.is_constant()) parts = 1;
        REQUIRE(std::count(table.begin(), table.end(), '\n') == parts);
    }
}

TEST_CASE("a trace at a point with too few coordinates is a mistake of the caller's") {
    Function f = function_of({"x"});
    f.results = {{"", f.argument(0), {}}};
    REQUIRE_THROWS_AS(trace(f, {}), asp::AssertionFailure);
}

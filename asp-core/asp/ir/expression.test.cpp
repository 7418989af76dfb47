#include "asp/ir/expression.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"

using namespace asp::ir;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Equal to the bit, all NaN being one.
bool same(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Where arithmetic has its corners.
const std::vector<double> corners{0.0,
                                  -0.0,
                                  1.0,
                                  -1.0,
                                  2.0,
                                  -0.5,
                                  0.1,
                                  3.0,
                                  -7.3,
                                  infinite,
                                  -infinite,
                                  not_a_number,
                                  1e-320,
                                  -1e300,
                                  1.7976931348623157e308,
                                  2.2250738585072014e-308};

}  // namespace

TEST_CASE("equal parts of a graph are one node") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    REQUIRE(x + y == x + y);
    REQUIRE(x + y == y + x);
    REQUIRE(x * y == y * x);
    REQUIRE(x - y != y - x);
    REQUIRE(graph.argument(0) == x);
    REQUIRE(graph.constant(2.0) == graph.constant(2.0));
    REQUIRE(graph.constant(0.0) != graph.constant(-0.0));
    REQUIRE(graph.constant(not_a_number) == graph.constant(-not_a_number));
    REQUIRE(graph.constant(1.0) != graph.boolean(true));
    REQUIRE(sqrt(x + y) == sqrt(y + x));
    // Python's min(a, b) is not its min(b, a): NaN and the sign of zero tell them apart
    REQUIRE(minimum(x, y) != minimum(y, x));
}

TEST_CASE("operands stand before the nodes that use them") {
    const Function function = testing::random_function(1, {.size = 200, .wild = true});
    const Graph& graph = *function.graph;
    for (NodeId id = 0; id < graph.size(); ++id)
        for (std::size_t i = 0; i < operand_count(graph.node(id).op); ++i)
            REQUIRE(graph.node(id).operands[i] < id);
}

TEST_CASE("an operation on constants is a constant") {
    Graph graph;
    const Expression two = graph.constant(2.0), half = graph.constant(0.5);
    REQUIRE((two + half).is_constant(2.5));
    REQUIRE(exp(half).is_constant(std::exp(0.5)));
    REQUIRE((two < half) == graph.boolean(false));
    REQUIRE(select(two < half, two, half) == half);
    REQUIRE((two / graph.constant(0.0)).is_constant(infinite));
    REQUIRE((-graph.constant(0.0)).is_constant(-0.0));
}

TEST_CASE("what arithmetic leaves the same to the bit is simplified") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    const Expression a = graph.argument(2, Type::boolean), b = graph.argument(3, Type::boolean);
    REQUIRE(x * 1.0 == x);
    REQUIRE(-1.0 * x == -x);
    REQUIRE(x / 1.0 == x);
    REQUIRE(-(-x) == x);
    REQUIRE(x - 0.0 == x);
    REQUIRE(x + -0.0 == x);
    REQUIRE(x + (-y) == x - y);
    REQUIRE((-x) * (-y) == x * y);
    REQUIRE((-x) / y == -(x / y));
    REQUIRE(x / 4.0 == x * 0.25);
    REQUIRE(abs(-x) == abs(x));
    REQUIRE(abs(abs(x)) == abs(x));
    REQUIRE(unary(Op::logical_not, unary(Op::logical_not, a)) == a);
    REQUIRE(graph.apply(Op::logical_and, {a, graph.boolean(true)}) == a);
    REQUIRE(graph.apply(Op::logical_or, {a, graph.boolean(true)}) == graph.boolean(true));
    REQUIRE(select(a, x, x) == x);
    REQUIRE(select(unary(Op::logical_not, a), x, y) == select(a, y, x));
    REQUIRE(select(a, a, b).type() == Type::boolean);
}

TEST_CASE("what arithmetic does not leave the same to the bit stays") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    REQUIRE(x + 0.0 != x);                                       // -0 + 0 is 0
    REQUIRE(!(x * 0.0).is_constant());                           // infinities, NaN, signs
    REQUIRE(!(x - x).is_constant());                             // likewise
    REQUIRE(!(x / x).is_constant());                             // likewise
    REQUIRE((x + y) + 1.0 != x + (y + 1.0));                     // rounding
    REQUIRE((x / 3.0).is(Op::divide));                           // 1/3 is rounded
    REQUIRE((x / 0x1p-1074).is(Op::divide));                     // its reciprocal overflows
    REQUIRE(abs(sqrt(x)) != sqrt(x));                            // sqrt(-0) is -0
    REQUIRE((0.0 - x).is(Op::subtract));                         // 0 - 0 is 0, not -0
    REQUIRE(unary(Op::logical_not, x < y).is(Op::logical_not));  // x >= y is false for NaN, too
}

TEST_CASE("simplification keeps every value to the bit, whatever the operands") {
    // Builds nodes and computes their values beside, without any simplification.
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::mt19937_64 random(seed);
        const auto below = [&](std::size_t n) { return random() % n; };
        Graph graph;
        std::vector<double> point;
        std::vector<std::pair<Expression, double>> reals, booleans;
        for (std::size_t i = 0; i < 3; ++i) {
            point.push_back(corners[below(corners.size())]);
            reals.emplace_back(graph.argument(i), point[i]);
        }
        for (const double c : corners)
            if (below(2) == 0) reals.emplace_back(graph.constant(c), c);
        booleans.emplace_back(graph.boolean(below(2) == 0), 0.0);
        booleans[0].second = booleans[0].first.value();
        for (int step = 0; step < 60; ++step) {
            const auto op = static_cast<Op>(2 + below(op_count - 2));
            const bool of_booleans =
                op == Op::logical_not || op == Op::logical_and || op == Op::logical_or;
            const bool selects_booleans = op == Op::select && below(2) == 0;
            std::vector<Expression> operands;
            std::array<double, 3> values{};
            for (std::size_t i = 0; i < operand_count(op); ++i) {
                const bool boolean =
                    of_booleans || (op == Op::select && (i == 0 || selects_booleans));
                const auto& from = boolean ? booleans : reals;
                const auto& [expression, value] = from[below(from.size())];
                operands.push_back(expression);
                values[i] = value;
            }
            const Expression result = graph.apply(op, operands);
            const double value = evaluate(op, values[0], values[1], values[2]);
            INFO("seed " << seed << ", " << name_of(op) << " of " << values[0] << ", " << values[1]
                         << ", " << values[2]);
            REQUIRE(same(testing::value_at(result, point), value));
            (result.type() == Type::boolean ? booleans : reals).emplace_back(result, value);
        }
    }
}

TEST_CASE("powers with small whole exponents are products, with one half a square root") {
    Graph graph;
    const Expression x = graph.argument(0);
    const auto to = [&](double n) { return power(x, graph.constant(n)); };
    REQUIRE(to(0.0).is_constant(1.0));
    REQUIRE(to(1.0) == x);
    REQUIRE(to(2.0) == x * x);
    REQUIRE(to(3.0) == x * (x * x));
    REQUIRE(to(-1.0) == 1.0 / x);
    REQUIRE(to(-2.0) == 1.0 / (x * x));
    REQUIRE(to(0.5) == sqrt(x));
    REQUIRE(to(-0.5) == 1.0 / sqrt(x));
    REQUIRE(to(17.0).is(Op::power));
    REQUIRE(to(0.3).is(Op::power));
    REQUIRE(power(graph.constant(2.0), x).is(Op::power));
    for (int n = -16; n <= 16; ++n) {
        // one rounding, half a unit in the last place each, for every product
        const double value = testing::value_at(to(n), {1.7});
        REQUIRE(value == Approx(std::pow(1.7, n)).epsilon(8 * 2.3e-16));
    }
}

TEST_CASE("a node remembers where it was written first") {
    Graph graph;
    const Expression x = graph.argument(0);
    graph.set_span({4, 9});
    const Expression root = sqrt(x);
    graph.set_span({20, 25});
    REQUIRE(sqrt(x).span().begin == 4);
    REQUIRE(root.span().end == 9);
    REQUIRE(exp(x).span().begin == 20);
}

TEST_CASE("operands of another graph or of the wrong number are refused") {
    Graph graph, other;
    const Expression x = graph.argument(0);
    REQUIRE_THROWS_AS(x + other.argument(0), asp::AssertionFailure);
    REQUIRE_THROWS_AS(graph.apply(Op::add, {x}), asp::AssertionFailure);
    REQUIRE_THROWS_AS(graph.apply(Op::negate, {x, x}), asp::AssertionFailure);
}

TEST_CASE("random functions for tests are finite on their arguments' ranges") {
    for (const bool smooth : {false, true})
        for (std::uint64_t seed = 0; seed < 500; ++seed) {
            const Function function =
                testing::random_function(seed, {.size = 40, .results = 2, .smooth = smooth});
            for (std::uint64_t i = 0; i < 5; ++i) {
                const auto point = testing::random_point(function, i);
                for (const Result& result : function.results) {
                    INFO("seed " << seed);
                    REQUIRE(std::abs(testing::value_at(result.value, point)) < 1e6);
                }
            }
        }
}

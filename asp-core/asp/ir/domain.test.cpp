#include "asp/ir/domain.hpp"

#include <cmath>
#include <ctime>
#include <random>

#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir {
namespace {

using testing::random_function;
using testing::value_at;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A function of arguments with ranges.
Function of(const std::shared_ptr<Graph>& graph, std::vector<Argument> arguments,
            Expression value) {
    return {"f", std::move(arguments), {{"f", value, {}}}, graph, nullptr};
}

std::vector<std::string> complaints(const Function& function) {
    Diagnostics diagnostics;
    check_domain(function, diagnostics);
    return diagnostics.lines();
}

/// Area and reference area between these bounds.
struct Areas {
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
    Expression area = graph->argument(0), area0 = graph->argument(1);
    std::vector<Argument> arguments{{"A", {}, {1e-5, 4e-5}}, {"A0", {}, {2e-5, 3e-5}}};

    std::vector<std::string> check(Expression e) { return complaints(of(graph, arguments, e)); }
    Enclosure enclosed(Expression e) { return enclose(e, arguments); }
};

struct Line {
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
    Expression x = graph->argument(0);

    std::vector<std::string> check(Expression e, Interval range) {
        return complaints(of(graph, {{"x", {}, range}}, e));
    }
    Enclosure enclosed(Expression e, Interval range) { return enclose(e, {{"x", {}, range}}); }
};

}  // namespace

TEST_CASE("an enclosure contains every value that the arguments' ranges give") {
    std::mt19937_64 random(3);
    const auto uniform = [&](double low, double high) {
        return low + (high - low) * (double(random() >> 11) * 0x1p-53);
    };
    int bounded = 0, nodes = 0;
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        Function f = random_function(seed, {.size = 12, .wild = seed % 2 == 0});
        const double width = std::pow(10.0, uniform(-4.0, 0.6));  // narrow boxes and wide ones
        for (Argument& argument : f.arguments) {
            const double low = seed % 5 == 0 ? 0.0 : uniform(-2.0, 2.0);
            argument.range = {low, low + width};
        }
        const Expression e = f.results[0].value;
        for (const Expression node : needed(std::span(&e, 1))) {
            const Enclosure found = enclose(node, f.arguments);
            ++nodes;
            bounded += found.values.bounded();
            for (int i = 0; i < 12; ++i) {
                std::vector<double> point;
                for (const Argument& argument : f.arguments) {
                    const Interval& r = argument.range;
                    point.push_back(i < 8 ? uniform(r.low, r.high) : i % 2 ? r.low : r.high);
                }
                const double value = value_at(node, point);
                INFO("seed " << seed << ", node " << node.id() << " " << name_of(node.op()) << ": "
                             << value << " in [" << found.values.low << ", " << found.values.high
                             << "]");
                if (std::isnan(value))
                    REQUIRE(found.may_be_nan);
                else
                    REQUIRE(found.values.contains(value));
            }
        }
    }
    REQUIRE(bounded > nodes / 2);
}

TEST_CASE("powers are enclosed for all bases and exponents") {
    const double some[]{-infinity, -3.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, infinity};
    Graph graph;
    const Expression e = graph.apply(Op::power, {graph.argument(0), graph.argument(1)});
    for (const double a : some)
        for (const double b : some)
            for (const double c : some)
                for (const double d : some) {
                    if (!(a <= b) || !(c <= d)) continue;
                    const Enclosure found = enclose(e, {{"x", {}, {a, b}}, {"y", {}, {c, d}}});
                    for (const double x : some)
                        for (const double y : some) {
                            if (!(a <= x && x <= b && c <= y && y <= d)) continue;
                            const double value = std::pow(x, y);
                            if (std::isnan(value) ? found.may_be_nan : found.values.contains(value))
                                continue;
                            FAIL(x << "^" << y << " in [" << a << ", " << b << "]^[" << c << ", "
                                   << d << "]");
                        }
                }
}

TEST_CASE("an enclosure of one operation is tight") {
    Line line;
    const auto near = [](const Enclosure& found, double low, double high) {
        REQUIRE_FALSE(found.may_be_nan);
        REQUIRE(found.values.low == Approx(low).epsilon(1e-14));
        REQUIRE(found.values.high == Approx(high).epsilon(1e-14));
        REQUIRE(found.values.contains(low));
        REQUIRE(found.values.contains(high));
    };
    const Expression x = line.x;
    near(line.enclosed(sqrt(x), {4.0, 9.0}), 2.0, 3.0);
    near(line.enclosed(x * x, {-1.0, 3.0}), 0.0, 9.0);
    near(line.enclosed(x - x, {-1.0, 3.0}), 0.0, 0.0);
    near(line.enclosed(x / x, {1.0, 3.0}), 1.0, 1.0);
    near(line.enclosed(1.0 / x, {-4.0, -2.0}), -0.5, -0.25);
    near(line.enclosed(unary(Op::sine, x), {0.0, 2.0}), 0.0, 1.0);
    near(line.enclosed(unary(Op::cosine, x), {-1.0, 4.0}), -1.0, 1.0);
    near(line.enclosed(unary(Op::tangent, x), {-1.0, 1.0}), -std::tan(1.0), std::tan(1.0));
    near(line.enclosed(abs(x), {-3.0, 2.0}), 0.0, 3.0);
    near(line.enclosed(power(x, line.graph->constant(1.5)), {1.0, 4.0}), 1.0, 8.0);
    near(line.enclosed(select(x < line.graph->constant(0.0), -x, x), {2.0, 3.0}), 2.0, 3.0);
    near(line.enclosed(select(x < line.graph->constant(0.0), -x, x), {-1.0, 3.0}), -3.0, 3.0);
    near(line.enclosed(unary(Op::hyperbolic_cosine, x), {-1.0, 2.0}), 1.0, std::cosh(2.0));
}

TEST_CASE("an enclosure tells where NaN is possible") {
    Line line;
    const Expression x = line.x;
    REQUIRE(line.enclosed(sqrt(x), {-1.0, 1.0}).may_be_nan);
    REQUIRE_FALSE(line.enclosed(sqrt(x), {0.0, 1.0}).may_be_nan);
    REQUIRE(line.enclosed(x / (x - 1.0), {0.0, 1.0}).values == Interval{});
    REQUIRE(line.enclosed(unary(Op::arc_sine, x), {0.0, 1.1}).may_be_nan);
    REQUIRE(line.enclosed(power(x, line.graph->constant(0.3)), {-1.0, 1.0}).may_be_nan);
    REQUIRE_FALSE(line.enclosed(x * x * x, {-1.0, 1.0}).may_be_nan);
    // what is not chosen does no harm; what a comparison with NaN chooses is known
    REQUIRE_FALSE(line.enclosed(minimum(sqrt(x), x), {-2.0, -1.0}).may_be_nan);
    REQUIRE(line.enclosed(minimum(x, sqrt(x)), {-2.0, -1.0}).may_be_nan);
}

TEST_CASE("a root of a negative difference of areas is refused with an example") {
    Areas areas;
    const std::vector<std::string> lines = areas.check(3.0 * sqrt(areas.area - areas.area0) + 1.0);
    REQUIRE(lines ==
            std::vector<std::string>{"f: sqrt(-1e-05) is not a number at A = 1e-05, A0 = 2e-05"});
}

TEST_CASE("formulas that are defined on their whole range are accepted") {
    Areas areas;
    const Expression difference = areas.area - areas.area0;
    REQUIRE(areas.check(sqrt(abs(difference))).empty());
    REQUIRE(areas.check(difference * difference).empty());
    REQUIRE(areas.check(sqrt(difference * difference)).empty());
    REQUIRE(areas.check(sqrt(maximum(difference, areas.graph->constant(0.0)))).empty());
    REQUIRE(areas.check(2e5 * (sqrt(areas.area) - sqrt(areas.area0)) / areas.area0).empty());
    REQUIRE(areas.check(log(areas.area / areas.area0)).empty());
}

TEST_CASE("a doubt of interval arithmetic is no complaint") {
    // x appears more than once, so that intervals see a sign that never occurs
    Line line;
    const Expression x = line.x;
    REQUIRE(line.enclosed(sqrt(x * x - x + 1.0), {0.0, 4.0}).may_be_nan);
    REQUIRE(line.check(sqrt(x * x - x + 1.0), {0.0, 4.0}).empty());
    const Expression zero = line.graph->constant(0.0);
    REQUIRE(line.check(select(x < zero, zero, sqrt(x)), {-1.0, 1.0}).empty());
    REQUIRE(line.check(select(zero < x, 1.0 / x, zero), {-1.0, 1.0}).empty());
}

TEST_CASE("each kind of failure is named with its operands") {
    Line line;
    const Expression x = line.x;
    const auto says = [&](Expression e, Interval range, const std::string& wanted) {
        REQUIRE(line.check(e, range) == std::vector{"f: " + wanted});
    };
    says(1.0 / x, {0.0, 1.0}, "1 / 0 is infinite at x = 0");
    says(1.0 / x, {-1.0, 1.0}, "1 / 0 is infinite at x = 0");
    says(log(x), {0.0, 1.0}, "log(0) is infinite at x = 0");
    says(exp(x), {0.0, 1000.0}, "exp(1000) is infinite at x = 1000");
    says(exp(x) - exp(x + 1.0), {0.0, 1000.0}, "exp(1000) is infinite at x = 1000");
    says(power(x, line.graph->constant(0.3)), {-2.0, 1.0}, "(-2)**0.3 is not a number at x = -2");
    says(unary(Op::arc_sine, x), {0.0, 2.0}, "asin(2) is not a number at x = 2");
    says(select(x < line.graph->constant(0.0), sqrt(x), x), {-4.0, 1.0},
         "sqrt(-4) is not a number at x = -4");
    says(select(line.graph->constant(0.0) < x, x, log(x)), {-4.0, 1.0},
         "log(-4) is not a number at x = -4");
    says(maximum(x, sqrt(x)), {-4.0, 1.0}, "sqrt(-4) is not a number at x = -4");
    says(line.graph->constant(std::nan("")) * x, {0.0, 1.0}, "0 * nan is not a number at x = 0");
    says(line.graph->constant(infinity), {0.0, 1.0}, "the value is infinite");
}

TEST_CASE("a failure inside the range is found though no corner shows it") {
    Line line;
    const Expression x = line.x;
    // negative for x in (0.2999, 0.3001), a five-thousandth of the range
    const auto narrow = line.check(sqrt((x - 0.3) * (x - 0.3) - 1e-8), {0.0, 1.0});
    REQUIRE(narrow.size() == 1);
    REQUIRE(narrow[0].find("sqrt(-") != std::string::npos);
    REQUIRE(line.check(log(x - 1e-7), {1e-9, 1.0}).size() == 1);
    REQUIRE(line.check(log(2.0 + unary(Op::sine, 7.0 * x) * 2.001), {0.0, 10.0}).size() == 1);
}

TEST_CASE("a failure within a ball in six dimensions is found") {
    auto graph = std::make_shared<Graph>();
    std::vector<Argument> arguments;
    Expression square = graph->constant(-0.2);
    for (std::size_t i = 0; i < 6; ++i) {
        const Expression d = graph->argument(i) - 0.4;
        square = square + d * d;
        arguments.push_back({std::string(1, static_cast<char>('a' + i)), {}, {0.0, 1.0}});
    }
    REQUIRE(complaints(of(graph, arguments, log(square))).size() == 1);
    REQUIRE(complaints(of(graph, arguments, log(square + 0.25))).empty());
}

TEST_CASE("a failure scattered over eight dimensions is found") {
    // some percent of the points, none of them a corner, and intervals see no structure
    auto graph = std::make_shared<Graph>();
    std::vector<Argument> arguments;
    Expression sum = graph->constant(0.0);
    for (std::size_t i = 0; i < 8; ++i) {
        sum = sum + unary(Op::sine, graph->argument(i) * 100.0);
        arguments.push_back({std::string(1, static_cast<char>('a' + i)), {}, {0.0, 1.0}});
    }
    REQUIRE(complaints(of(graph, arguments, sqrt(4.0 - sum))).size() == 1);
    REQUIRE(complaints(of(graph, arguments, sqrt(8.0 - sum))).empty());
}

TEST_CASE("an argument of unknown range is tried at 1 and at its finite end") {
    Line line;
    const Expression x = line.x;
    REQUIRE(line.check(1.0 / (x - 1.0), {}).size() == 1);
    REQUIRE(line.check(1.0 / x, {}).empty());
    REQUIRE(line.check(1.0 / x, {0.0, infinity}).size() == 1);
    REQUIRE(line.check(sqrt(x), {0.0, infinity}).empty());
    REQUIRE(line.check(sqrt(x - 3.0), {2.0, infinity}).size() == 1);
    REQUIRE(line.check(exp(x), {}).empty());
}

TEST_CASE("each part that fails is told once") {
    Areas areas;
    const Expression root = sqrt(areas.area - areas.area0);
    const Function f{"f",
                     areas.arguments,
                     {{"p", root, {}}, {"q", root + 1.0, {}}, {"r", log(areas.area - 1.0), {}}},
                     areas.graph,
                     nullptr};
    const std::vector<std::string> lines = complaints(f);
    REQUIRE(lines.size() == 2);
    REQUIRE(lines[0].starts_with("f: sqrt("));
    REQUIRE(lines[1].starts_with("f: log("));
}

TEST_CASE("a function with a text is complained about at the part that fails") {
    Areas areas;
    const std::string text = "2 * sqrt(A - A0)";
    areas.graph->set_span({4, 16});
    const Expression root = sqrt(areas.area - areas.area0);
    areas.graph->set_span({0, 16});
    Function f = of(areas.graph, areas.arguments, 2.0 * root);
    f.source = std::make_shared<Source>(Source{"aorta.yaml:7: tube_law", text, 0});
    const std::vector<std::string> lines = complaints(f);
    REQUIRE(lines.size() == 1);
    REQUIRE(
        lines[0].starts_with("aorta.yaml:7: tube_law: sqrt(-1e-05) is not a number at "
                             "A = 1e-05, A0 = 2e-05"));
    REQUIRE(lines[0].find("    ^~~~~~~~~~~~") != std::string::npos);
}

TEST_CASE("a domain check of random functions complains only of what fails") {
    int failing = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const Function tame = random_function(seed, {.arguments = 3, .size = 20});
        INFO("seed " << seed);
        REQUIRE(complaints(tame).empty());
        failing += !complaints(random_function(seed, {.arguments = 3, .wild = true})).empty();
    }
    REQUIRE(failing > 10);
}

TEST_CASE("a domain check of a large function takes bounded time") {
    Line line;
    Expression chain = line.x;
    for (int i = 0; i < 50000; ++i) chain = unary(Op::sine, chain) + 1.5 * chain / (chain + 0.1);
    const std::clock_t begin = std::clock();
    line.check(log(chain + 1e9) + sqrt(chain - chain * chain + 1e6), {0.0, 1.0});
    const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
    REQUIRE(seconds < 20.0);  // some 0.5 s; a sanitizer is 20 times slower
}

}  // namespace asp::ir

#include "asp/ir/differentiate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir {
namespace {

using testing::random_function;
using testing::random_point;
using testing::RandomOptions;
using testing::value_at;

/// The slope of a function along an argument from differences of its values.
struct Slope {
    double value;
    double uncertainty;  ///< of `value`
    bool kink;           ///< slopes from both sides differ: no derivative here
};

/// Central differences D(h), D(h/2) in Richardson's combination (4 D(h/2) - D(h)) / 3; what the two
/// differ by bounds its truncation. Rounding: values up to some hundred, through some ten
/// operations each, over h.
Slope slope(Expression e, std::vector<double> point, std::size_t argument) {
    const double x = point[argument];
    const auto at = [&](double offset) {
        point[argument] = x + offset;
        return value_at(e, point);
    };
    const double h = 1e-3, middle = at(0.0);
    const double right = at(h), left = at(-h), right2 = at(h / 2), left2 = at(-h / 2);
    const double coarse = (right - left) / (2 * h), fine = (right2 - left2) / h;
    const double sides = std::abs(right - 2 * middle + left) / h,
                 sides2 = std::abs(right2 - 2 * middle + left2) * 2 / h;
    const double noise = 1e-13 * (1.0 + std::abs(middle)) / h;
    // The difference of the sides halves with h where the function is smooth.
    const bool kink = sides2 > 0.75 * sides + noise || sides > 0.1 * (1.0 + std::abs(fine));
    return {(4 * fine - coarse) / 3, std::abs(fine - coarse) + noise, kink};
}

/// Compares at random points; how many were sharp tests (slope known to 1e-6) and how many kinks.
std::pair<int, int> compare_with_differences(const RandomOptions& options, std::uint64_t seeds) {
    int sharp = 0, kinks = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const Function f = random_function(seed, options);
        const Expression e = f.results[0].value;
        for (std::size_t argument = 0; argument < options.arguments; ++argument) {
            const Expression d = derivative(e, argument);
            const std::vector<double> point = random_point(f, seed);
            const Slope wanted = slope(e, point, argument);
            const double found = d ? value_at(d, point) : 0.0;
            if (wanted.kink) {
                ++kinks;
                continue;
            }
            if (wanted.uncertainty < 1e-6 * (1.0 + std::abs(wanted.value))) ++sharp;
            INFO("seed " << seed << ", argument " << argument);
            REQUIRE(std::abs(found - wanted.value) <= wanted.uncertainty);
        }
    }
    return {sharp, kinks};
}

struct Rule {
    const char* name;
    std::function<Expression(Expression)> f;
    std::function<double(double)> slope;
};

}  // namespace

TEST_CASE("elementary functions have the derivatives of the tables") {
    const auto op = [](Op o) { return [o](Expression x) { return unary(o, x); }; };
    const std::vector<Rule> rules{
        {"sqrt", op(Op::square_root), [](double x) { return 0.5 / std::sqrt(x); }},
        {"cbrt", op(Op::cube_root), [](double x) { return std::pow(x, -2.0 / 3.0) / 3.0; }},
        {"exp", op(Op::exponential), [](double x) { return std::exp(x); }},
        {"log", op(Op::logarithm), [](double x) { return 1.0 / x; }},
        {"sin", op(Op::sine), [](double x) { return std::cos(x); }},
        {"cos", op(Op::cosine), [](double x) { return -std::sin(x); }},
        {"tan", op(Op::tangent), [](double x) { return 1.0 / std::pow(std::cos(x), 2); }},
        {"asin", op(Op::arc_sine), [](double x) { return 1.0 / std::sqrt(1.0 - x * x); }},
        {"acos", op(Op::arc_cosine), [](double x) { return -1.0 / std::sqrt(1.0 - x * x); }},
        {"atan", op(Op::arc_tangent), [](double x) { return 1.0 / (1.0 + x * x); }},
        {"sinh", op(Op::hyperbolic_sine), [](double x) { return std::cosh(x); }},
        {"cosh", op(Op::hyperbolic_cosine), [](double x) { return std::sinh(x); }},
        {"tanh", op(Op::hyperbolic_tangent),
         [](double x) { return 1.0 / std::pow(std::cosh(x), 2); }},
        {"x^1.7", [](Expression x) { return power(x, x.graph().constant(1.7)); },
         [](double x) { return 1.7 * std::pow(x, 0.7); }},
        {"x^-3", [](Expression x) { return power(x, x.graph().constant(-3.0)); },
         [](double x) { return -3.0 * std::pow(x, -4.0); }},
        {"2^x", [](Expression x) { return power(x.graph().constant(2.0), x); },
         [](double x) { return std::log(2.0) * std::exp2(x); }},
        {"x^x", [](Expression x) { return power(x, x); },
         [](double x) { return std::pow(x, x) * (std::log(x) + 1.0); }},
        {"atan2(x, 2)",
         [](Expression x) {
             return x.graph().apply(Op::arc_tangent_2, {x, x.graph().constant(2)});
         },
         [](double x) { return 2.0 / (4.0 + x * x); }},
    };
    Graph graph;
    const Expression x = graph.argument(0);
    for (const Rule& rule : rules)
        for (const double at : {0.1, 0.5, 0.9}) {
            INFO(rule.name << " at " << at);
            // a few roundings apart
            REQUIRE(value_at(derivative(rule.f(x), 0), {at}) ==
                    Approx(rule.slope(at)).epsilon(1e-14));
        }
}

TEST_CASE("derivatives of smooth random functions agree with differences of their values") {
    const auto [sharp, kinks] =
        compare_with_differences({.arguments = 3, .size = 12, .smooth = true}, 2000);
    REQUIRE(sharp > 3600);  // most of 6000 tests mean something
    REQUIRE(kinks < 600);
}

TEST_CASE("derivatives of random functions with branches agree with differences off the kinks") {
    const auto [sharp, kinks] = compare_with_differences({.arguments = 3, .size = 12}, 2000);
    REQUIRE(sharp > 3600);
    REQUIRE(kinks < 900);
}

TEST_CASE("at a kink the derivative is that of the branch taken") {
    Graph graph;
    const Expression x = graph.argument(0), zero = graph.constant(0.0);
    const Expression d_abs = derivative(abs(x), 0);
    REQUIRE(value_at(d_abs, {2.0}) == 1.0);
    REQUIRE(value_at(d_abs, {-2.0}) == -1.0);
    REQUIRE(value_at(d_abs, {0.0}) == 1.0);
    REQUIRE(value_at(derivative(minimum(x, 3.0 * x), 0), {1.0}) == 1.0);
    REQUIRE(value_at(derivative(maximum(x, 3.0 * x), 0), {1.0}) == 3.0);
    REQUIRE(value_at(derivative(minimum(x, 3.0 * x), 0), {0.0}) == 3.0);  // 0 < 0 does not hold
    const Expression branch = derivative(select(x < zero, x * x, graph.constant(5.0)), 0);
    REQUIRE(value_at(branch, {-3.0}) == -6.0);
    REQUIRE(value_at(branch, {3.0}) == 0.0);
}

TEST_CASE("what does not depend on the argument has no derivative at all") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    REQUIRE_FALSE(derivative(exp(y) * 2.0, 0));
    REQUIRE_FALSE(derivative(graph.constant(3.0), 0));
    REQUIRE_FALSE(derivative(unary(Op::round_down, x), 0));
    REQUIRE_FALSE(derivative(x < y, 0));
    REQUIRE_FALSE(derivative(y + (x - x), 0));
    REQUIRE_FALSE(derivative(select(x < y, y, -y), 0));
}

TEST_CASE("no derivative contains a product by zero, a sum with zero or a product by one") {
    const auto is_zero = [](Expression e) { return e.is_constant() && e.value() == 0.0; };
    int checked = 0;
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
        const Function f = random_function(seed, {.size = 12, .smooth = true});
        const Expression e = f.results[0].value, d = derivative(e, 1);
        const std::vector<Expression> before = needed(std::span(&e, 1));
        // a factor 0 that somebody wrote stays in the derivative
        if (!d || std::any_of(before.begin(), before.end(), is_zero)) continue;
        ++checked;
        INFO("seed " << seed);
        for (const Expression node : needed(std::span(&d, 1))) {
            REQUIRE_FALSE(is_zero(node));
            if (!node.is(Op::multiply)) continue;
            REQUIRE_FALSE(node.operand(0).is_constant(1.0));
            REQUIRE_FALSE(node.operand(1).is_constant(1.0));
        }
    }
    REQUIRE(checked > 100);
}

TEST_CASE("a derivative reuses what the function computes anyway") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    REQUIRE(derivative(sqrt(x), 0) == 1.0 / (2.0 * sqrt(x)));
    REQUIRE(derivative(exp(x * y), 0) == y * exp(x * y));
    const Expression t = unary(Op::hyperbolic_tangent, x);
    REQUIRE(derivative(t, 0) == 1.0 - t * t);
    REQUIRE(derivative(x * x, 0) == 2.0 * x);
    REQUIRE(derivative(y / x, 0) == -((y / x) / x));
    REQUIRE(derivative(x / y, 0) == 1.0 / y);
    REQUIRE(derivative(power(x, y), 0) == y * power(x, y - 1.0));
}

TEST_CASE("the stiffness of the elastic tube law is beta / (2 sqrt(A) A0)") {
    Graph graph;
    const Expression a = graph.argument(0), beta = graph.argument(1), a0 = graph.argument(2);
    const Expression d = derivative(beta * (sqrt(a) - sqrt(a0)) / a0, 0);
    const double area = 4e-4, stiffness = 2.3e5, reference = 3e-4;
    REQUIRE(value_at(d, {area, stiffness, reference}) ==
            Approx(stiffness / (2.0 * std::sqrt(area) * reference)).epsilon(1e-15));
}

TEST_CASE("a Jacobian holds the partials that are not zero, in order") {
    auto graph = std::make_shared<Graph>();
    const Expression x = graph->argument(1), y = graph->argument(2), p = graph->argument(0);
    const Function f{"f",
                     {{"p", {}, {}}, {"x", {}, {}}, {"y", {}, {}}},
                     {{"r0", y * p, {}}, {"r1", x + y, {}}, {"r2", p, {}}, {"r3", x * x, {}}},
                     graph,
                     nullptr};
    const std::vector<Partial> partials = jacobian(f, 1, 3);
    const std::vector<std::array<std::size_t, 2>> wanted{{0, 2}, {1, 1}, {1, 2}, {3, 1}};
    REQUIRE(partials.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        REQUIRE(partials[i].result == wanted[i][0]);
        REQUIRE(partials[i].argument == wanted[i][1]);
    }
    REQUIRE(partials[0].value == p);
    REQUIRE(partials[3].value == 2.0 * x);
}

TEST_CASE("a partial is missing from a Jacobian where the result does not change") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const Function f =
            random_function(seed, {.arguments = 6, .size = 14, .results = 4, .smooth = true});
        const std::vector<Partial> partials = jacobian(f, 0, 6);
        std::size_t next = 0;
        for (std::size_t r = 0; r < 4; ++r)
            for (std::size_t a = 0; a < 6; ++a) {
                const bool there = next < partials.size() && partials[next].result == r &&
                                   partials[next].argument == a;
                if (there) REQUIRE(partials[next++].value == derivative(f.results[r].value, a));
                const bool depends =
                    depends_on(f.results[r].value, [a](std::size_t i) { return i == a; });
                INFO("seed " << seed);
                if (there || !depends) {
                    REQUIRE(there == depends);
                } else {  // as in y + (x - x)
                    const Slope zero = slope(f.results[r].value, random_point(f, seed), a);
                    REQUIRE(std::abs(zero.value) <= zero.uncertainty);
                }
            }
        REQUIRE(next == partials.size());
    }
}

TEST_CASE("a derivative stands where its function was written") {
    Graph graph;
    const Expression x = graph.argument(0);
    graph.set_span({4, 11});
    const Expression root = sqrt(x);
    graph.set_span({});
    REQUIRE(derivative(root, 0).span().begin == 4);
    REQUIRE(derivative(root, 0).span().end == 11);
}

TEST_CASE("a chain of 100000 operations is differentiated without overflowing the stack") {
    Graph graph;
    const Expression x = graph.argument(0);
    Expression chain = x;
    for (int i = 0; i < 100000; ++i) chain = unary(Op::sine, chain);
    const Expression d = derivative(chain, 0);
    REQUIRE(std::abs(value_at(d, {0.5})) < 1e-4);  // sin iterated n times falls as sqrt(3/n)
    REQUIRE(value_at(d, {0.5}) > 0.0);
}

}  // namespace asp::ir

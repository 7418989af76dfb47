#include "asp/ir/integrate.hpp"

#include <array>
#include <cmath>
#include <random>

#include "asp/base/testing.hpp"
#include "asp/ir/differentiate.hpp"
#include "asp/ir/random_expression.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir {
namespace {

using testing::value_at;

bool depends(Expression e, std::size_t argument) {
    return depends_on(e, [argument](std::size_t i) { return i == argument; });
}

Expression at(Expression e, std::size_t argument, Expression value) {
    std::vector<Expression> replacements(argument + 1);
    replacements[argument] = value;
    return substitute(e, e.graph(), replacements);
}

std::size_t operations(Expression e) {
    std::size_t count = 0;
    for (const Expression node : needed(std::span(&e, 1)))
        if (operand_count(node.op()) > 0) ++count;
    return count;
}

/// Arguments: area A, stiffness beta, reference area A0.
struct Tube {
    Graph graph;
    Expression area = graph.argument(0), beta = graph.argument(1), area0 = graph.argument(2);
    Expression elastic = beta * (sqrt(area) - sqrt(area0)) / area0;
    Expression power_law(double m, double n) {
        const Expression ratio = area / area0;
        return beta * (power(ratio, graph.constant(m)) - power(ratio, graph.constant(n)));
    }
    Expression exponential = beta * (exp(2.0 * (area / area0 - 1.0)) - 1.0);
    std::vector<double> point{4.4e-4, 2.3e5, 4e-4};
};

/// A sum of up to four powers of argument 0 with coefficients of arguments 1 and 2, as somebody
/// might write it.
Expression random_sum(Graph& graph, std::mt19937_64& random) {
    const Expression x = graph.argument(0), a = graph.argument(1), b = graph.argument(2);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    static constexpr double exponents[]{-2.0, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0, 0.37, -1.4};
    const auto term = [&] {
        Expression t = power(x, graph.constant(exponents[below(std::size(exponents))]));
        switch (below(7)) {
            case 0:
                return a * t / b;
            case 1:
                return sqrt(t * a) * 3.0;
            case 2:
                return t * (a + b);
            case 3:
                return unary(Op::cube_root, t);
            case 4:
                return 0.7 * (t / (b * x));
            case 5:
                return abs(-t * b);
            default:
                return t * graph.constant(1.25);
        }
    };
    Expression sum = term();
    for (std::size_t i = below(4); i-- > 0;) {
        switch (below(4)) {
            case 0:
                sum = sum - term();
                break;
            case 1:
                sum = sum * term();
                break;
            default:
                sum = sum + term();
        }
    }
    return sum;
}

std::vector<double> positive_point(std::mt19937_64& random) {
    std::vector<double> point;
    for (int i = 0; i < 3; ++i) point.push_back(0.3 + 2.0 * (double(random() >> 11) * 0x1p-53));
    return point;
}

/// The sum of all terms' absolute values, nearly: what rounding is relative to.
double magnitude(Expression e, const std::vector<double>& point) {
    double largest = 1.0;
    for (const Expression node : needed(std::span(&e, 1)))
        largest = std::max(largest, std::abs(value_at(node, point)));
    return largest;
}

}  // namespace

TEST_CASE("a power has the antiderivative x^(n+1) / (n+1), and 1/x the logarithm") {
    Graph graph;
    const Expression x = graph.argument(0), k = graph.argument(1);
    const auto integral = [](Expression e) { return *antiderivative(e, 0); };
    REQUIRE(integral(x) == x * x * 0.5);
    REQUIRE(integral(k * x) == 0.5 * k * (x * x));
    REQUIRE(integral(k) == k * x);
    REQUIRE(integral(1.0 / x) == log(x));
    REQUIRE(integral(sqrt(x)) == graph.constant(2.0 / 3.0) * (x * sqrt(x)));
    REQUIRE(integral(1.0 / sqrt(x)) == 2.0 * sqrt(x));
    REQUIRE(integral(sqrt(x * x)) == 0.5 * (x * x));
    REQUIRE(integral(graph.constant(0.0)).is_constant(0.0));
}

TEST_CASE("the derivative of an antiderivative is the integrand") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000; ++i) {
        Graph graph;
        const Expression e = random_sum(graph, random);
        const std::optional<Expression> integral = antiderivative(e, 0);
        REQUIRE(integral);
        const Expression d = derivative(*integral, 0);
        const std::vector<double> point = positive_point(random);
        const double wanted = value_at(e, point), found = d ? value_at(d, point) : 0.0;
        INFO("sum " << i);
        // a few dozen roundings of the largest part
        REQUIRE(std::abs(found - wanted) <=
                1e-13 * (magnitude(e, point) + magnitude(d ? d : e, point)));
    }
}

TEST_CASE("what is no sum of powers has no antiderivative here") {
    Graph graph;
    const Expression x = graph.argument(0), k = graph.argument(1);
    const auto refused = [](Expression e) { return !antiderivative(e, 0); };
    REQUIRE(refused(exp(x)));
    REQUIRE(refused(1.0 / (1.0 + x)));
    REQUIRE(refused(sqrt(x + k)));
    REQUIRE(refused(power(x, k)));
    REQUIRE(refused(select(x < k, x, k)));
    REQUIRE(refused(power(x + k, graph.constant(16.0)) * (1.0 + k * x)));  // 17 terms or more
    REQUIRE_FALSE(refused(power(x + k, graph.constant(4.0))));
    REQUIRE_FALSE(refused(exp(k) * x));
    REQUIRE_FALSE(refused(select(k < graph.constant(1.0), k, exp(k)) / x));
}

TEST_CASE("roots of what may be negative are not pulled apart") {
    Graph graph;
    const Expression x = graph.argument(0), k = graph.argument(1);
    // sqrt(k^2 x^2) is |k| x, sqrt(k * k') is not sqrt(k) sqrt(k')
    const Expression root = sqrt(k * k * (x * x)) + sqrt(x * (k * graph.argument(2)));
    const std::vector<double> point{2.0, -3.0, -0.5};
    const Expression back = derivative(*antiderivative(root, 0), 0);
    REQUIRE(value_at(back, point) == Approx(6.0 + std::sqrt(3.0)).epsilon(1e-14));
    const Expression third = unary(Op::cube_root, k * x);
    REQUIRE(value_at(derivative(*antiderivative(third, 0), 0), point) ==
            Approx(std::cbrt(-6.0)).epsilon(1e-14));
    REQUIRE(value_at(*antiderivative(abs(k * x), 0), point) == Approx(6.0).epsilon(1e-14));
}

TEST_CASE("the elastic tube law integrates to beta / A0 (2/3 A^(3/2) - sqrt(A0) A)") {
    Tube tube;
    const Expression integral = *antiderivative(tube.elastic, 0);
    const auto [area, beta, area0] = std::array{tube.point[0], tube.point[1], tube.point[2]};
    const double wanted =
        beta / area0 * (2.0 / 3.0 * std::pow(area, 1.5) - std::sqrt(area0) * area);
    REQUIRE(value_at(integral, tube.point) == Approx(wanted).epsilon(1e-14));
}

TEST_CASE("the power tube law has a closed integral, with a logarithm where an exponent is -1") {
    Tube tube;
    for (const auto& [m, n] : {std::pair{10.0, -1.5}, {0.5, 0.0}, {20.0, -1.0}, {1.7, -0.3}}) {
        const std::optional<Expression> integral = antiderivative(tube.power_law(m, n), 0);
        REQUIRE(integral);
        const auto primitive = [](double r, double e) {
            return e == -1.0 ? std::log(r) : std::pow(r, e + 1.0) / (e + 1.0);
        };
        const double r = tube.point[0] / tube.point[2];
        const double wanted =
            tube.point[1] * tube.point[2] *
            (primitive(r, m) - primitive(1.0, m) - primitive(r, n) + primitive(1.0, n));
        const double found =
            value_at(*integral, tube.point) - value_at(at(*integral, 0, tube.area0), tube.point);
        INFO("m = " << m << ", n = " << n);
        REQUIRE(found == Approx(wanted).epsilon(1e-12));  // the difference of two close numbers
    }
}

TEST_CASE("an exponential tube law falls to quadrature, as exact as a fine composite rule") {
    Tube tube;
    REQUIRE_FALSE(antiderivative(tube.exponential, 0));
    const Expression integral = quadrature(tube.exponential, 0, tube.area0, tube.area, 8);
    const double from = tube.point[2], to = tube.point[0];
    const int panels = 2000;
    const double h = (to - from) / panels;
    const auto f = [&](double a) { return value_at(tube.exponential, {a, tube.point[1], from}); };
    double simpson = f(from) + f(to);
    for (int i = 1; i < panels; ++i) simpson += (i % 2 == 0 ? 2.0 : 4.0) * f(from + i * h);
    REQUIRE(value_at(integral, tube.point) == Approx(simpson * h / 3.0).epsilon(1e-13));
}

TEST_CASE("quadrature of n points is exact to degree 2n - 1 and no further") {
    for (std::size_t n = 1; n <= 20; ++n) {
        Graph graph;
        const Expression x = graph.argument(0);
        const Expression zero = graph.constant(0.0), one = graph.constant(1.0);
        const auto error = [&](std::size_t degree) {
            Expression e = one;
            for (std::size_t i = 0; i < degree; ++i) e = e * x;
            const double found = quadrature(e, 0, zero, one, n).value();
            return std::abs(found * double(degree + 1) - 1.0);
        };
        INFO(n << " points");
        for (std::size_t degree = 0; degree < 2 * n; ++degree)
            REQUIRE(error(degree) < 40 * 2.3e-16);  // one rounding a point
        if (n < 12) REQUIRE(error(2 * n) > 1e-13);
    }
}

TEST_CASE("quadrature takes its limits from other expressions") {
    Graph graph;
    const Expression x = graph.argument(0), a = graph.argument(1), b = graph.argument(2);
    const Expression integral = quadrature(x * x * x, 0, a, b, 2);
    REQUIRE_FALSE(depends(integral, 0));
    REQUIRE(value_at(integral, {99.0, -1.0, 3.0}) == Approx(20.0).epsilon(1e-15));
}

TEST_CASE("with A = r*r the derivative of the elastic law by r is free of r") {
    Tube tube;
    const Expression r = tube.graph.argument(3);
    const Expression pressure = at(tube.elastic, 0, r * r);
    const Expression slope = collected(derivative(pressure, 3), 3);
    REQUIRE_FALSE(depends(slope, 3));
    REQUIRE(slope == tube.beta / tube.area0);
    // and c^2 = (A / rho) dp/dA is linear in r
    const Expression square = collected(r * r * derivative(pressure, 3) / (2.0 * r), 3);
    REQUIRE(square == r * (0.5 * tube.beta / tube.area0));
}

TEST_CASE("constants fold when powers are collected") {
    Graph graph;
    const Expression x = graph.argument(0), k = graph.argument(1);
    REQUIRE(collected(0.5 * (2.0 * k) * x / x, 0) == k);
    REQUIRE(collected(x * 3.0 * k * 2.0, 0) == x * (6.0 * k));
    REQUIRE(collected(sqrt(4.0 * k) / sqrt(x) * x, 0) == sqrt(x) * (2.0 * sqrt(k)));
    REQUIRE(collected(k * x - x * k + 2.0, 0).is_constant(2.0));
    REQUIRE(collected(k * x - x * k, 0).is_constant(0.0));
}

TEST_CASE("exponents that only rounding keeps apart are one") {
    Graph graph;
    const Expression x = graph.argument(0), third = unary(Op::cube_root, x);
    REQUIRE(collected(third * third * third, 0) == x);
    REQUIRE(collected(power(x, graph.constant(0.1)) * power(x, graph.constant(0.2)) /
                          power(x, graph.constant(0.3)),
                      0)
                .is_constant(1.0));
}

TEST_CASE("collecting keeps the value and never makes a function dearer") {
    std::mt19937_64 random(2);
    int simpler = 0;
    for (int i = 0; i < 1000; ++i) {
        Graph graph;
        const Expression e = random_sum(graph, random), c = collected(e, 0);
        const std::vector<double> point = positive_point(random);
        INFO("sum " << i);
        REQUIRE(std::abs(value_at(c, point) - value_at(e, point)) <=
                1e-13 * (magnitude(e, point) + magnitude(c, point)));
        simpler += operations(c) < operations(e);
    }
    REQUIRE(simpler > 300);
}

TEST_CASE("a product that is cheaper as it stands is not expanded") {
    Tube tube;
    const Expression stretch = tube.area - tube.area0;
    const Expression quartic = tube.beta * power(stretch, tube.graph.constant(4.0));
    REQUIRE(collected(quartic, 0) == quartic);
    REQUIRE(collected(exp(tube.area), 0) == exp(tube.area));
}

TEST_CASE("collecting multiplies nothing out, which near a double root would lose all digits") {
    Tube tube;
    const Expression stretch = tube.area / tube.area0 - 1.0;
    const Expression slope = collected(derivative(tube.beta * (stretch * stretch * stretch), 0), 0);
    const double small = 0x1p-20;
    tube.point[0] = tube.point[2] * (1.0 + small);
    // the quotient A / A0 is rounded before 1 is taken away: 2 eps / small
    REQUIRE(value_at(slope, tube.point) ==
            Approx(3.0 * tube.point[1] / tube.point[2] * small * small).epsilon(1e-9));
}

TEST_CASE("a power law and its derivative have their calls of pow in common") {
    Tube tube;
    const Expression pressure = collected(tube.power_law(1.37, -2.63), 0);
    const Expression slope = collected(derivative(tube.power_law(1.37, -2.63), 0), 0);
    std::size_t calls = 0;
    for (const Expression node : needed(std::array{pressure, slope}))
        if (node.is(Op::power) && depends(node, 0)) ++calls;
    REQUIRE(calls == 1);
    const double r = tube.point[0] / tube.point[2];
    REQUIRE(value_at(slope, tube.point) ==
            Approx(tube.point[1] / tube.point[2] *
                   (1.37 * std::pow(r, 0.37) + 2.63 * std::pow(r, -3.63)))
                .epsilon(1e-13));
}

TEST_CASE("the power law's derivative takes no call of pow for whole and half exponents") {
    Tube tube;
    const Expression slope = collected(derivative(tube.power_law(10.0, -1.5), 0), 0);
    for (const Expression node : needed(std::span(&slope, 1))) REQUIRE_FALSE(node.is(Op::power));
    const double r = tube.point[0] / tube.point[2];
    const double wanted =
        tube.point[1] / tube.point[2] * (10.0 * std::pow(r, 9.0) + 1.5 * std::pow(r, -2.5));
    REQUIRE(value_at(slope, tube.point) == Approx(wanted).epsilon(1e-13));
}

TEST_CASE("the inverse of a tube law gives the area back") {
    Tube tube;
    const Expression pressure = tube.graph.argument(3);
    const std::optional<Expression> area = inverse(tube.elastic, 0, pressure);
    REQUIRE(area);
    REQUIRE_FALSE(depends(*area, 0));
    std::vector<double> point = tube.point;
    point.push_back(value_at(tube.elastic, point));
    REQUIRE(value_at(*area, point) == Approx(point[0]).epsilon(1e-14));
}

TEST_CASE("c0 + c1 x^n is inverted for any n") {
    for (const double n : {1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1.0 / 3.0, 1.5, 0.37}) {
        Graph graph;
        const Expression x = graph.argument(0), y = graph.argument(1);
        const Expression e = 3.0 - 0.7 * power(x, graph.constant(n));
        const std::optional<Expression> back = inverse(e, 0, y);
        REQUIRE(back);
        INFO("n = " << n);
        const double value = value_at(e, {1.3});
        // cancellation in y - c0 and, for a small n, a power 1/n of it
        REQUIRE(value_at(*back, {0.0, value}) == Approx(1.3).epsilon(1e-14));
    }
}

TEST_CASE("what has two powers of the argument, or none, is not inverted") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    REQUIRE_FALSE(inverse(x * x + x, 0, y));
    REQUIRE_FALSE(inverse(2.0 * y, 0, y));
    REQUIRE_FALSE(inverse(exp(x), 0, y));
}

TEST_CASE("a chain of 100000 operations is collected without overflowing the stack") {
    Graph graph;
    const Expression x = graph.argument(0), k = graph.argument(1);
    Expression chain = x;
    for (int i = 0; i < 50000; ++i) chain = (chain + k) * 1.0000001;
    const Expression short_form = collected(chain, 0);
    REQUIRE(operations(short_form) <= 3);
    REQUIRE(value_at(short_form, {0.5, 0.25}) ==
            Approx(value_at(chain, {0.5, 0.25})).epsilon(1e-9));
}

}  // namespace asp::ir

TEST_CASE("powers are collected inside of other functions too") {
    asp::ir::Graph graph;
    const asp::ir::Expression x = graph.argument(0), k = graph.argument(1);
    const asp::ir::Expression before = exp(2.0 * sqrt(x * x / k));
    const asp::ir::Expression after = asp::ir::collected_throughout(before, 0);
    // exp(x * (2 / sqrt(k))): one product and the exponential depend on x.
    const std::array<asp::ir::Expression, 1> wanted{after};
    int of_x = 0;
    for (const asp::ir::Expression e : asp::ir::needed(wanted))
        of_x += asp::ir::depends_on(e, [](std::size_t i) { return i == 0; }) ? 1 : 0;
    CHECK(of_x == 3);
    CHECK(asp::ir::testing::value_at(after, {0.7, 1.3}) ==
          Approx(std::exp(2.0 * 0.7 / std::sqrt(1.3))).epsilon(1e-14));
}

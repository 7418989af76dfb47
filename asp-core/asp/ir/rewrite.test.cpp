#include "asp/ir/rewrite.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"

namespace asp::ir {
namespace {

using testing::random_function;
using testing::random_point;
using testing::value_at;

bool same(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

std::vector<double> values_at(const Function& function, const std::vector<double>& point) {
    std::vector<double> values;
    for (const Result& result : function.results) values.push_back(value_at(result.value, point));
    return values;
}

/// x0, x1, ... by name
Function of(std::shared_ptr<Graph> graph, std::vector<std::string> names, Expression value) {
    Function function{"f", {}, {}, std::move(graph), nullptr};
    for (std::string& name : names) function.arguments.push_back({std::move(name), {}, {}});
    function.results.push_back({"f", value, {}});
    return function;
}

}  // namespace

TEST_CASE("an argument is replaced by an expression of another graph") {
    Graph from, to;
    const Expression x = from.argument(0), y = from.argument(1);
    const Expression a = to.argument(0);
    const std::array<Expression, 2> replacements{a * a, Expression{}};
    REQUIRE(substitute(sqrt(x) + y, to, replacements) == sqrt(a * a) + to.argument(1));
    REQUIRE(substitute(x, to, replacements) == a * a);
}

TEST_CASE("what is put in is simplified with what stands around it") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(1);
    const std::array<Expression, 2> one{Expression{}, graph.constant(1.0)};
    REQUIRE(substitute(x * y, graph, one) == x);
    const std::array<Expression, 2> two{Expression{}, graph.constant(2.0)};
    REQUIRE(substitute(power(x, y), graph, two) == x * x);
    const std::array<Expression, 2> half{Expression{}, graph.constant(0.5)};
    REQUIRE(substitute(power(x, y), graph, half) == sqrt(x));
}

TEST_CASE("replacing an argument by itself changes no node") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Function f = random_function(seed, {.wild = seed % 2 == 0});
        const std::array<Expression, 2> itself{f.argument(0), Expression{}};
        REQUIRE(substitute(f.results[0].value, *f.graph, itself) == f.results[0].value);
    }
}

TEST_CASE("a substitution has the value of the function at the replaced point") {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        const Function outer = random_function(seed, {.wild = seed % 2 == 0});
        const Function inner = random_function(seed + 1000, {.results = 3, .wild = seed % 4 == 0});
        Graph target;
        std::vector<Expression> replacements;
        for (const Result& result : inner.results)
            replacements.push_back(substitute(result.value, target, {}));
        const Expression composed = substitute(outer.results[0].value, target, replacements);
        const std::vector<double> point = random_point(inner, seed);
        INFO("seed " << seed);
        REQUIRE(same(value_at(composed, point),
                     value_at(outer.results[0].value, values_at(inner, point))));
    }
}

TEST_CASE("two substitutions in a row are one of the substituted replacements") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Function f = random_function(seed, {.arguments = 1});
        const Function g = random_function(seed + 1000, {.arguments = 1});
        const Function h = random_function(seed + 2000, {.arguments = 1});
        const auto put = [](Graph& graph, Expression into, Expression replacement) {
            const Expression inside = substitute(replacement, graph, {});
            return substitute(into, graph, std::span(&inside, 1));
        };
        Graph graph;
        const Expression left =
            put(graph, put(graph, f.results[0].value, g.results[0].value), h.results[0].value);
        const Expression right =
            put(graph, f.results[0].value, put(graph, g.results[0].value, h.results[0].value));
        for (std::uint64_t i = 0; i < 5; ++i) {
            const std::vector<double> point = random_point(h, i);
            REQUIRE(same(value_at(left, point), value_at(right, point)));
        }
    }
}

TEST_CASE("a substitution keeps the places in the text") {
    Graph graph;
    const Expression x = graph.argument(0);
    graph.set_span({3, 7});
    const Expression root = sqrt(x);
    graph.set_span({0, 0});
    const std::array<Expression, 1> replacement{graph.argument(1)};
    const Span span = substitute(root, graph, replacement).span();
    REQUIRE(span.begin == 3);
    REQUIRE(span.end == 7);
    REQUIRE(graph.span().empty());
}

TEST_CASE("an expression depends on the arguments that stand in it") {
    Graph graph;
    const Expression x = graph.argument(0), y = graph.argument(3);
    const auto on = [](std::size_t wanted) { return [=](std::size_t i) { return i == wanted; }; };
    const Expression e = exp(x) * y + 1.0;
    REQUIRE(depends_on(e, on(0)));
    REQUIRE(depends_on(e, on(3)));
    REQUIRE_FALSE(depends_on(e, on(1)));
    REQUIRE_FALSE(depends_on(exp(x), on(3)));
}

TEST_CASE("needed nodes come once, operands first, and no others") {
    Graph graph;
    const Expression x = graph.argument(0), root = sqrt(x), unused = exp(root);
    const Expression sum = root + root * x;
    const std::array<Expression, 2> results{sum, root};
    const std::vector<Expression> nodes = needed(results);
    REQUIRE(nodes == std::vector{x, root, root * x, sum});
    REQUIRE(unused.id() < sum.id());
}

TEST_CASE("the largest invariant parts are hoisted, each once") {
    auto graph = std::make_shared<Graph>();
    const Expression a = graph->argument(0), beta = graph->argument(1), a0 = graph->argument(2);
    const Expression stiffness = beta / a0;
    const Function f = of(graph, {"A", "beta", "A0"}, stiffness * (sqrt(a) - sqrt(a0)) + stiffness);
    const Hoisted split = hoist(f, {true, false, false});
    REQUIRE(split.setup.arguments.size() == 2);
    REQUIRE(split.setup.results.size() == 2);
    REQUIRE(split.setup.results[0].name == "k0");
    REQUIRE(split.setup.results[1].name == "k1");
    REQUIRE(split.kernel.arguments.size() == 3);
    REQUIRE(split.kernel.arguments[0].name == "A");
    REQUIRE(split.kernel.arguments[1].name == "k0");
    const Expression x = split.kernel.argument(0);
    const Expression k0 = split.kernel.argument(1), k1 = split.kernel.argument(2);
    REQUIRE(split.kernel.results[0].value == k1 * (sqrt(x) - k0) + k1);
}

TEST_CASE("a bare invariant argument becomes a coefficient with its unit and range") {
    auto graph = std::make_shared<Graph>();
    Function f = of(graph, {"A", "beta"}, graph->argument(0) * graph->argument(1) + 1.5);
    f.arguments[1].unit = Dimension{{60, 0, -120}};
    f.arguments[1].range = {1.0, 2.0};
    const Hoisted split = hoist(f, {true, false});
    REQUIRE(split.kernel.arguments[1].unit == f.arguments[1].unit);
    REQUIRE(split.kernel.arguments[1].range == f.arguments[1].range);
    REQUIRE(split.setup.results[0].value == split.setup.argument(0));
    REQUIRE(split.kernel.results[0].value ==
            split.kernel.argument(0) * split.kernel.argument(1) + 1.5);
}

TEST_CASE("an invariant condition is hoisted as a number") {
    auto graph = std::make_shared<Graph>();
    const Expression x = graph->argument(0), y = graph->argument(1);
    const Hoisted split =
        hoist(of(graph, {"x", "y"}, select(y < x.graph().constant(1.0), x, -x)), {true, false});
    REQUIRE(split.setup.results[0].value.type() == Type::real);
    REQUIRE(value_at(split.setup.results[0].value, {0.5}) == 1.0);
    REQUIRE(value_at(split.kernel.results[0].value, {3.0, 1.0}) == 3.0);
    REQUIRE(value_at(split.kernel.results[0].value, {3.0, 0.0}) == -3.0);
}

TEST_CASE("a coefficient never takes the name of a varying argument") {
    auto graph = std::make_shared<Graph>();
    const Hoisted split =
        hoist(of(graph, {"k0", "b"}, graph->argument(0) * graph->argument(1)), {true, false});
    REQUIRE(split.kernel.arguments[0].name == "k0");
    REQUIRE(split.kernel.arguments[1].name == "k_0");
}

TEST_CASE("setup and kernel together give the function to the bit") {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Function f = random_function(
            seed, {.arguments = 5, .size = 30, .results = 2, .wild = seed % 2 == 0});
        std::vector<bool> varies;
        for (std::size_t i = 0; i < 5; ++i) varies.push_back((seed >> i) % 2 == 0);
        const Hoisted split = hoist(f, varies);
        const std::vector<double> point = random_point(f, seed);
        std::vector<double> fixed, moving;
        for (std::size_t i = 0; i < 5; ++i) (varies[i] ? moving : fixed).push_back(point[i]);
        for (const double k : values_at(split.setup, fixed)) moving.push_back(k);
        REQUIRE(moving.size() == split.kernel.arguments.size());
        const std::vector<double> wanted = values_at(f, point),
                                  found = values_at(split.kernel, moving);
        INFO("seed " << seed);
        REQUIRE(found.size() == wanted.size());
        for (std::size_t r = 0; r < wanted.size(); ++r) REQUIRE(same(found[r], wanted[r]));
    }
}

TEST_CASE("nothing invariant but constants is left in a kernel") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const Function f = random_function(seed, {.arguments = 4, .size = 30, .results = 2});
        const Hoisted split = hoist(f, {true, false, true, false});
        std::vector<Expression> results;
        for (const Result& result : split.kernel.results) results.push_back(result.value);
        for (const Expression node : needed(results)) {
            if (operand_count(node.op()) == 0 || node.type() == Type::boolean) continue;
            INFO("seed " << seed);
            REQUIRE(depends_on(node, [](std::size_t i) { return i < 2; }));
        }
    }
}

TEST_CASE("a chain of 100000 operations is rewritten without overflowing the stack") {
    auto graph = std::make_shared<Graph>();
    Expression chain = graph->argument(0);
    for (int i = 0; i < 100000; ++i) chain = chain * graph->argument(1) + 1.0;
    Graph other;
    const Expression copy = substitute(chain, other, {});
    REQUIRE(copy.id() + 1 == other.size());
    const Hoisted split = hoist(of(graph, {"x", "y"}, chain), {true, false});
    REQUIRE(split.setup.results.size() == 1);
}

}  // namespace asp::ir

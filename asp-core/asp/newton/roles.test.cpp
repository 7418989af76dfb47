#include "asp/newton/roles.hpp"

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/newton/solver.hpp"
#include "asp/newton/testing.hpp"

using namespace asp;
using namespace asp::newton;
using Names = std::vector<std::string>;

namespace {

Names argument_names(const Problem& problem) {
    Names names;
    for (const ir::Argument& a : problem.function.arguments) names.push_back(a.name);
    return names;
}

}  // namespace

TEST_CASE("arguments are put in the order of unknowns, parameters and what is shared") {
    const auto f = newton::testing::function_of(
        "def f(a, rho, x, b, y):\n"
        "    return (a * x - rho * b, y - x)\n");
    const Problem problem = problem_of(f, {{"y", "x"}, {"rho"}, {{"x", {0.0, 7.0}}}});
    CHECK(argument_names(problem) == Names{"y", "x", "a", "b", "rho"});
    CHECK(problem.constants == Constants{{"unknowns", 2}, {"shared", 1}});
    CHECK(problem.function.arguments[1].range == ir::Interval{0.0, 7.0});

    const Context off{.mode = Mode::off};
    const Solver solver(problem, off);
    Array<double, 2> unknowns({2, 1}), parameters({2, 1});
    unknowns(0, 0) = unknowns(1, 0) = 1.0;
    parameters(0, 0) = 2.0;  // a
    parameters(1, 0) = 3.0;  // b
    const double shared[]{4.0};
    REQUIRE(solver.solve(unknowns, parameters, shared).all_converged());
    CHECK(unknowns(1, 0) == 6.0);  // rho b / a
    CHECK(unknowns(0, 0) == 6.0);
}

TEST_CASE("a vector goes by its own name") {
    const auto f = newton::testing::function_of(
        "def f(k, x):\n    return (x[0] - k, x[1] - x[0])\n", {{"x", {}, {}, 2}});
    const Problem problem = problem_of(f, {{"x"}});
    CHECK(argument_names(problem) == Names{"x[0]", "x[1]", "k"});
    CHECK(problem.constant("unknowns") == 2);
}

TEST_CASE("names that are none of the residual's are refused") {
    const auto f = newton::testing::function_of("def f(area, k):\n    return area - k\n");
    const auto complaint = [&](const Roles& roles) {
        return asp::testing::message_of<InputError>([&] { problem_of(f, roles); });
    };
    CHECK(complaint({{"arae"}}) ==
          "newton: f: it has no parameter 'arae', named as an unknown; did you mean 'area'?");
    CHECK(complaint({{"area"}, {"area"}}) ==
          "newton: f: 'area' stands twice among unknowns and shared");
    CHECK(complaint({{"area"}, {}, {{"q", {0.0, 1.0}}}}) ==
          "newton: f: it has no parameter 'q', named as an unknown with bounds");
}

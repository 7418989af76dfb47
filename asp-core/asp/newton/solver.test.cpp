#include "asp/newton/solver.hpp"

#include <cmath>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/newton/newton.bench.hpp"
#include "asp/newton/testing.hpp"

using namespace asp;
using namespace asp::newton;
using asp::testing::message_of;
using asp::testing::ScratchFolder;
using newton::testing::junction_problem;
using newton::testing::Junctions;
using newton::testing::problem_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The rungs to test: interpreted always, specialized where there is a compiler.
struct Rungs {
    ScratchFolder folder;
    jit::KernelCache cache{folder.path() / "cache"};
    std::vector<Context> contexts;

    Rungs() {
        contexts.emplace_back().mode = Mode::off;
        if (!jit::host_toolchain()) {
            WARN("no compiler: the specialized rung is not tested");
            return;
        }
        Context& native = contexts.emplace_back();
        native.mode = Mode::required;
        native.cache = &cache;
        native.toolchain = [] { return jit::host_toolchain(); };
    }
};

Rungs& rungs() {
    static Rungs all;
    return all;
}

struct Result {
    Array<double, 2> unknowns;
    Report report;
};

/// Solves from `guesses` [n][systems] with `parameters` [m][systems].
Result solve(const Solver& solver, const std::vector<std::vector<double>>& guesses,
             const std::vector<std::vector<double>>& parameters = {}, const Options& options = {}) {
    const std::size_t systems = guesses[0].size();
    Array<double, 2> x({guesses.size(), systems}), p({parameters.size(), systems});
    for (std::size_t j = 0; j < guesses.size(); ++j)
        std::copy(guesses[j].begin(), guesses[j].end(), x[j].begin());
    for (std::size_t k = 0; k < parameters.size(); ++k)
        std::copy(parameters[k].begin(), parameters[k].end(), p[k].begin());
    Report report = solver.solve(x, p, {}, options);
    return {std::move(x), std::move(report)};
}

/// Newton's method as in a textbook, one system after the other, derivatives by hand: the three
/// vessels' junction. `steps`: how many it took.
void textbook_junction(double* x, const double* p, int& steps) {
    double size[4];
    for (int k = 0; k < 4; ++k) size[k] = std::abs(x[k]);
    for (steps = 1; steps <= 50; ++steps) {
        double f[4]{}, a[4][4]{};
        for (int e = 0; e < 3; ++e) {
            const double k = p[e], x0 = p[3 + e], xa = p[6 + e], ua = p[9 + e];
            const double slope = 4.0 * std::sqrt(0.5 * k), u = ua - slope * (x[e] - xa);
            f[e] = k * (x[e] * x[e] - x0 * x0) + 0.5 * u * u - x[3];
            a[e][e] = 2.0 * k * x[e] - slope * u;
            a[e][3] = -1.0;
            f[3] += std::pow(x[e], 4) * u;
            a[3][e] = 4.0 * std::pow(x[e], 3) * u - std::pow(x[e], 4) * slope;
        }
        for (int k = 0; k < 4; ++k) {
            int pivot = k;
            for (int i = k + 1; i < 4; ++i)
                if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
            std::swap(a[k], a[pivot]);
            std::swap(f[k], f[pivot]);
            for (int i = k + 1; i < 4; ++i) {
                const double factor = a[i][k] / a[k][k];
                for (int j = k; j < 4; ++j) a[i][j] -= factor * a[k][j];
                f[i] -= factor * f[k];
            }
        }
        bool moves = false;
        for (int k = 3; k >= 0; --k) {
            for (int j = k + 1; j < 4; ++j) f[k] -= a[k][j] * f[j];
            f[k] /= a[k][k];
        }
        for (int k = 0; k < 4; ++k) {
            moves = moves || !(std::abs(f[k]) <= 1e-8 * std::max(std::abs(x[k]), size[k]));
            x[k] -= f[k];
        }
        if (!moves) return;
    }
}

}  // namespace

TEST_CASE("circle and hyperbola meet where they should") {
    // x^2 + y^2 = 4, x y = 1: x = sqrt(2 + sqrt 3), y = 1/x.
    const Problem p = problem_of("def f(x, y): return (x*x + y*y - 4, x*y - 1)");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{2.0, 1.5}, {0.5, 0.8}});
        REQUIRE(r.report.all_converged());
        for (std::size_t s = 0; s < 2; ++s) {
            REQUIRE(r.unknowns(0, s) == Approx(std::sqrt(2.0 + std::sqrt(3.0))).epsilon(1e-14));
            REQUIRE(r.unknowns(1, s) == Approx(std::sqrt(2.0 - std::sqrt(3.0))).epsilon(1e-14));
            REQUIRE(r.report.residual[s] < 1e-14);
        }
    }
}

TEST_CASE("three symmetric functions give back the roots of a cubic") {
    // x + y + z = 6, xy + yz + zx = 11, xyz = 6: 1, 2, 3.
    const Problem p =
        problem_of("def f(x, y, z): return (x + y + z - 6, x*y + y*z + z*x - 11, x*y*z - 6)");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{0.7}, {2.2}, {3.4}});
        REQUIRE(r.report.all_converged());
        for (std::size_t j = 0; j < 3; ++j)
            REQUIRE(r.unknowns(j, 0) == Approx(1.0 + static_cast<double>(j)).epsilon(1e-13));
    }
}

TEST_CASE("sixteen unknowns are found") {
    const std::size_t n = 16, systems = 21;
    const Problem p = newton::testing::known_root_problem(n);
    std::mt19937_64 random(5);
    const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-52 - 1.0; };
    Array<double, 2> root({n, systems}), parameters({n * n + n, systems});
    for (double& x : root) x = uniform();
    for (std::size_t s = 0; s < systems; ++s)
        for (std::size_t i = 0; i < n; ++i) {
            const double x = root(i, s);
            double sum = x * x * x + std::sin(x * root((i + 1) % n, s));
            for (std::size_t j = 0; j < n; ++j) {
                const double a = uniform() + (i == j ? 20.0 : 0.0);
                parameters(i * n + j, s) = a;
                sum += a * root(j, s);
            }
            parameters(n * n + i, s) = sum;
        }
    for (const Context& context : rungs().contexts) {
        Array<double, 2> x({n, systems}, 0.0);
        const Report report = Solver(p, context).solve(x, parameters, {});
        REQUIRE(report.all_converged());
        for (std::size_t k = 0; k < x.size(); ++k)
            REQUIRE(x.data()[k] == Approx(root.data()[k]).margin(1e-13));
    }
}

TEST_CASE("the number of right digits doubles with each step") {
    const Problem p = problem_of("def f(x): return exp(x) - 2");
    for (const Context& context : rungs().contexts) {
        const Solver solver(p, context);
        std::vector<double> errors;
        for (long steps = 1; steps <= 4; ++steps) {
            Options options;
            options.most_iterations = steps + 1;  // the last one only sees where it is
            errors.push_back(
                std::abs(solve(solver, {{1.0}}, {}, options).unknowns(0, 0) - std::log(2.0)));
        }
        // e' = e^2 f''/(2 f') = e^2/2.
        for (std::size_t k = 0; k + 1 < 3; ++k)
            REQUIRE(errors[k + 1] / (errors[k] * errors[k]) == Approx(0.5).epsilon(0.1));
    }
}

TEST_CASE("a step that makes the residual grow is shortened") {
    // Full Newton steps diverge for |x| > 1.39.
    const Problem p = problem_of("def f(x): return arctan(x)");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{1.0, 3.0, 20.0, -100.0}});
        REQUIRE(r.report.all_converged());
        for (std::size_t s = 0; s < 4; ++s) REQUIRE(std::abs(r.unknowns(0, s)) < 1e-12);
    }
}

TEST_CASE("a singular Jacobian is reported, not divided by") {
    const Problem p = problem_of("def f(x, y, a): return (x**2 - 1 + y, a * (x**2 - 1 + y))");
    const Problem one = problem_of("def f(x): return x**2 - 1");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{2.0}, {1.0}}, {{2.0}});
        REQUIRE(r.report.status[0] == Status::singular);
        REQUIRE(r.unknowns(0, 0) == 2.0);
        REQUIRE(solve(Solver(one, context), {{0.0}}).report.status[0] == Status::singular);
    }
}

TEST_CASE("a system without a solution ends, at its smallest residual") {
    const Problem p = problem_of("def f(x, a): return x**2 + a");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{3.0, 3.0}}, {{1.0, -1.0}});
        REQUIRE(r.report.status[0] != Status::converged);
        REQUIRE(r.report.iterations[0] <= Options().most_iterations);
        REQUIRE(std::abs(r.unknowns(0, 0)) < 0.1);
        REQUIRE(r.report.status[1] == Status::converged);
        REQUIRE(r.unknowns(0, 1) == Approx(1.0));
    }
}

TEST_CASE("a residual that is not a number is reported at the guess and avoided on the way") {
    const Problem p = problem_of("def f(x): return sqrt(x) - 0.1");
    for (const Context& context : rungs().contexts) {
        // From 9 the first full step lands at -8.4.
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const Result r = solve(Solver(p, context), {{-1.0, 9.0, nan, 1.0}});
        REQUIRE(r.report.status[0] == Status::not_finite);
        REQUIRE(r.unknowns(0, 0) == -1.0);
        REQUIRE(r.report.status[1] == Status::converged);
        REQUIRE(r.unknowns(0, 1) == Approx(0.01).epsilon(1e-12));
        REQUIRE(r.report.status[2] == Status::not_finite);
        REQUIRE(r.report.status[3] == Status::converged);
        REQUIRE(r.report.count == std::array<std::size_t, status_count>{2, 0, 0, 2, 0, 0});
    }
}

TEST_CASE("an unknown stays inside its declared range") {
    // Roots at 1 and -3; full steps from 0.1 would go to the left one or below zero on the way.
    const Problem p = problem_of("def f(x): return (x - 1) * (x + 3) * (x + 0.05)", 0,
                                 {{"x", {}, {0.0, infinity}}});
    const Problem q = problem_of("def f(x): return arctan(x) - 1.2", 0, {{"x", {}, {-10.0, 4.0}}});
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{0.9, 3.0, -1.0, 0.0}});
        REQUIRE(r.unknowns(0, 0) == Approx(1.0));
        REQUIRE(r.unknowns(0, 1) == Approx(1.0));
        REQUIRE(r.report.status[2] == Status::outside);
        REQUIRE(r.report.status[3] == Status::outside);
        REQUIRE(r.unknowns(0, 2) == -1.0);
        const Result s = solve(Solver(q, context), {{0.0, 3.9}});
        REQUIRE(s.report.all_converged());
        REQUIRE(s.unknowns(0, 0) == Approx(std::tan(1.2)).epsilon(1e-12));
    }
}

TEST_CASE("a root at zero is found whatever the guess") {
    const Problem p = problem_of("def f(x, y): return (x + x**3, y - x)");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{0.5, 0.0, 1e-3}, {0.0, 0.0, 2.0}});
        REQUIRE(r.report.all_converged());
        for (const double x : r.unknowns) REQUIRE(std::abs(x) < 1e-12);
    }
}

TEST_CASE("a double root is found, at half a digit a step") {
    const Problem p = problem_of("def f(x): return (x - 2)**2");
    for (const Context& context : rungs().contexts) {
        const Result r = solve(Solver(p, context), {{3.0}});
        REQUIRE(r.report.all_converged());
        REQUIRE(r.unknowns(0, 0) == Approx(2.0).epsilon(1e-6));
        REQUIRE(r.report.iterations[0] > 15);
    }
}

TEST_CASE("a pivot that vanishes in some lanes only is worked around in those") {
    // J = [[a, 1], [1, 1]]: with a = 0 the order that suits a = 1 fails.
    const Problem p =
        problem_of("def f(x, y, a): return (a * x + y + x*x*x/1000 - 2, x + y - 3 + y*y*y/1000)");
    for (const Context& context : rungs().contexts) {
        const std::vector<double> a{1e-12, 0.5, 0.0, -3.0, 0.25, 0.0, 2.0, 1e-5, 0.1};
        const std::vector<double> ones(a.size(), 1.0);
        const Result r = solve(Solver(p, context), {ones, ones}, {a});
        REQUIRE(r.report.all_converged());
        for (std::size_t s = 0; s < a.size(); ++s) {
            const double x = r.unknowns(0, s), y = r.unknowns(1, s);
            REQUIRE(std::abs(a[s] * x + y + x * x * x / 1000 - 2) < 1e-12);
            REQUIRE(std::abs(x + y - 3 + y * y * y / 1000) < 1e-12);
        }
    }
}

TEST_CASE("junctions agree with a textbook solver, in as many steps") {
    const std::size_t systems = 1000;
    const Junctions batch(systems);
    for (const Context& context : rungs().contexts) {
        Array<double, 2> x = batch.unknowns;
        const Report report = Solver(junction_problem(), context).solve(x, batch.parameters, {});
        REQUIRE(report.all_converged());
        for (std::size_t s = 0; s < systems; ++s) {
            double own[4], p[12];
            for (std::size_t j = 0; j < 4; ++j) own[j] = batch.unknowns(j, s);
            for (std::size_t k = 0; k < 12; ++k) p[k] = batch.parameters(k, s);
            int steps = 0;
            textbook_junction(own, p, steps);
            REQUIRE(report.iterations[s] == steps);
            for (std::size_t j = 0; j < 4; ++j)
                REQUIRE(x(j, s) == Approx(own[j]).epsilon(1e-11).margin(1e-12));
        }
    }
}

TEST_CASE("a system's result does not depend on its place or its neighbours") {
    const std::size_t systems = 37;
    const Junctions batch(systems);
    for (const Context& context : rungs().contexts) {
        const Solver solver(junction_problem(), context);
        Array<double, 2> together = batch.unknowns;
        const Report report = solver.solve(together, batch.parameters, {});
        for (std::size_t s = 0; s < systems; ++s) {
            Array<double, 2> x({4, 1}), p({12, 1});
            for (std::size_t j = 0; j < 4; ++j) x(j, 0) = batch.unknowns(j, s);
            for (std::size_t k = 0; k < 12; ++k) p(k, 0) = batch.parameters(k, s);
            const Report alone = solver.solve(x, p, {});
            for (std::size_t j = 0; j < 4; ++j) REQUIRE(x(j, 0) == together(j, s));
            REQUIRE(alone.iterations[0] == report.iterations[s]);
            REQUIRE(alone.residual[0] == report.residual[s]);
        }
    }
}

TEST_CASE("a team gives the same bits as one thread") {
    HartPool pool(3);
    const Lease lease = pool.request();
    const Team team(lease);
    const Junctions batch(2000);
    for (const Context& context : rungs().contexts) {
        const Solver solver(junction_problem(), context);
        Array<double, 2> alone = batch.unknowns, shared = batch.unknowns;
        const Report a = solver.solve(alone, batch.parameters, {});
        const Report b = solver.solve(shared, batch.parameters, {}, {}, team);
        REQUIRE(std::equal(alone.begin(), alone.end(), shared.begin()));
        REQUIRE(a.iterations == b.iterations);
    }
}

TEST_CASE("shared parameters reach every system") {
    const Problem p = problem_of("def f(x, a, rho): return rho * x**2 - a", 1);
    for (const Context& context : rungs().contexts) {
        Array<double, 2> x({1, 2}, 1.0), a({1, 2});
        a(0, 0) = 8.0;
        a(0, 1) = 18.0;
        const std::vector<double> rho{2.0};
        REQUIRE(Solver(p, context).solve(x, a, rho).all_converged());
        REQUIRE(x(0, 0) == Approx(2.0));
        REQUIRE(x(0, 1) == Approx(3.0));
    }
}

TEST_CASE("shapes that do not fit are refused") {
    const Solver solver(problem_of("def f(x, a): return x - a"), rungs().contexts[0]);
    Array<double, 2> x({2, 3}), a({1, 3}), short_a({1, 2});
    REQUIRE(message_of<InputError>([&] { solver.solve(x, a, {}); }) ==
            "newton: 2 rows of unknowns: expected 1");
    Array<double, 2> y({1, 3});
    REQUIRE(message_of<InputError>([&] { solver.solve(y, short_a, {}); }) ==
            "newton: 2 columns of parameters: expected 3");
    REQUIRE(message_of<InputError>([&] {
                Options options;
                options.tolerance = 0.0;
                solver.solve(y, a, {}, options);
            }) == "newton: expected a positive tolerance and at least one iteration");
}

TEST_CASE("the benchmark's references find the same junctions") {
    for (const BenchmarkRow& row : benchmark_junctions(rungs().contexts.back(), 500, 1)) {
        INFO(row.name);
        REQUIRE(row.largest_difference < 1e-12);
        REQUIRE(row.steps > 3.0);
        REQUIRE(row.ratio() > 0.0);
    }
}

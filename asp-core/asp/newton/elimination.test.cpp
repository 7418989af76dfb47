#include "asp/newton/detail/elimination.hpp"

#include <cmath>
#include <random>

#include "asp/base/testing.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/ir/rewrite.hpp"
#include "asp/newton/kernels/dense.hpp"

using namespace asp;
using namespace asp::newton;
using ir::Expression;

namespace {

/// A random matrix as arguments of a function, row by row, then the right side; with the fraction
/// `density` of the entries off the diagonal.
struct RandomSystem {
    RandomSystem(std::size_t size, double density, std::uint64_t seed) : n(size), random(seed) {
        function.graph = std::make_shared<ir::Graph>();
        function.arguments.resize(n * n + n);
        linear.matrix.assign(n, std::vector<Expression>(n));
        point.assign(n * n + n, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                if (i != j && unit() > density) continue;
                linear.matrix[i][j] = function.argument(i * n + j);
                point[i * n + j] = 2.0 * unit() - 1.0 + (i == j ? 2.0 : 0.0);
            }
            linear.right_side.push_back(function.argument(n * n + i));
            point[n * n + i] = unit();
        }
        scales.assign(n, function.graph->constant(1.0));
    }
    double unit() { return static_cast<double>(random() >> 11U) * 0x1p-53; }

    std::size_t n;
    std::mt19937_64 random;
    ir::Function function;
    newton::detail::LinearSystem linear;
    std::vector<Expression> scales;
    std::vector<double> point;
};

/// Largest |A x - b|.
double defect(const RandomSystem& s, const std::vector<double>& x) {
    double largest = 0.0;
    for (std::size_t i = 0; i < s.n; ++i) {
        double sum = -s.point[s.n * s.n + i];
        for (std::size_t j = 0; j < s.n; ++j) sum += s.point[i * s.n + j] * x[j];
        largest = std::max(largest, std::abs(sum));
    }
    return largest;
}

}  // namespace

TEST_CASE("the straight line of operations solves full and sparse systems") {
    for (const std::size_t n : {1, 2, 3, 5, 8, 12})
        for (const double density : {0.0, 0.3, 1.0}) {
            RandomSystem s(n, density, n);
            const auto e = newton::detail::eliminate(s.linear, s.scales, {s.point});
            REQUIRE(e.solution.size() == n);
            for (const Expression x : e.solution) s.function.results.push_back({"x", x, {}});
            std::vector<double> x(n);
            ir::Program<double>(s.function).run_at(s.point, x);
            REQUIRE(defect(s, x) < 1e-12);
        }
}

TEST_CASE("an arrow is eliminated without fill") {
    // Each of five unknowns is tied to the sixth only: three operations for each of them.
    RandomSystem s(6, 0.0, 1);
    for (std::size_t i = 0; i < 5; ++i) {
        s.linear.matrix[i][5] = s.function.argument(i * 6 + 5);
        s.linear.matrix[5][i] = s.function.argument(30 + i);
        s.point[i * 6 + 5] = s.point[30 + i] = 0.5;
    }
    const auto e = newton::detail::eliminate(s.linear, s.scales, {s.point});
    std::size_t operations = 0;
    for (const Expression part : ir::needed(e.solution))
        operations += !part.is(ir::Op::argument) && !part.is_constant();
    // Of each arm: reciprocal, factor, two updates, and back: product, difference, product.
    REQUIRE(operations <= 5 * 9 + 2);
    for (std::size_t k = 0; k + 1 < 5; ++k) REQUIRE(e.columns[k] != 5);
}

TEST_CASE("the work of an elimination is known from the pattern") {
    using newton::detail::elimination_updates;
    // Full: sum of (n - 1)^2; an arrow without fill: one update for each arm.
    REQUIRE(elimination_updates({{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}) == 4 + 1);
    REQUIRE(elimination_updates({{1, 0, 0, 1}, {0, 1, 0, 1}, {0, 0, 1, 1}, {1, 1, 1, 1}}) == 3);
    REQUIRE(elimination_updates({{1, 0}, {0, 1}}) == 0);
}

TEST_CASE("a pivot that is small at the samples is avoided") {
    RandomSystem s(2, 1.0, 1);
    s.point = {1e-9, 1.0, 1.0, 1.0, 1.0, 2.0};
    const auto e = newton::detail::eliminate(s.linear, s.scales, {s.point});
    REQUIRE((e.rows[0] != 0 || e.columns[0] != 0));
}

TEST_CASE("a matrix that is singular whatever its values has no solution") {
    RandomSystem s(3, 1.0, 1);
    for (auto& row : s.linear.matrix) row[1] = {};
    REQUIRE(newton::detail::eliminate(s.linear, s.scales, {s.point}).solution.empty());
}

TEST_CASE("elimination with pivoting exchanges rows in each lane on its own") {
    constexpr int lanes = 8;
    constexpr long n = 3;
    alignas(64) double matrix[n * n * lanes], f[n * lanes], weight[n * lanes], size[n * lanes],
        step[n * lanes], wanted[lanes], flaw[lanes];
    std::mt19937_64 random(3);
    const auto unit = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
    for (double& a : matrix) a = 2.0 * unit() - 1.0;
    for (double& b : f) b = unit();
    for (long l = 0; l < lanes; ++l) {
        wanted[l] = l == 6 ? 0.0 : 1.0;
        matrix[0 * lanes + l] = l % 2 == 0 ? 0.0 : 1.0;  // a zero pivot in every other lane
        for (long i = 0; i < n; ++i) weight[i * lanes + l] = 1.0;
        for (long j = 0; j < n; ++j) size[j * lanes + l] = 2.0;
        step[0 * lanes + l] = 99.0;
    }
    for (long j = 0; j < n; ++j) matrix[(6 + j) * lanes + 3] = matrix[(3 + j) * lanes + 3];
    double original[n * n * lanes];
    std::copy(std::begin(matrix), std::end(matrix), original);
    eliminate<lanes>(n, {matrix}, {f}, {weight}, {size}, wanted, {step}, flaw);
    for (long l = 0; l < lanes; ++l) {
        REQUIRE(flaw[l] == (l == 3 ? 1.0 : 0.0));  // two equal rows
        if (l == 6) REQUIRE(step[l] == 99.0);      // nobody asked
        if (l == 3) REQUIRE(step[l] == 0.0);
        if (l == 3 || l == 6) continue;
        for (long i = 0; i < n; ++i) {
            double sum = f[i * lanes + l];
            for (long j = 0; j < n; ++j)
                sum += original[(i * n + j) * lanes + l] * step[j * lanes + l];
            REQUIRE(std::abs(sum) < 1e-12);
        }
    }
}

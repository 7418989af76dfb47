#include "asp/ir/interpreter.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/ir/random_expression.hpp"

using namespace asp::ir;
using asp::ir::testing::random_function;

namespace {

/// The same number, to the bit; all NaN are one.
template <class Real>
bool same(Real a, Real b) {
    return a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b);
}

/// Every node in turn, rounded to Real: the oracle.
template <class Real>
std::vector<Real> node_by_node(const Function& f, std::span<const Real> point) {
    const Graph& graph = *f.graph;
    std::vector<double> values(graph.size());
    for (NodeId id = 0; id < graph.size(); ++id) {
        const Node& n = graph.node(id);
        const double value = n.op == Op::constant ? n.value
                             : n.op == Op::argument
                                 ? double{point[n.index]}
                                 : evaluate(n.op, values[n.operands[0]], values[n.operands[1]],
                                            values[n.operands[2]]);
        values[id] = static_cast<double>(static_cast<Real>(value));
    }
    std::vector<Real> results;
    for (const Result& r : f.results) results.push_back(static_cast<Real>(values[r.value.id()]));
    return results;
}

/// Columns of arguments with random strides, zero among them, and of results.
template <class Real>
struct Table {
    Table(const Function& f, std::size_t points, std::uint64_t seed) : count(points) {
        std::mt19937_64 random(seed);
        const Real special[]{0.0,
                             Real(-0.0),
                             1.0,
                             -1.0,
                             std::numeric_limits<Real>::infinity(),
                             std::numeric_limits<Real>::quiet_NaN(),
                             std::numeric_limits<Real>::denorm_min()};
        const std::ptrdiff_t strides[]{1, 1, 1, 0, 3, -2};
        for (std::size_t a = 0; a < f.arguments.size(); ++a) {
            const std::ptrdiff_t stride = strides[random() % 6];
            const std::size_t size = (count + 1) * static_cast<std::size_t>(std::abs(stride)) + 1;
            auto& values = storage.emplace_back(size);
            for (Real& x : values)
                x = random() % 16 == 0
                        ? special[random() % 7]
                        : static_cast<Real>(static_cast<double>(random() >> 11) * 0x1p-51 - 2.0);
            columns.push_back({stride < 0 ? values.data() + size - 1 : values.data(), stride});
        }
        for (std::size_t r = 0; r < f.results.size(); ++r)
            results.push_back(storage.emplace_back(count + 1, Real(42)).data());
    }
    std::vector<Real> point(std::size_t i) const {
        std::vector<Real> x;
        for (const Column<Real>& c : columns)
            x.push_back(c.data[static_cast<std::ptrdiff_t>(i) * c.stride]);
        return x;
    }

    std::size_t count;
    std::deque<std::vector<Real>> storage;
    std::vector<Column<Real>> columns;
    std::vector<Real*> results;
};

template <class Real>
void check(const Function& f, std::size_t count, std::uint64_t seed) {
    const Program<Real> program(f);
    Table<Real> table(f, count, seed);
    program.run(table.columns, table.results, count);
    for (const Real* result : table.results) REQUIRE(result[count] == Real(42));
    for (std::size_t i = 0; i < count; ++i) {
        const std::vector<Real> point = table.point(i);
        const std::vector<Real> expected = node_by_node<Real>(f, point);
        std::vector<Real> at(expected.size());
        program.run_at(point, at);
        for (std::size_t r = 0; r < expected.size(); ++r)
            if (!same(table.results[r][i], expected[r]) || !same(at[r], expected[r]))
                FAIL("seed " << seed << ", point " << i << " of " << count << ", result " << r
                             << ": block " << table.results[r][i] << ", point " << at[r]
                             << ", nodes " << expected[r]);
    }
}

}  // namespace

TEST_CASE("the interpreter computes each node as evaluate() does, to the bit") {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Function f = random_function(seed, {.arguments = seed / 7 % 5,
                                                  .size = 4 + seed % 40,
                                                  .results = 1 + seed % 3,
                                                  .wild = seed % 2 == 0});
        const std::size_t count = seed % 37;
        check<double>(f, count, seed);
        check<float>(f, count, seed);
    }
}

TEST_CASE("a value does not depend on where its point stands in a block") {
    std::uint64_t seed = 5000;
    for (const std::size_t count : {0, 1, 511, 512, 513, 1024, 1500})
        for (int repeat = 0; repeat < 12; ++repeat, ++seed) {
            const Function f = random_function(
                seed, {.arguments = 3, .size = 30, .results = 2, .wild = seed % 2 == 0});
            check<double>(f, count, seed);
            check<float>(f, count, seed);
        }
}

namespace {

/// (x + y, x - y, x)
Function sum_and_difference() {
    Function f;
    f.graph = std::make_shared<Graph>();
    f.arguments = {{"x", {}, {}}, {"y", {}, {}}};
    const Expression x = f.argument(0), y = f.argument(1);
    f.results = {{"sum", x + y, {}}, {"difference", x - y, {}}, {"x", x, {}}};
    return f;
}

std::vector<double> counted(std::size_t count, double first) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<double>(i);
    return values;
}

}  // namespace

TEST_CASE("results may be written over the arguments") {
    const Program<double> program(sum_and_difference());
    const std::size_t count = GENERATE(1, 512, 1300);
    std::vector<double> x = counted(count, 1.0), y = counted(count, 0.25), z(count);
    const std::vector<Column<double>> arguments{{x.data()}, {y.data()}};
    program.run(arguments, std::vector<double*>{y.data(), x.data(), z.data()}, count);
    for (std::size_t i = 0; i < count; ++i) {
        const double x0 = 1.0 + static_cast<double>(i), y0 = 0.25 + static_cast<double>(i);
        REQUIRE(y[i] == x0 + y0);
        REQUIRE(x[i] == x0 - y0);
        REQUIRE(z[i] == x0);
    }
}

TEST_CASE("results that overlap an argument elsewhere, or a number for all, do not change it") {
    const Program<double> program(sum_and_difference());
    const std::size_t count = 1300;
    const std::ptrdiff_t shift = GENERATE(-513, -1, 1, 700);
    std::vector<double> memory = counted(5000, 0.0), z(count), w(count);
    const double* const x = memory.data() + 1000;
    double y = 0.5;
    SECTION("shifted") {
        program.run(std::vector<Column<double>>{{x}, {&y, 0}},
                    std::vector<double*>{memory.data() + 1000 + shift, z.data(), w.data()}, count);
        for (std::size_t i = 0; i < count; ++i)
            REQUIRE(memory[static_cast<std::size_t>(1000 + shift) + i] ==
                    1000.5 + static_cast<double>(i));
    }
    SECTION("among strided values") {
        program.run(std::vector<Column<double>>{{x + 2000, -2}, {&y, 0}},
                    std::vector<double*>{memory.data() + 1000 + shift, z.data(), w.data()}, count);
        for (std::size_t i = 0; i < count; ++i)
            REQUIRE(memory[static_cast<std::size_t>(1000 + shift) + i] ==
                    3000.5 - 2.0 * static_cast<double>(i));
    }
    SECTION("over the number") {
        const double* const number = memory.data() + 1000 + std::abs(shift);
        const double value = *number;
        program.run(std::vector<Column<double>>{{x + 2000}, {number, 0}},
                    std::vector<double*>{memory.data() + 1000, z.data(), w.data()}, count);
        for (std::size_t i = 0; i < count; ++i)
            REQUIRE(memory[1000 + i] == 3000.0 + static_cast<double>(i) + value);
    }
}

TEST_CASE("a result may be an argument, a number, or another result") {
    Function f;
    f.graph = std::make_shared<Graph>();
    f.arguments = {{"x", {}, {}}, {"y", {}, {}}};
    const Expression x = f.argument(0), y = f.argument(1);
    f.results = {{"", x, {}},          {"", f.graph->constant(3.0), {}}, {"", exp(y), {}},
                 {"", exp(y), {}},     {"", f.graph->boolean(true), {}}, {"", x * y, {}},
                 {"", x * y + 1.0, {}}};
    const Program<double> program(f);
    const std::vector<double> xs = counted(600, 0.0);
    const double number = 0.75;
    std::vector<std::vector<double>> columns(7, std::vector<double>(600));
    std::vector<double*> results;
    for (auto& column : columns) results.push_back(column.data());
    program.run(std::vector<Column<double>>{{xs.data()}, {&number, 0}}, results, 600);
    for (std::size_t i = 0; i < 600; ++i) {
        const double expected[]{xs[i], 3.0,          std::exp(0.75),    std::exp(0.75),
                                1.0,   0.75 * xs[i], 0.75 * xs[i] + 1.0};
        for (std::size_t r = 0; r < 7; ++r) REQUIRE(columns[r][i] == expected[r]);
    }
}

TEST_CASE("a chain of a hundred thousand operations runs in a few registers") {
    Function f;
    f.graph = std::make_shared<Graph>();
    f.arguments = {{"x", {}, {}}};
    Expression chain = f.argument(0);
    for (int i = 0; i < 100000; ++i) chain = (i % 2 == 0 ? 0.75 * chain : chain + 1.0 / 3.0);
    f.results = {{"", chain, {}}};
    double expected = 0.1;
    for (int i = 0; i < 100000; ++i)
        expected = (i % 2 == 0 ? 0.75 * expected : expected + 1.0 / 3.0);
    const Program<double> program(f);
    const std::vector<double> x(3, 0.1);
    std::vector<double> y(3);
    program.run(std::vector<Column<double>>{{x.data()}}, std::vector<double*>{y.data()}, 3);
    double at = 0.0;
    program.run_at(std::span(x).first(1), std::span(&at, 1));
    REQUIRE(y == std::vector<double>(3, expected));
    REQUIRE(at == expected);
}

TEST_CASE("rows that are run together are as if each was run by itself") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Function f = random_function(seed, {.arguments = 4, .size = 30});
        const Program<double> program(f);
        for (const std::size_t count : {1, 7, 9, 511, 513}) {
            const std::size_t rows = 5, pitch = count + 3;
            std::mt19937_64 random(seed);
            std::vector<double> x(4 * rows * pitch), y(f.results.size() * rows * pitch);
            for (double& value : x) value = static_cast<double>(random() >> 40) * 0x1p-22 - 2.0;
            // the first argument is one number, the second every other value of its rows
            std::vector<Column<double>> columns;
            for (std::size_t a = 0; a < 4; ++a) columns.push_back({x.data() + a * rows * pitch});
            columns[0].stride = 0;
            columns[1] = {x.data(), 2};
            std::vector<double*> results;
            for (std::size_t r = 0; r < f.results.size(); ++r)
                results.push_back(y.data() + r * rows * pitch);
            // the last result takes the place of the last argument
            results.back() = x.data() + 3 * rows * pitch;
            const auto step = static_cast<std::ptrdiff_t>(pitch);
            std::vector<std::ptrdiff_t> steps(4, step), result_steps(results.size(), step);
            steps[0] = steps[1] = 0;
            const std::vector<double> x_before = x;
            for (std::size_t row = 0; row < rows; ++row) {
                auto row_columns = columns;
                auto row_results = results;
                for (std::size_t a = 2; a < 4; ++a) row_columns[a].data += row * pitch;
                for (double*& result : row_results) result += row * pitch;
                program.run(row_columns, row_results, count);
            }
            const std::vector<double> x_apart = x, y_apart = y;
            x = x_before;
            std::fill(y.begin(), y.end(), 0.0);
            program.run(columns, results, count, {rows, steps, result_steps});
            REQUIRE(std::equal(x.begin(), x.end(), x_apart.begin(), same<double>));
            REQUIRE(std::equal(y.begin(), y.end(), y_apart.begin(), same<double>));
        }
    }
}

TEST_CASE("many threads run one program at once") {
    const Function f = random_function(77, {.arguments = 3, .size = 60});
    const Program<double> program(f);
    const std::size_t count = 5000;
    const auto run = [&] {
        Table<double> table(f, count, 1);
        program.run(table.columns, table.results, count);
        return std::vector<double>(table.results[0], table.results[0] + count);
    };
    const std::vector<double> expected = run();
    std::vector<std::vector<double>> found(8);
    std::vector<std::thread> threads;
    for (auto& values : found) threads.emplace_back([&] { values = run(); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& values : found)
        REQUIRE(std::equal(values.begin(), values.end(), expected.begin(), same<double>));
}

TEST_CASE("a run with the wrong number of columns is a mistake of the caller's") {
    const Program<double> program(sum_and_difference());
    REQUIRE(program.arguments() == 2);
    REQUIRE(program.results() == 3);
    REQUIRE_THROWS_AS(program.run({}, {}, 1), asp::AssertionFailure);
    REQUIRE_THROWS_AS(program.run_at({}, {}), asp::AssertionFailure);
}

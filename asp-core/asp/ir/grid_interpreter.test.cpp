#include "asp/ir/grid_interpreter.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>

#include "asp/ir/detail/grid_reference.hpp"
#include "asp/ir/detail/test_grids.hpp"

using namespace asp::ir;
using testing::Fields;
using testing::parsed_grid;
using testing::reference;
using testing::Setup;
using testing::Shape;

namespace {

/// The same by the program, in ranges that end at `cuts`.
std::vector<double> interpreted(const Setup& setup, Fields& fields, std::vector<long> cuts,
                                bool on_threads = false) {
    const GridProgram program(setup.function);
    std::vector<double*> data;
    std::vector<Shape> strides(setup.parameters());
    for (std::size_t i = 0; i < setup.parameters(); ++i) {
        data.push_back(fields.values[i].data());
        strides[i] = {setup.shape[1] * setup.shape[2], setup.shape[2], 1};
        if (setup.function.dimensions == 2) strides[i] = {setup.shape[1], 1, 1};
        if (setup.function.dimensions == 1) strides[i] = {1, 1, 1};
    }
    const GridCall call{setup.shape, data, strides, setup.scalars, setup.steps, setup.feeds};
    cuts.push_back(setup.shape[0]);
    std::vector<std::vector<double>> parts(cuts.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < cuts.size(); ++i) {
        const auto work = [&, i] {
            parts[i] = program.run(call, i == 0 ? 0 : cuts[i - 1], cuts[i]);
        };
        if (on_threads)
            threads.emplace_back(work);
        else
            work();
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<double> partial;
    for (const auto& part : parts) partial.insert(partial.end(), part.begin(), part.end());
    return program.combined(partial);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), 8 * a.size()) == 0;
}

/// Every way to cut the grid gives the reference's bits, and no read field is changed.
void check(const Setup& setup) {
    Fields expected(setup.shape, setup.parameters());
    const std::vector<double> returned = reference(setup, expected);
    std::vector<std::vector<long>> cuts{{}};
    const GridProgram program(setup.function);
    std::vector<double*> none(setup.parameters());
    const std::vector<Shape> strides(setup.parameters());
    const long n = setup.shape[0];
    if (program.ranges_are_independent(
            {setup.shape, none, strides, setup.scalars, setup.steps, setup.feeds})) {
        cuts.push_back({1});
        cuts.push_back({n / 3, n / 2, n - 1});
        cuts.emplace_back();
        for (long i = 1; i < n; ++i) cuts.back().push_back(i);
    }
    for (const auto& cut : cuts) {
        CAPTURE(setup.function.name, setup.shape[0], setup.shape[1], setup.shape[2], setup.steps,
                static_cast<int>(setup.function.edge), cut.size());
        Fields fields(setup.shape, setup.parameters());
        const std::vector<double> got = interpreted(setup, fields, cut);
        for (std::size_t i = 0; i < setup.parameters(); ++i)
            REQUIRE(same_bits(fields.values[i], expected.values[i]));
        REQUIRE(got.size() == returned.size());
        for (std::size_t i = 0; i < got.size(); ++i)  // sums are in another order
            REQUIRE(got[i] == Approx(returned[i]).epsilon(1e-13).margin(1e-13));
    }
}

const std::vector<Edge> edges{Edge::periodic, Edge::neumann, Edge::dirichlet};

Shape shape_of(std::size_t dimensions, long a, long b, long c) {
    return dimensions == 1 ? Shape{c, 1, 1} : dimensions == 2 ? Shape{a, c, 1} : Shape{a, b, c};
}

}  // namespace

TEST_CASE("the sum over neighbors is that of a plain loop") {
    const GridFunction f = parsed_grid(
        "def f(out, u, w):\n"
        "    for p in out.interior(1):\n"
        "        out[p] = w * u[p] + sum(u[q] for q in "
        "u.neighbors(p))\n",
        3);
    const Setup setup{f, {5, 6, 7}, {0.5}, 1, {}};
    Fields fields(setup.shape, 2);
    const Fields before = fields;
    interpreted(setup, fields, {});
    Fields expected = before;
    for (long i = 1; i < 4; ++i)
        for (long j = 1; j < 5; ++j)
            for (long k = 1; k < 6; ++k) {
                Fields& u = expected;
                const double sum = u.at(1, {i - 1, j, k}) + u.at(1, {i, j - 1, k}) +
                                   u.at(1, {i, j, k - 1}) + u.at(1, {i, j, k + 1}) +
                                   u.at(1, {i, j + 1, k}) + u.at(1, {i + 1, j, k});
                expected.at(0, {i, j, k}) = 0.5 * u.at(1, {i, j, k}) + sum;
            }
    REQUIRE(same_bits(fields.values[0], expected.values[0]));
    REQUIRE(same_bits(fields.values[1], before.values[1]));
}

TEST_CASE("every edge in every dimension, however the range is cut") {
    for (const Edge edge : edges)
        for (const std::size_t dimensions : {1, 2, 3}) {
            const GridFunction f = parsed_grid(
                "def f(out, u):\n"
                "    for p in out.points():\n"
                "        out[p] = p[0] + sum(u[q] * (1 + q[-1]) "
                "for q in u.neighbors(p, 2))\n",
                dimensions, edge, {}, 3.25);
            for (const long n : {1, 2, 3, 4, 9})
                check({f, shape_of(dimensions, n, 3, n), {}, 1, {}});
            check({f, shape_of(dimensions, 4, 3, 700), {}, 1, {}});
        }
}

TEST_CASE("without an edge the interior is computed, the border kept") {
    for (const std::size_t dimensions : {1, 2, 3}) {
        const GridFunction f = parsed_grid(
            "def f(out, u, a):\n"
            "    for p in out.interior(2):\n"
            "        out[p] = a * p[len(u.shape) // 2] * sum(u[q] for q in u.neighbors(p, "
            "2)) / u.shape[0]\n",
            dimensions);
        for (const long n : {1, 3, 4, 5, 8})
            check({f, shape_of(dimensions, n, 6, 9), {0.3}, 1, {}});
        check({f, shape_of(dimensions, 6, 6, 5000), {0.3}, 1, {}});
    }
}

TEST_CASE("later loops see what earlier ones wrote, through temporaries and on the border") {
    const std::string text =
        "def f(out, u, flux):\n"
        "    t, s = u.like(), u.like()\n"
        "    for p in u.points():\n"
        "        t[p] = u[p] * flux\n"
        "    for p in u.points():\n"
        "        s[p] = sum(t[q] for q in u.neighbors(p))\n"
        "        out[p] = t[p] - u[p]\n"
        "    for p in u.interior(1):\n"
        "        out[p] += sum(s[q] for q in u.neighbors(p)) if u[p] > 0 else "
        "0.5\n"
        "    for p in u.border(2):\n"
        "        out[p] = 2 * out[p] - t[p]\n";
    for (const Edge edge : edges)
        for (const std::size_t dimensions : {1, 2, 3})
            for (const long n : {2, 4, 7})
                check({parsed_grid(text, dimensions, edge, {}, -1.5),
                       shape_of(dimensions, n, 4, n + 1),
                       {2.0},
                       1,
                       {}});
}

TEST_CASE("the border may copy what the interior has beside it") {
    const std::string text =
        "def f(out, u):\n"
        "    for p in out.interior(1): out[p] = u[p + 1] - u[p - 1]\n"
        "    for p in out.border(1): u[p] = out[p + 1] + out[p - 1]\n";
    const GridFunction f = parsed_grid(text, 1, Edge::neumann);
    for (const long n : {2, 3, 10}) check({f, {n, 1, 1}, {}, 1, {}});
    const GridProgram program(f);
    std::vector<double*> none(2);
    const std::vector<Shape> strides(2);
    REQUIRE(!program.ranges_are_independent({{10, 1, 1}, none, strides, {}, 1, {}}));
}

TEST_CASE("steps follow each other, and points that no loop writes are carried along") {
    const std::string inside =
        "def f(out, u, dt):\n"
        "    for p in out.interior(1):\n"
        "        out[p] = u[p] + dt * sum(u[q] - u[p] for q in "
        "u.neighbors(p))\n";
    const std::string twice =
        "def f(out, u, dt):\n"
        "    half = u.like()\n"
        "    for p in out.points():\n"
        "        half[p] = u[p] + dt * sum(u[q] for q in u.neighbors(p))\n"
        "    for p in out.interior(2):\n"
        "        out[p] = out[p] + sum(half[q] for q in u.neighbors(p))\n"
        "    for p in out.border(1):\n"
        "        out[p] *= dt\n";
    for (const long steps : {1, 2, 3, 6})
        for (const std::size_t dimensions : {1, 2, 3}) {
            check({parsed_grid(inside, dimensions),
                   shape_of(dimensions, 9, 4, 11),
                   {0.1},
                   steps,
                   {{0, 1}}});
            for (const Edge edge : edges)
                check({parsed_grid(twice, dimensions, edge, {}, 0.5),
                       shape_of(dimensions, 9, 4, 11),
                       {0.1},
                       steps,
                       {{0, 1}}});
        }
}

TEST_CASE("fields without a feed keep what a step left in them") {
    const std::string text =
        "def f(out, total, u):\n"
        "    for p in u.points():\n"
        "        out[p] = 0.5 * (u[p + 1] + u[p - 1])\n"
        "        total[p] += out[p]\n";
    for (const long steps : {1, 2, 5})
        for (const Edge edge : edges)
            check({parsed_grid(text, 1, edge), {40, 1, 1}, {}, steps, {{0, 2}}});
}

TEST_CASE("a system of several fields is iterated") {
    const std::string text =
        "def f(h2, v2, h, v, dt):\n"
        "    for p in h.points():\n"
        "        v2[p] = v[p] - dt * (h[p + (0, 1)] - h[p - (0, 1)])\n"
        "    for p in h.points():\n"
        "        h2[p] = h[p] - dt * (v2[p + (1, 0)] - v2[p - (1, 0)])\n";
    for (const Edge edge : edges)
        check({parsed_grid(text, 2, edge), {12, 9, 1}, {0.2}, 4, {{0, 2}, {1, 3}}});
}

TEST_CASE("sums and extremes are those of the last step") {
    const std::string text =
        "def f(out, u):\n"
        "    total, least, most, count = 1.5, inf, -inf, 0\n"
        "    for p in u.interior(1):\n"
        "        out[p] = 0.5 * u[p] + p[0]\n"
        "        total += out[p] - u[p]\n"
        "        if u[p] > 0: most = max(most, u[p]); count += 1\n"
        "    for p in u.border(1): least = min(least, u[p])\n"
        "    return count, least, most, total, count\n";
    for (const std::size_t dimensions : {1, 2, 3})
        for (const long steps : {1, 3})
            for (const long n : {1, 2, 8})
                check({parsed_grid(text, dimensions),
                       shape_of(dimensions, n, 5, n + 600),
                       {},
                       steps,
                       {{0, 1}}});
}

TEST_CASE("sums are the same to the bit however ranges were cut, and on threads") {
    const std::string text =
        "def f(u, dt):\n"
        "    total = 0.0\n"
        "    for p in u.points(): total += u[p] * dt\n"
        "    return total\n";
    const Setup line{parsed_grid(text, 1), {10000, 1, 1}, {0.1}, 1, {}};
    const Setup box{parsed_grid(text, 3), {12, 5, 5000}, {0.1}, 1, {}};
    Fields cells(line.shape, 1), slabs(box.shape, 1);
    const auto whole = interpreted(line, cells, {});
    for (const auto& cuts : {std::vector<long>{1024}, {2048, 4096, 9216}})
        REQUIRE(same_bits(interpreted(line, cells, cuts, true), whole));
    const auto all = interpreted(box, slabs, {});
    for (const auto& cuts : {std::vector<long>{1}, {3, 4, 9}})
        REQUIRE(same_bits(interpreted(box, slabs, cuts, true), all));
}

TEST_CASE("ranges on threads at once give the same bits as the whole") {
    const std::string text =
        "def f(out, u, dt):\n"
        "    flux = u.like()\n"
        "    for p in u.points(): flux[p] = u[p + (0, 1, 0)] - u[p]\n"
        "    for p in u.points():\n"
        "        out[p] = u[p] + dt * (flux[p] - flux[p - (1, 0, 0)])\n";
    const Setup setup{parsed_grid(text, 3, Edge::periodic), {20, 7, 30}, {0.1}, 3, {{0, 1}}};
    Fields whole(setup.shape, 2);
    interpreted(setup, whole, {});
    for (int repeat = 0; repeat < 20; ++repeat) {
        Fields fields(setup.shape, 2);
        interpreted(setup, fields, {3, 5, 11, 17}, true);
        REQUIRE(same_bits(fields.values[0], whole.values[0]));
    }
}

TEST_CASE("rows of fields may lie anywhere in memory") {
    const GridFunction f = parsed_grid(
        "def f(out, u):\n"
        "    for p in u.interior(1): out[p] = u[p + (1, -1)]\n",
        2);
    std::vector<double> memory(1000, -1.0);
    double* const out = memory.data() + 10;
    double* const u = memory.data() + 500;
    for (long i = 0; i < 4; ++i)
        for (long k = 0; k < 5; ++k) u[13 * i + k] = static_cast<double>(10 * i + k);
    const std::vector<double*> fields{out, u};
    const std::vector<Shape> strides{{8, 1, 1}, {13, 1, 1}};
    GridProgram(f).run({{4, 5, 1}, fields, strides, {}, 1, {}}, 0, 4);
    for (long i = 0; i < 4; ++i)
        for (long k = 0; k < 8; ++k) {
            const bool inside = i > 0 && i < 3 && k > 0 && k < 4;
            REQUIRE(out[8 * i + k] == (inside ? static_cast<double>(10 * (i + 1) + k - 1) : -1.0));
        }
}

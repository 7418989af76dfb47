#include "asp/ir/grid.hpp"

#include "asp/ir/detail/test_grids.hpp"

using namespace asp::ir;
using testing::loop_text;
using testing::parsed_grid;

namespace {

const std::string heat_text =
    "def heat(out, u, c, dt):\n"
    "    change = 0.0\n"
    "    for p in out.interior(1):\n"
    "        laplacian = sum(u[q] for q in u.neighbors(p)) - 4 * u[p]\n"
    "        out[p] = u[p] + dt * c[p] * laplacian\n"
    "        change = max(change, abs(out[p] - u[p]))\n"
    "    return change\n";

}  // namespace

TEST_CASE("fields, scalars, loads and stores of a grid function follow from its text") {
    const GridFunction heat = parsed_grid(heat_text, 2);
    REQUIRE(heat.name == "heat");
    REQUIRE(heat.fields.size() == 3);
    REQUIRE(heat.fields[0].role == Field::Role::written);
    REQUIRE(heat.fields[1].role == Field::Role::read);
    REQUIRE(heat.parameters[3].is_field == false);
    REQUIRE(heat.scalars.at(0).name == "dt");
    const std::vector<Load> loads{{1, {0, 0}},  {2, {0, 0}}, {1, {-1, 0}},
                                  {1, {0, -1}}, {1, {0, 1}}, {1, {1, 0}}};
    REQUIRE(heat.loads == loads);
    REQUIRE(heat.loops.size() == 1);
    REQUIRE(heat.loops[0].region == Region{Region::Kind::interior, {1, 1}});
    REQUIRE(heat.loops[0].reductions.at(0).kind == Reduction::Kind::maximum);
    REQUIRE(heat.loops[0].reductions[0].start == 0.0);
    REQUIRE(heat.returned == std::vector<std::array<std::size_t, 2>>{{0, 0}});
    REQUIRE(
        loop_text(heat, 0) ==
        "out = u + (u(1, 0) + (u(0, 1) + (u(-1, 0) + u(0, -1))) - u * 4) * (c * dt)\n"
        "change = abs(u + (u(1, 0) + (u(0, 1) + (u(-1, 0) + u(0, -1))) - u * 4) * (c * dt) - u)\n");
}

TEST_CASE("neighbors stand in lexicographic order") {
    const auto offsets = [](std::size_t dimensions, const std::string& arguments) {
        const GridFunction f = parsed_grid(
            "def f(out, u):\n"
            "    for p in u.interior(2):\n"
            "        out[p] = sum(u[q] for q in u.neighbors(" +
                arguments + "))\n",
            dimensions);
        std::vector<Offset> result;
        for (const Load& load : f.loads) result.push_back(load.offset);
        return result;
    };
    REQUIRE(offsets(1, "p, 2") == std::vector<Offset>{{-2}, {-1}, {1}, {2}});
    REQUIRE(offsets(2, "p") == std::vector<Offset>{{-1, 0}, {0, -1}, {0, 1}, {1, 0}});
    REQUIRE(
        offsets(3, "p") ==
        std::vector<Offset>{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {0, 0, 1}, {0, 1, 0}, {1, 0, 0}});
    REQUIRE(offsets(2, "p, 2").size() == 12);
    REQUIRE(offsets(3, "p, 2").size() == 24);
}

TEST_CASE("the method kernel of a class is the grid function") {
    const GridFunction heat = parsed_grid(
        "import asp\n"
        "class Heat(asp.StencilKernel):\n"
        "    'Explicit Euler.'\n"
        "    reach = 1\n"
        "    def flux(self, u, p):\n"
        "        return u[p + 1] - u[p]\n"
        "    def kernel(self, out, u, dt: float = 0.5):\n"
        "        '''One step.'''\n"
        "        for p in u.interior(self.reach):\n"
        "            out[p] = dt * self.flux(u, p) * self.k\n"
        "    def other(self): return 1\n",
        1);
    REQUIRE(heat.name == "Heat");
    REQUIRE(heat.fields.size() == 2);
    REQUIRE(loop_text(heat, 0) == "out = dt * (u(1) - u) * 2\n");
}

TEST_CASE("a function that is called reads fields, also what was just written") {
    const GridFunction f = parsed_grid(
        "def double(f, p): return 2 * f[p]\n"
        "def f(out, u):\n"
        "    for p in u.points():\n"
        "        out[p] = double(u, p) + double(f=u, p=p)\n"
        "        out[p] = double(out, p)\n",
        2);
    REQUIRE(f.loads == std::vector<Load>{{1, {}}});
    REQUIRE(loop_text(f, 0) == "out = 2 * (u * 2 + u * 2)\n");
}

TEST_CASE("an if around a store selects, and what is not written keeps its value") {
    const GridFunction f = parsed_grid(
        "def f(out, u):\n"
        "    for p in u.points():\n"
        "        if u[p] > 0: out[p] = 1\n"
        "        elif u[p] < -1: out[p] += u[p]\n",
        1);
    REQUIRE(loop_text(f, 0) == "out = 1 if 0 < u else out + u if u < -1 else out\n");
}

TEST_CASE("indices and shape are numbers") {
    const GridFunction f = parsed_grid(
        "def f(out, u):\n"
        "    n = len(u.shape)\n"
        "    for p in u.interior(1):\n"
        "        q = p - (0, 1)\n"
        "        out[p] = p[0] / out.shape[0] + q[1] * n + q[-1] + u[(0, 1) + q]\n",
        2);
    REQUIRE(loop_text(f, 0) == "out = u + (p1 + -1 + (p0 / n0 + (p1 + -1) * 2))\n");
}

TEST_CASE("names of one field may change, loops around loops are unrolled") {
    const GridFunction f = parsed_grid(
        "def f(out, u, v, w):\n"
        "    a, b = u, v\n"
        "    for k in range(2):\n"
        "        for p in out.points():\n"
        "            for g, x in zip((a, b), (1, w)):\n"
        "                out[p] += g[p] * x\n",
        1);
    REQUIRE(f.scalars.size() == 1);
    REQUIRE(f.loops.size() == 2);
    REQUIRE(loop_text(f, 1) == "out = out + u + v * w\n");
}

TEST_CASE("temporaries have the names of their variables") {
    const GridFunction f = parsed_grid(
        "def f(out, u):\n"
        "    half, u2 = u.like(), u.like()\n"
        "    for p in u.interior(1): half[p] = u[p]\n"
        "    for p in u.border(1): half[p] = 0\n"
        "    for p in u.points(): u2[p] = half[p] * u[p]\n"
        "    for p in u.interior(2): out[p] = u2[p + 2]\n",
        1);
    REQUIRE(f.fields.size() == 4);
    REQUIRE(f.fields[2].name == "half");
    REQUIRE(f.fields[3].name == "u2");
    REQUIRE(f.fields[2].role == Field::Role::temporary);
}

TEST_CASE("temporaries are read as far inside as they were written") {
    const std::string begin =
        "def f(out, u):\n    t = u.like()\n    for p in u.interior(1): t[p] = u[p]\n";
    parsed_grid(begin + "    for p in u.interior(2): out[p] = t[p + (1, -1)]\n", 2);
    parsed_grid(begin + "    for p in u.interior((1, 2)): out[p] = t[p + (0, 1)]\n", 2);
    parsed_grid(
        "def f(out, u):\n    t = u.like()\n"
        "    for p in u.border(2): t[p] = u[p]\n"
        "    for p in u.border(1): out[p] = t[p + (1, 0)]\n",
        2, Edge::neumann);
}

TEST_CASE("sums and extremes may grow under conditions and in several places") {
    const GridFunction f = parsed_grid(
        "def f(u):\n"
        "    total, least, count = 1.0, inf, 0\n"
        "    for p in u.points():\n"
        "        total = total + u[p] - 1\n"
        "        if u[p] > 2:\n"
        "            total += u[p]; least = min(least, u[p])\n"
        "            count += 1\n"
        "    return total, least, count\n",
        1);
    REQUIRE(f.returned.size() == 3);
    const GridLoop& loop = f.loops[0];
    REQUIRE(loop.reductions.size() == 3);
    // by name: count, least, total
    REQUIRE(loop.reductions[1].kind == Reduction::Kind::minimum);
    REQUIRE(loop.reductions[2].start == 1.0);
    REQUIRE(loop_text(f, 0) ==
            "count = 1 if 2 < u else 0\n"
            "least = u if 2 < u else math.inf\n"
            "total = u + (u - 1) if 2 < u else u - 1\n");
}

TEST_CASE("what a loop may read outside of the grid is a matter of its edge") {
    const std::string text =
        "def f(out, u):\n    for p in u.points(): out[p] = u[p + 1] - u[p - 1]\n";
    for (const Edge edge : {Edge::periodic, Edge::neumann, Edge::dirichlet})
        REQUIRE(parsed_grid(text, 1, edge).edge == edge);
}

TEST_CASE("units go from fields and scalars into what is written") {
    Environment environment;
    environment.arguments = {{"u", parse_unit("Pa")}, {"h", parse_unit("m")}};
    const std::string begin = "def f(out, u, h):\n    for p in u.interior(1): ";
    parsed_grid(begin + "out[p] = (u[p + 1] - u[p]) / h", 1, Edge::none, environment);
    REQUIRE(testing::refused_grid(begin + "out[p] = u[p] + h", 1, Edge::none, environment) ==
            "heat.py:2:45: cannot add m to Pa");
    REQUIRE(testing::refused_grid(begin + "u[p] = u[p] * h", 1, Edge::none, environment) ==
            "heat.py:2:36: 'u' is in Pa, not N/m");
}

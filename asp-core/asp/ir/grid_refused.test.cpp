#include "asp/ir/detail/test_grids.hpp"
#include "asp/ir/stages.hpp"

using namespace asp::ir;
using testing::refused_grid;

namespace {

/// The complaint about what stands in a loop over out's interior(1), in two dimensions: "column:
/// message".
std::string in_loop(const std::string& statement) {
    const std::string all =
        refused_grid("def f(out, u, k):\n for p in out.interior(1):\n  " + statement + "\n", 2);
    INFO(all);
    REQUIRE(all.starts_with("heat.py:3:"));
    REQUIRE(all.find('\n') == std::string::npos);
    return all.substr(10);
}

/// The same of what stands before a loop that is right.
std::string in_function(const std::string& statement) {
    const std::string all = refused_grid(
        "def f(out, u, k):\n " + statement + "\n for p in out.points(): out[p] = u[p] * k\n", 2);
    INFO(all);
    REQUIRE(all.starts_with("heat.py:2:"));
    REQUIRE(all.find('\n') == std::string::npos);
    return all.substr(10);
}

const std::string say = "say what is there: a boundary that is periodic, neumann or dirichlet";

}  // namespace

TEST_CASE("an offset that leaves the grid is told, and the loop that it needs") {
    REQUIRE(in_loop("out[p] = u[p + (0, 2)]") ==
            "12: 'u' is read 1 point outside of the grid; loop over u.interior(2), or " + say);
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbors(p, 3))") ==
            "16: 'u' is read 2 points outside of the grid; loop over u.interior(3), or " + say);
    REQUIRE(in_function("for p in u.interior((0, 2)): out[p] = u[p - (1, 0)]") ==
            "40: 'u' is read 1 point outside of the grid; loop over u.interior((1, 2)), or " + say);
    REQUIRE(in_function("for p in u.points(): out[p] = u[p - (1, 0)]") ==
            "32: 'u' is read 1 point outside of the grid; loop over u.interior(1), or " + say);
    REQUIRE(in_function("for p in u.border(2): out[p] = u[p - (1, 0)]") ==
            "33: 'u' is read 1 point outside of the grid; " + say);
}

TEST_CASE("a field that is written is not read at another point") {
    const std::string reason =
        " is written in this loop and read at another point: read another field, or write to a "
        "temporary (like()) and copy it in a loop of its own";
    REQUIRE(in_loop("out[p] = out[p + (1, 0)]") == "12: 'out'" + reason);
    REQUIRE(in_loop("u[p] = 1; out[p] = k * u[p - (1, 1)]") == "26: 'u'" + reason);
}

TEST_CASE("only fields are written, at the point of the loop") {
    REQUIRE(in_loop("out[p + (1, 0)] = u[p]") ==
            "7: 'out' is written at the point of the loop only, not at offset (1, 0); read the "
            "other fields at the opposite offset instead");
    REQUIRE(in_loop("x = 2.0; x[p] = u[p]") ==
            "12: this is a number, and only fields are written at a point; another field is made "
            "by 'like()' of one");
    REQUIRE(in_loop("out[3] = u[p]") ==
            "7: a field is read and written at a point of a loop, such as p or p + (0, 1), not at "
            "a number");
    REQUIRE(in_function("out[0, 0] = 1") ==
            "6: a field is read and written at a point of a loop, such as p or p + (0, 1), not at "
            "a list of 2");
    REQUIRE(refused_grid("def g(out, p):\n out[p] = 1\n return 2\n"
                         "def f(out):\n for p in out.points(): x = g(out, p)\n",
                         1) ==
            "heat.py:2:2: a field is written in the loop itself; return the value from here");
}

TEST_CASE("a field is no number, a number no field") {
    REQUIRE(in_loop("out[p] = u + u[p]") ==
            "12: this is a field, not a number; read it at a point: u[p]");
    REQUIRE(in_loop("k[p] = 1; out[p] = k") ==
            "22: this is a field, not a number; read it at a point: u[p]");
    REQUIRE(in_loop("out[p] = p") ==
            "12: this is a point, not a number; its indices are p[0], p[1], ...");
    REQUIRE(in_loop("if u: out[p] = u[p]") ==
            "6: this is a field, not a number; read it at a point: u[p]");
    REQUIRE(in_function("k = 2 * u.points()") ==
            "10: these are points of a grid, not a number; they are for a loop: for p in ...");
    REQUIRE(refused_grid("def f(a, b): return a + b", 1) ==
            "heat.py:1:5: 'f' has no field: a parameter that is read or written at a point, such "
            "as u[p]");
}

TEST_CASE("an offset has a whole constant for each dimension") {
    REQUIRE(in_loop("out[p] = u[p + 1]") ==
            "18: an offset has 2 components here, one for each dimension of the grid, not 1: (0, "
            "1)");
    REQUIRE(in_loop("out[p] = u[p + (1, 0, 0)]") ==
            "18: an offset has 2 components here, one for each dimension of the grid, not 3: (0, "
            "1)");
    REQUIRE(in_loop("out[p] = u[p + (0, k)]") ==
            "18: an offset is made of whole constants, not of a number");
    REQUIRE(in_loop("out[p] = u[p + (0, 1.0)]") ==
            "18: an offset is made of whole constants, not of a number");
    REQUIRE(in_loop("out[p] = u[p + (0, 100000)]") ==
            "18: an offset is made of whole constants up to 10000");
    REQUIRE(in_loop("out[p] = u[p + p]") ==
            "18: this is a point; an offset is added to it or subtracted: p + (0, 1)");
    REQUIRE(in_loop("out[p] = u[2 * p]") ==
            "18: this is a point; an offset is added to it or subtracted: p + (0, 1)");
    REQUIRE(in_loop("out[p] = u[p[0], p[1]]") ==
            "14: a field is read and written at a point of a loop, such as p or p + (0, 1), not "
            "at a list of 2");
    REQUIRE(in_loop("out[p] = p[2]") ==
            "14: a point has 2 indices here, by whole constants from 0");
}

TEST_CASE("widths and distances are whole constants") {
    REQUIRE(in_function("for p in u.interior(k): out[p] = 1") ==
            "22: a width is made of whole constants, not of a number");
    REQUIRE(in_function("for p in u.interior((1, 2, 3)): out[p] = 1") ==
            "22: a width has 2 components here, one for each dimension of the grid, not 3: (0, 1)");
    REQUIRE(in_function("for p in u.border(-1): out[p] = 1") == "20: a width must not be negative");
    REQUIRE(in_function("for p in u.border(0): out[p] = 1") ==
            "11: a border of width 0 has no points");
    REQUIRE(in_function("for p in u.interior(1, 1): out[p] = 1") ==
            "11: 'interior' takes a width at most, not 2");
    REQUIRE(in_function("for p in u.points(1): out[p] = 1") ==
            "11: 'points' takes no argument, not 1");
    REQUIRE(in_function("for p in u.interior(width=1): out[p] = 1") ==
            "22: 'interior' takes no arguments by keyword");
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbors(p, k))") ==
            "45: a distance is a whole constant, 1 or more, not a number");
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbors(p, 0))") ==
            "45: a distance is a whole constant, 1 or more");
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbors())") ==
            "30: 'neighbors' takes a point and perhaps a distance, not 0 arguments");
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbors(u))") ==
            "42: 'neighbors' takes a point of a loop, not a field");
}

TEST_CASE("what is unknown is named, with what was meant") {
    REQUIRE(in_loop("out[p] = sum(u[q] for q in u.neighbours(p))") ==
            "30: a field has no 'neighbours'; did you mean 'neighbors'?");
    REQUIRE(in_loop("out[p] = u.size") ==
            "12: a field has no 'size'; it has points, interior, border, neighbors, shape and "
            "like");
    REQUIRE(in_loop("out[p] = p.x").starts_with("12: a point has no 'x'; its indices are p[0]"));
    REQUIRE(in_function("for p in u.interior: out[p] = 1") ==
            "11: 'interior' is a function of a field; call it: interior(...)");
    REQUIRE(in_function("k = u.shape(0)") == "6: 'shape' is no function: shape[0], shape[1], ...");
    REQUIRE(in_function("for p in u.points().inner: out[p] = 1") ==
            "11: the points of a grid have no 'inner'");
    REQUIRE(in_function("for p in u: out[p] = 1") ==
            "11: this is a field; a loop goes over u.points(), u.interior(1), u.border(1) or "
            "u.neighbors(p) of a field u");
}

TEST_CASE("a temporary is read where it was written") {
    const std::string begin = "def f(out, u):\n t = u.like()\n";
    const std::string write = " for p in u.interior(1): t[p] = u[p]\n";
    REQUIRE(refused_grid(begin + " for p in u.points(): out[p] = t[p]\n" + write, 1) ==
            "heat.py:3:32: 't' is read before it is written");
    REQUIRE(refused_grid(begin + " for p in u.interior(1): out[p] = t[p + 1]\n" + write, 1) ==
            "heat.py:3:35: 't' is read before it is written");
    REQUIRE(refused_grid(begin + write + " for p in u.interior(1): out[p] = t[p + 1]\n", 1) ==
            "heat.py:4:35: 't' is written in interior(1) only, and read outside of it here, at "
            "offset 1 from interior(1)");
    REQUIRE(refused_grid(begin + write + " for p in u.points(): out[p] = t[p + 1]\n", 1,
                         Edge::periodic) ==
            "heat.py:4:32: 't' is written in interior(1) only, and read outside of it here, at "
            "offset 1 from points()");
    REQUIRE(refused_grid(begin + write + " for p in u.points(): out[p] = t[p]\n", 1) ==
            "heat.py:4:32: 't' is written in interior(1) only, and not at all points of this loop");
    REQUIRE(refused_grid(begin + " for p in u.points():\n  if u[p] > 0: t[p] = u[p]\n", 1) ==
            "heat.py:4:16: 't' is written on some paths only, and has no value before; write it in "
            "the 'else', too");
    REQUIRE(in_loop("t = u.like()") ==
            "7: a field is made at the beginning of the grid function, outside of loops and "
            "branches");
    REQUIRE(in_function("k = u.like(2)") ==
            "6: 'like' takes no arguments: the new field has the same shape");
}

TEST_CASE("a function that nobody would notice is refused") {
    REQUIRE(refused_grid("def f(u):\n t = u.like()\n for p in u.points(): t[p] = u[p]\n", 1) ==
            "heat.py:1:5: 'f' writes no field and returns nothing: nobody would see what it does");
}

TEST_CASE("a variable that grows does nothing else") {
    const auto growing = [](const std::string& statement) {
        const std::string all = refused_grid(
            "def f(out, u, k):\n s = 0.0\n for p in u.points():\n"
            "  " +
                statement + "\n return s\n",
            1);
        INFO(all);
        REQUIRE(all.find('\n') == std::string::npos);
        return all.substr(8);
    };
    const std::string only =
        "'s' changes from point to point, and may only grow: s += ..., s = max(s, ...) or s = "
        "min(s, ...)";
    REQUIRE(growing("s = 2 * s + u[p]") == "4:7: " + only);
    REQUIRE(growing("if u[p] > s: s = u[p]") == "4:6: " + only);
    REQUIRE(growing("s += u[p]; s = max(s, u[p])").substr(6) == only);
    const std::string read =
        " has a value from before the loop, and is read in it while it changes from point to "
        "point; give each point a variable of its own, or only let it grow: s += ..., max(s, ...)";
    REQUIRE(growing("s += u[p]; out[p] = s") == "4:14: 's'" + read);
    REQUIRE(growing("s = u[p]; out[p] = s") ==
            "5:9: 's' belongs to each point of the loop; only sums and extremes are left behind "
            "it");
    REQUIRE(refused_grid("def f(u, s):\n for p in u.points(): s += u[p]\n return s\n", 1) ==
            "heat.py:2:23: 's' grows from point to point, and must start as a constant");
    REQUIRE(
        refused_grid("def f(u):\n s = 0\n for p in u.points(): s += u[p]\n return s / 2\n", 1) ==
        "heat.py:4:9: this is known after the last point only; return it, and compute with "
        "that");
}

TEST_CASE("what is returned are sums and extremes") {
    const std::string begin =
        "def f(out, u, k):\n for p in u.points(): out[p] = u[p] * k\n return ";
    const std::string reason =
        "heat.py:3:9: a grid function returns sums and extremes over the points of its loops, not ";
    REQUIRE(refused_grid(begin + "k", 1) == reason + "a number");
    REQUIRE(refused_grid(begin + "out", 1) == reason + "a field; fields are written in place");
}

TEST_CASE("a point belongs to its loop") {
    REQUIRE(refused_grid("def f(out, u):\n for p in u.points(): out[p] = 1\n"
                         " for q in u.points(): out[q] = u[p]\n",
                         1) == "heat.py:3:34: 'p' is a point of a loop that has ended");
    REQUIRE(refused_grid("def f(out, u):\n for p in u.points():\n  a = u[p]\n  out[p] = a\n"
                         " for p in u.points(): out[p] = a\n",
                         1) ==
            "heat.py:5:32: 'a' belongs to each point of the loop; only sums and extremes are left "
            "behind it");
}

TEST_CASE("loops over points stand side by side in the function itself") {
    REQUIRE(in_loop("for q in u.points(): out[p] = 1") ==
            "3: a loop over points does not stand within another; a field's neighbors are "
            "u.neighbors(p)");
    REQUIRE(in_loop("return 1") == "3: a loop goes over all its points; return behind it");
    REQUIRE(in_function("for p, q in u.points(): out[p] = 1") ==
            "6: a point has one name here: for p in ...; its indices are p[0], p[1], ...");
    REQUIRE(refused_grid("def f(out, k):\n if k > 0:\n  for p in out.points(): out[p] = 1\n", 1)
                .starts_with("heat.py:3:3: a loop over points does not depend on a condition; put "
                             "the 'if' into the loop"));
    REQUIRE(refused_grid("def g(u):\n for p in u.points(): u[p] = 1\n return 1\n"
                         "def f(u):\n x = g(u)\n for p in u.points(): u[p] = x\n",
                         1) ==
            "heat.py:2:2: a loop over points stands in the grid function itself, not in one that "
            "it calls");
    REQUIRE(in_loop("q = p if u[p] > 3 else p + (0, 1)\n  out[p] = u[q]") ==
            "26: cannot choose between two points");
}

TEST_CASE("a callback is refused in a stencil, also where a function that is called has it") {
    Environment environment;
    environment.functions["measured"] = opaque_function("measured", {"x"}, "key");
    Environment inner = environment;
    asp::Diagnostics diagnostics;
    const auto text = std::make_shared<const Source>(
        Source{"heat.py", "def doubled(x): return 2.0 * measured(x)\n", 1});
    environment.functions["doubled"] = parse_functions(text, inner, diagnostics).at(0);
    const auto refused = [&](const std::string& name) {
        return refused_grid("def f(out, u):\n for p in out.points(): out[p] = " + name + "(u[p])\n",
                            2, Edge::none, environment);
    };
    for (const std::string name : {"measured", "doubled"})
        REQUIRE(refused(name) ==
                "heat.py:2:34: a callback cannot be called from a stencil, and '" + name +
                    "' is or calls one; fill an array with its values before, and pass that as a "
                    "field");
}

TEST_CASE("a complaint about a grid function shows its line") {
    asp::Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(
        Source{"heat.py", "def f(out, u):\n    for p in u.points(): out[p] = u[p + 1]\n", 7});
    REQUIRE(!parse_grid_function(source, {1}, {}, diagnostics));
    REQUIRE(diagnostics.lines().at(0) ==
            "heat.py:8:35: 'u' is read 1 point outside of the grid; loop over u.interior(1), or " +
                say +
                "\n    for p in u.points(): out[p] = u[p + 1]\n"
                "                                  ^~~~~~~~");
}

TEST_CASE("classes without methods, and texts without functions, are no grid functions") {
    REQUIRE(refused_grid("x = 1\n", 1) ==
            "heat.py:1:1: expected a function definition: 'def "
            "name(...):'");
    REQUIRE(refused_grid("class A:\n    def kernel(): pass\n", 1) ==
            "heat.py:2:9: a method has a first parameter 'self'");
}

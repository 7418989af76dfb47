#include <cmath>

#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;
using testing::parsed_functions;
using testing::refused_functions;

namespace {

/// Values of the last function of a text. Arguments in order.
std::vector<double> values(const std::string& text, const std::vector<double>& point) {
    const Function function = parsed_functions(text).back();
    REQUIRE(function.arguments.size() == point.size());
    std::vector<double> result;
    for (const Result& one : function.results)
        result.push_back(testing::value_at(one.value, point));
    return result;
}

double value(const std::string& text, const std::vector<double>& point) {
    const std::vector<double> all = values(text, point);
    REQUIRE(all.size() == 1);
    return all[0];
}

}  // namespace

TEST_CASE("a function of Python becomes a function of numbers") {
    const auto functions = parsed_functions(R"(
import math
import numpy as np
from math import sqrt

@asp.kernel(backend="cpu", sizes=[1, 2])
def pressure(A: float, A0: "m^2", beta: np.float64 | None = 3.5e6) -> float:
    """Elastic wall.

    beta [Pa/m]
    """
    root = sqrt(A) - math.sqrt(A0)  # of both
    return beta * root / A0
)");
    REQUIRE(functions.size() == 1);
    const Function& f = functions[0];
    REQUIRE(f.name == "pressure");
    REQUIRE(f.arguments.size() == 3);
    REQUIRE(f.arguments[2].name == "beta");
    REQUIRE(f.arguments[0].unit == parse_unit("m^2"));
    REQUIRE(f.results.size() == 1);
    REQUIRE(f.results[0].name == "result0");
    REQUIRE(f.results[0].unit == parse_unit("Pa/m^2"));
    REQUIRE(testing::value_at(f.results[0].value, {9, 4, 8}) == 2);
}

TEST_CASE("variables are assigned one by one, together and in place") {
    REQUIRE(value("def f(a):\n  b = c = a\n  b, c = c + 1, b\n  (b, [c, d]), = ((c, [b, 2]),)\n"
                  "  return b + 10 * c + 100 * d",
                  {5}) == 5 + 60 + 200);
    REQUIRE(value("def f(a):\n  b: float = a\n  c: int\n  b += 1; b *= 2\n  b -= a\n  b /= 2\n"
                  "  b **= 2\n  return b",
                  {4}) == 9);
    REQUIRE(value("def f(a):\n  n = 7\n  n //= 2\n  n %= 2\n  return a + n", {4}) == 5);
}

TEST_CASE("branches of an if give one value for each variable") {
    const std::string text = R"(
def f(a, b):
    y = 1
    if a < 0:
        y = -a
        z = 2
    elif a < 1:
        y += b
        z = 3
    else:
        z = 4
    return y, z
)";
    REQUIRE(values(text, {-5, 7}) == std::vector<double>{5, 2});
    REQUIRE(values(text, {0.5, 7}) == std::vector<double>{8, 3});
    REQUIRE(values(text, {1, 7}) == std::vector<double>{1, 4});
    REQUIRE(parsed_functions(text)[0].results[1].name == "z");
}

TEST_CASE("a function may return early") {
    const std::string text = R"(
def f(a, b):
    if a < 0:
        return -1
    if a < 1:
        if b < 1:
            return 5
        y = 1
    elif b < 2:
        return 7
    else:
        y = a
    y *= 10
    if b > 100:
        return 8
    else:
        return y
)";
    REQUIRE(value(text, {-1, 0}) == -1);
    REQUIRE(value(text, {0.5, 0}) == 5);
    REQUIRE(value(text, {0.5, 50}) == 10);
    REQUIRE(value(text, {3, 1}) == 7);
    REQUIRE(value(text, {3, 50}) == 30);
    REQUIRE(value(text, {3, 101}) == 8);
}

TEST_CASE("a path that returns or is never taken needs no variables") {
    REQUIRE(value("def f(a):\n  if a < 0:\n    return 0\n  else:\n    y = a\n  return y", {3}) ==
            3);
    REQUIRE(value("def f(a):\n  if a > 0:\n    y = a\n  else:\n    return 1\n  return y", {3}) ==
            3);
    REQUIRE(value("def f(a):\n  return a\n  return undefined", {3}) == 3);
    REQUIRE(value("def f(a):\n  if False:\n    return undefined\n  return a", {3}) == 3);
    // what does not fit together is of no matter where it is not used
    REQUIRE(value("def f(a):\n  if a < 0:\n    y = [1]\n  else:\n    y = 2\n  return a", {3}) == 3);
}

TEST_CASE("several values are returned as a tuple or list") {
    const Function f = parsed_functions("def f(a, b):\n  s = a + b\n  return [s, a * b, s, b]")[0];
    REQUIRE(f.results.size() == 4);
    REQUIRE(f.results[0].name == "s");
    REQUIRE(f.results[1].name == "result1");
    REQUIRE(f.results[2].name == "result2");  // a name is given once
    REQUIRE(f.results[3].name == "b");
    REQUIRE(parsed_functions("def f(a):\n  r = [a, 2]\n  return r")[0].results[1].name == "r[1]");
    REQUIRE(parsed_functions("def f(a):\n  y = a\n  if a < 0:\n    return 2\n  return y")[0]
                .results[0]
                .name == "result0");
    REQUIRE(values("def f(a):\n  if a < 0:\n    return 1, 2\n  return (3, a)", {5}) ==
            std::vector<double>{3, 5});
}

TEST_CASE("a condition that is returned is 1 or 0") {
    REQUIRE(values("def f(a):\n  return a < 1, not a < 1", {0}) == std::vector<double>{1, 0});
    REQUIRE(value("def inside(a):\n  return 0 < a < 1\ndef f(a):\n  return 5 if inside(a) else a",
                  {0.5}) == 5);
}

TEST_CASE("loops over ranges, lists, zip and enumerate are unrolled") {
    REQUIRE(value("def f(a):\n  s = 0\n  for i in range(4):\n    s += i * a\n  return s", {2}) ==
            12);
    REQUIRE(value("def f(a):\n  for i in range(5, -1, -2):\n    a = a * 10 + i\n  return a", {0}) ==
            531);
    REQUIRE(
        value("def f(a):\n  for w, (b, c) in zip((1, 2), [(a, 1), (3, a)]):\n    a += w * b * c\n"
              "  return a",
              {2}) == 2 + 2 + 12);
    REQUIRE(value("def f(x):\n  s = 0\n  for i, xi in enumerate(x): s += i * xi\n  return s",
                  {1, 2, 3}) == 8);
    REQUIRE(
        value(
            "def f(a):\n  for i in range(3):\n    if i == 1:\n      a += 10\n    elif i % 2 == 0:\n"
            "      a *= 2\n  return a + i",
            {1}) == 26);
    REQUIRE(
        value("def f(a):\n  for i in range(4):\n    if a < i:\n      return i * 100\n  return -1",
              {1.5}) == 200);
    REQUIRE(value("def f(a):\n  for i in range(0):\n    a = 5\n  return a", {1}) == 1);
    REQUIRE(value("def f(a):\n  for i in []: pass\n  for i in (a,): a += i\n  return a", {1}) == 2);
}

TEST_CASE("vector parameters have the size that the environment declares") {
    Environment environment;
    environment.arguments = {{"v", parse_unit("m/s"), {-1.0, 1.0}, 2}};
    const Function f =
        parsed_functions("def f(a, v):\n  return v[0] + v[1], a * len(v)", environment)[0];
    REQUIRE(f.arguments.size() == 3);
    REQUIRE(f.arguments[2].name == "v[1]");
    REQUIRE(f.arguments[2].range == Interval{-1.0, 1.0});
    REQUIRE(!f.arguments[0].unit);
    REQUIRE(f.results[0].unit == parse_unit("m/s"));
}

TEST_CASE("functions call those that stand before them") {
    const auto functions = parsed_functions(R"(
g = 9.81
half, third = 1 / 2, 1 / 3

def square(a): return a * a

def energy(m, v, factor=half):
    return factor * m * square(v)

def both(m, v):
    return energy(m, v) + energy(v=v, m=m, factor=third) + m * g
)");
    REQUIRE(functions.size() == 3);
    REQUIRE(functions[2].name == "both");
    REQUIRE(testing::value_at(functions[2].results[0].value, {6, 2}) == Approx(12 + 8 + 58.86));
    REQUIRE(functions[1].arguments.size() == 3);
}

TEST_CASE("a function that makes sense with its callers' arguments only is a part of them") {
    const auto functions = parsed_functions(R"(
def polynomial(c, t, n):
    r = 0
    for i in range(n - 1, -1, -1):
        r = r * t + c[i]
    return r

def f(t):
    return polynomial([1, 2, 3], t, 3)
)");
    REQUIRE(functions.size() == 1);
    REQUIRE(functions[0].name == "f");
    REQUIRE(testing::value_at(functions[0].results[0].value, {10}) == 321);
}

TEST_CASE("units go through functions, and what is declared is checked") {
    Environment environment = testing::tube();
    const std::string text = "def area(A): return 2 * A\ndef f(p, A): return p * area(A)";
    REQUIRE(parsed_functions(text, environment)[1].results[0].unit == parse_unit("N"));
    REQUIRE(refused_functions("def area(A): return 2 * A\ndef f(p): return area(p)") ==
            "heat.py:11:23: 'A' of 'area' is in m^2, not Pa\n"
            "    def f(p): return area(p)\n"
            "                          ^");
}

TEST_CASE("the whole text may be indented, with any blank lines and comments") {
    REQUIRE(value("    # of a class\n\n    def f(a):\n        # first\n\n        b = a\n  # odd\n"
                  "        return b\n\n    # last",
                  {2}) == 2);
    REQUIRE(value("def f(a):\r\n\tif a < 1:\r\n\t\treturn 1\r\n\treturn a\r\n", {2}) == 2);
    REQUIRE(value("def f(a,\n      b):\n    return (a +\nb)", {2, 3}) == 5);
    REQUIRE(value("def f(a): return a \\\n  + 1", {2}) == 3);
    REQUIRE(value("def f(a):\n  '''doc\n  string'''\n  return a", {2}) == 2);
    REQUIRE(value("def f(a):\n  return a # no newline at the end", {2}) == 2);
    REQUIRE(value("def f():\n  ...\n  return 2", {}) == 2);
}

TEST_CASE("what is wrong in a function is told with file, line and column") {
    REQUIRE(refused_functions("def f(a):\n    wave = a + c\n    return wav * d\n") ==
            "heat.py:11:16: unknown name 'c'\n"
            "    wave = a + c\n"
            "               ^\n"
            "heat.py:12:12: unknown name 'wav'; did you mean 'wave'?\n"
            "    return wav * d\n"
            "           ^~~\n"
            "heat.py:12:18: unknown name 'd'\n"
            "    return wav * d\n"
            "                 ^");
}

TEST_CASE("a variable without a value on some path is told where it is used") {
    REQUIRE(refused_functions("def f(a):\n  b = c\n  c = 1\n  return b") ==
            "heat.py:11:7: 'c' is used before it is assigned\n"
            "    b = c\n"
            "        ^");
    REQUIRE(refused_functions("def f(a):\n  if a < 1:\n    b = 2\n  return b") ==
            "heat.py:13:10: 'b' is not assigned on every path to here\n"
            "    return b\n"
            "           ^");
    REQUIRE(
        refused_functions("def f(a):\n  if a < 1:\n    b = 2\n  else:\n    b = [a]\n  return b") ==
        "heat.py:15:10: 'b' is one of a number and a list of 1, depending on the path\n"
        "    return b\n"
        "           ^");
    REQUIRE(refused_functions("def f(p, A):\n  b = p\n  if A > 0:\n    b = A\n  return b") ==
            "heat.py:14:10: 'b' is one of m^2 and Pa, depending on the path\n"
            "    return b\n"
            "           ^");
    // in Python a name that is assigned anywhere in a function is its own
    REQUIRE(refused_functions("def f(a):\n  b = e\n  e = 1\n  return b").find("before it is") !=
            std::string::npos);
}

TEST_CASE("a missing or unfitting return is told") {
    REQUIRE(refused_functions("def f(a):\n  if a < 1:\n    return 2\n") ==
            "heat.py:10:5: 'f' does not return a value on every path\n"
            "    def f(a):\n"
            "        ^");
    REQUIRE(refused_functions("def f(a):\n  pass").find("'f' does not return a value") !=
            std::string::npos);
    REQUIRE(refused_functions("def f(a):\n  return") ==
            "heat.py:11:3: 'return' needs a value\n"
            "    return\n"
            "    ^~~~~~");
    REQUIRE(refused_functions("def f(a):\n  if a < 1:\n    return 2\n  return 1, 2") ==
            "heat.py:12:12: cannot choose between a number and a list of 2\n"
            "    return 2\n"
            "           ^");
    REQUIRE(
        refused_functions("def f(a):\n  return a, [a]").find("this is a list of 1, not a number") !=
        std::string::npos);
    REQUIRE(
        refused_functions("def f(a):\n  return []").find("there is nothing in what is returned") !=
        std::string::npos);
    REQUIRE(refused_functions("return 1").find("'return' stands outside of a function") !=
            std::string::npos);
}

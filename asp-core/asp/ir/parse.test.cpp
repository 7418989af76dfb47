#include "asp/ir/parse.hpp"

#include <cmath>
#include <numbers>

#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;
using testing::parsed;
using testing::value;

namespace {

std::string printed(const std::string& text) {
    const Function function = parsed(text);
    return to_string(function, function.results[0].value);
}

std::string unit(const std::string& text) {
    return testing::shown(parsed(text).results[0].unit);
}

}  // namespace

TEST_CASE("a tube law is parsed from one line") {
    asp::Diagnostics diagnostics;
    const auto source =
        std::make_shared<const Source>(Source{"x.yaml:3: law", "beta * (sqrt(A) - sqrt(A0)) / A0"});
    const auto law = parse_expression(source, testing::tube(), diagnostics);
    REQUIRE(law);
    REQUIRE(diagnostics.empty());
    REQUIRE(law->arguments.size() == 9);
    REQUIRE(law->arguments[0].name == "A");
    REQUIRE(law->arguments[8].name == "x[2]");
    REQUIRE(law->source == source);
    REQUIRE(law->results.size() == 1);
    REQUIRE(law->results[0].name == "result0");
    REQUIRE(law->results[0].unit == parse_unit("Pa/m^2"));
    REQUIRE(testing::value_at(law->results[0].value, {4.0, 1.0, 3.0}) == 3.0);
}

TEST_CASE("operators bind as in Python") {
    REQUIRE(value("-t**2", 3) == -9);
    REQUIRE(value("2**-1 * t", 3) == 1.5);
    REQUIRE(value("t**2**3", 2) == 256);
    REQUIRE(value("2**3**2") == 512);
    REQUIRE(value("-2**-2") == -0.25);
    REQUIRE(value("t - 2 - 3", 10) == 5);
    REQUIRE(value("t / 2 / 5", 10) == 1);
    REQUIRE(value("t / 2 * 5", 10) == 25);
    REQUIRE(value("t + 2 * 3 - 4 / 2", 10) == 14);
    REQUIRE(value("t - -t", 10) == 20);
    REQUIRE(value("- - +t", 10) == 10);
    REQUIRE(value("1 if not t < 1 else 2", 0) == 2);
    REQUIRE(value("1 if t < 1 and n < 1 or t > 2 else 2", 3, 3) == 1);
    REQUIRE(value("1 if t > 2 or n < 1 and t < 1 else 2", 3, 3) == 1);
    REQUIRE(value("1 if not t < 1 and n < 1 else 2", 0, 5) == 2);
    REQUIRE(value("1 if t < 1 else 2 if t < 2 else 3", 1.5) == 2);
    REQUIRE(value("(1 if t < 1 else 2) + 10", 0) == 11);
    REQUIRE(value("1 if t < 1 else 2 + 10", 0) == 1);
    REQUIRE(value("1 if t + 1 < n * 2 and t != 1 else 0", 2, 2) == 1);
}

TEST_CASE("comparisons chain as in Python") {
    REQUIRE(value("1 if 0 < t < 2 else 0", 1) == 1);
    REQUIRE(value("1 if 0 < t < 2 else 0", 3) == 0);
    REQUIRE(value("1 if 3 > t >= 2 == n else 0", 2, 2) == 1);
    REQUIRE(value("1 if t < n > 1 else 0", 1, 5) == 1);
    REQUIRE(value("1 if t != n else 0", 1, 5) == 1);
    REQUIRE(value("1 if 1 < 2 < 3 else 0") == 1);
    REQUIRE(value("1 if 3 < 2 < t else 0") == 0);
}

TEST_CASE("// and % of constants round down as in Python") {
    REQUIRE(value("7 // 2") == 3);
    REQUIRE(value("-7 // 2") == -4);
    REQUIRE(value("7 // -2") == -4);
    REQUIRE(value("-7 // -2") == 3);
    REQUIRE(value("-7 % 3") == 2);
    REQUIRE(value("7 % -3") == -2);
    REQUIRE(value("-6 % 3") == 0);
    REQUIRE(value("7.5 // 2") == 3);
    REQUIRE(value("-7.5 // 2") == -4);
    REQUIRE(value("-7.5 % 2") == 0.5);
    REQUIRE(value("7.5 % -2") == -0.5);
    REQUIRE(std::signbit(value("6.0 % -2")));
    REQUIRE(value("2 * 7 // 3 * 2") == 8);
    REQUIRE(value("10**20 // 3") == std::floor(1e20 / 3));
    REQUIRE(value("-9223372036854775807 // -1") == 9223372036854775807.0);
    REQUIRE(value("(-9223372036854775807 - 1) // -1") == 9223372036854775808.0);
    REQUIRE(value("(-9223372036854775807 - 1) % -1") == 0.0);
}

TEST_CASE("whole constants are divided to real numbers by /, and raised to whole ones") {
    REQUIRE(value("7 / 2") == 3.5);
    REQUIRE(value("2**62") == 0x1p62);
    REQUIRE(value("2**100") == 0x1p100);
    REQUIRE(value("9223372036854775807 + 1") == 0x1p63);
    REQUIRE(value("(-3)**3") == -27);
    REQUIRE(value("2**-2") == 0.25);
    REQUIRE(value("0**0") == 1);
    REQUIRE(value("x[2**2 // 3]") == 20);
    REQUIRE(value("(-1)**10000000001") == -1);
}

TEST_CASE("numbers are written as in Python") {
    REQUIRE(value("1_000.5") == 1000.5);
    REQUIRE(value("0x1F + 0b11 + 0o17") == 31 + 3 + 15);
    REQUIRE(value("1e-3 + 1E+3") == 1000.001);
    REQUIRE(value(".5 + 1.") == 1.5);
    REQUIRE(value("00") == 0);
    REQUIRE(value("123456789012345678901234567890") == 123456789012345678901234567890.0);
    REQUIRE(value("1e999") == std::numeric_limits<double>::infinity());
    REQUIRE(value("1e-999") == 0.0);
    REQUIRE(value("0.0" + std::string(400, '0') + "1e+5") == 0.0);
    REQUIRE(std::isinf(value("1" + std::string(400, '0') + "e-5")));
    REQUIRE(std::signbit(value("-0.0")));
    REQUIRE(!std::signbit(value("-0")));
    REQUIRE(value("5e-324") == 5e-324);
}

TEST_CASE("constants of mathematics are known, with and without their module") {
    REQUIRE(value("pi") == std::numbers::pi);
    REQUIRE(value("math.pi + np.pi - numpy.pi") == std::numbers::pi);
    REQUIRE(value("e") == std::numbers::e);
    REQUIRE(std::isinf(value("-inf")));
    REQUIRE(std::isnan(value("nan")));
}

TEST_CASE("every function of the language gives its value") {
    REQUIRE(value("sqrt(t)", 2) == std::sqrt(2.0));
    REQUIRE(value("cbrt(t)", 2) == Approx(std::cbrt(2.0)).epsilon(1e-15));
    REQUIRE(value("exp(t) + log(t)", 2) == Approx(std::exp(2.0) + std::log(2.0)));
    REQUIRE(value("log(t, 2) + log10(t)", 8) == Approx(3 + std::log10(8.0)));
    REQUIRE(value("sin(t) + 10 * cos(t) + 100 * tan(t)", 0.3) ==
            Approx(std::sin(0.3) + 10 * std::cos(0.3) + 100 * std::tan(0.3)));
    REQUIRE(value("asin(t) + 10 * acos(t) + 100 * atan(t)", 0.3) ==
            Approx(std::asin(0.3) + 10 * std::acos(0.3) + 100 * std::atan(0.3)));
    REQUIRE(value("arcsin(t) - asin(t) + arccos(t) - acos(t) + arctan(t) - atan(t)", 0.3) == 0);
    REQUIRE(value("sinh(t) + 10 * cosh(t) + 100 * tanh(t)", 0.3) ==
            Approx(std::sinh(0.3) + 10 * std::cosh(0.3) + 100 * std::tanh(0.3)));
    REQUIRE(value("floor(t) + 10 * ceil(t)", -1.5) == -2 - 10);
    REQUIRE(value("abs(t) + 10 * fabs(t)", -1.5) == 16.5);
    REQUIRE(value("pow(t, 2) + np.power(t, 3)", 2) == 12);
    REQUIRE(value("atan2(t, n) + 10 * np.arctan2(t, n)", 1, -1) ==
            Approx(11 * std::atan2(1.0, -1.0)));
    REQUIRE(value("where(t < 1, 5, n)", 0, 7) == 5);
    REQUIRE(value("np.where(t < 1, 5, n)", 2, 7) == 7);
    REQUIRE(value("hypot(t, n)", 3, 4) == 5);
    REQUIRE(value("hypot(t, n, 12)", 3, 4) == 13);
    REQUIRE(value("clip(t, -1, n)", 8, 3) == 3);
    REQUIRE(value("clip(t, -1, n)", -8, 3) == -1);
    REQUIRE(value("float(7) // 2 + float(t)", 1) == 4);
    REQUIRE(value("math.sqrt(t) + np.sqrt(t) + numpy.sqrt(t)", 4) == 6);
}

TEST_CASE("the sign of a number is 1, -1 or 0, and NaN of NaN") {
    REQUIRE(value("sign(t)", 3) == 1);
    REQUIRE(value("sign(t)", -0.1) == -1);
    REQUIRE(value("sign(t)", 0) == 0);
    REQUIRE(std::isnan(value("sign(t)", std::nan(""))));
}

TEST_CASE("min and max take the first of equals and meet NaN as in Python") {
    REQUIRE(value("min(t, n)", 1, 2) == 1);
    REQUIRE(value("max(t, n, 7, 3)", 1, 2) == 7);
    REQUIRE(value("min(x) + max(x)") == 40);
    REQUIRE(value("np.minimum(t, n) + np.maximum(t, n)", 1, 2) == 3);
    REQUIRE(value("x[min(2, 1, 3)]") == 20);
    REQUIRE(std::signbit(value("min(t, n)", -0.0, 0.0)));
    REQUIRE(!std::signbit(value("min(t, n)", 0.0, -0.0)));
    REQUIRE(std::isnan(value("min(t, n)", std::nan(""), 1)));
    REQUIRE(value("min(t, n)", 1, std::nan("")) == 1);
    REQUIRE(std::isnan(value("max(t, n)", std::nan(""), 1)));
    REQUIRE(value("max(t, n)", 1, std::nan("")) == 1);
}

TEST_CASE("vectors and lists are indexed by constants") {
    REQUIRE(value("x[0] + x[2]") == 40);
    REQUIRE(value("x[-1] - x[-3]") == 20);
    REQUIRE(value("[t, n, 5][1]", 1, 2) == 2);
    REQUIRE(value("(t, n)[0]", 1, 2) == 1);
    REQUIRE(value("(t,)[0]", 1, 2) == 1);
    REQUIRE(value("[[1, 2], [3, t]][1][1]", 9) == 9);
    REQUIRE(value("len(x) + len([]) + len((1, 2))") == 5);
    REQUIRE(value("x[len(x) - 1]") == 30);
    REQUIRE(value("np.array([t, n])[1] + tuple(x)[0] + list(x)[1]", 1, 2) == 32);
}

TEST_CASE("sums and comprehensions run over constant lists") {
    REQUIRE(value("sum(x)") == 60);
    REQUIRE(value("sum(x, 1)") == 61);
    REQUIRE(value("sum([])") == 0);
    REQUIRE(value("sum([i * xi for i, xi in enumerate(x)])") == 80);
    REQUIRE(value("sum(a * b for a, b in zip(x, [1, 2, 3, 4]))") == 140);
    REQUIRE(value("sum(x[i] for i in range(2, -1, -2))") == 40);
    REQUIRE(value("sum(i for i in range(5)) + sum(range(1, 4))") == 16);
    REQUIRE(value("[a for a in reversed(x)][0]") == 30);
    REQUIRE(value("sum(k * a for k, a in enumerate(x, 1))") == 140);
    REQUIRE(value("sum(t * t for t in x) + t", 1) == 1401);  // t outside is another
}

TEST_CASE("captured numbers are constants of the function") {
    REQUIRE(value("rho * t + params.k", 2) == 2122.5);
    Environment environment = testing::tube();
    environment.constants["e"] = 7.0;  // hides the language's own
    const Function function = parsed("e * t", environment);
    REQUIRE(to_string(function, function.results[0].value) == "t * 7");
}

TEST_CASE("functions of the environment are inlined") {
    Environment environment = testing::tube();
    environment.functions.emplace(
        "wave", testing::parsed_functions("def wave(a, v):\n    return a * v[0] + v[1]\n",
                                          {{{"a"}, {"v", {}, {}, 2}}, {}, {}})[0]);
    environment.functions.emplace("area",
                                  testing::parsed_functions("def area(A):\n    return A * 2\n")[0]);
    environment.functions.emplace(
        "both", testing::parsed_functions("def both(t):\n    return t, t * t\n")[0]);
    const auto text = [&](const std::string& formula) {
        const Function function = parsed(formula, environment);
        return to_string(function, function.results[0].value);
    };
    REQUIRE(text("wave(t, [n, 3])") == "3 + t * n");
    REQUIRE(text("wave(2, (t, t)) * 2") == "2 * (t + t * 2)");
    REQUIRE(text("both(n)[1]") == "n * n");
    REQUIRE(testing::shown(parsed("area(A) / A0", environment).results[0].unit) == "1");
    REQUIRE(testing::refused("area(p)", environment) ==
            "x.yaml:3: law: 'A' of 'area' is in m^2, not Pa\n"
            "    area(p)\n"
            "         ^");
    REQUIRE(testing::refused("wave(t, n)", environment) ==
            "x.yaml:3: law: 'wave' takes 3 arguments (a, v[0], v[1]), not 2\n"
            "    wave(t, n)\n"
            "    ^~~~");
}

TEST_CASE("a formula may go over several lines, with comments") {
    REQUIRE(value("t + # the first\n  2 *\r\n\tn\n", 1, 3) == 7);
    REQUIRE(value("\xef\xbb\xbft \\\n + 1", 1) == 2);
    REQUIRE(value("(t\n + 1)", 1) == 2);
}

TEST_CASE("constant conditions leave one branch only, as in Python") {
    REQUIRE(printed("t if True else 1 // 0") == "t");
    REQUIRE(printed("t if 1 < 2 or 1 // 0 > 1 else n") == "t");
    REQUIRE(printed("t if 1 > 2 and 1 // 0 > 1 else n") == "n");
    REQUIRE(printed("where(t < 1 and True, t, n)") == "t if t < 1 else n");
}

TEST_CASE("units follow through a formula") {
    REQUIRE(unit("p * A") == "N");
    REQUIRE(unit("p / beta") == "m");
    REQUIRE(unit("sqrt(A)") == "m");
    REQUIRE(unit("cbrt(A)") == "m^(2/3)");
    REQUIRE(unit("A**1.5") == "m^3");
    REQUIRE(unit("A**-1") == "1/m^2");
    REQUIRE(unit("pow(A, 2)") == "m^4");
    REQUIRE(unit("2 * p + p") == "Pa");
    REQUIRE(unit("p - 0") == "Pa");
    REQUIRE(unit("-abs(p)") == "Pa");
    REQUIRE(unit("max(p, 0)") == "Pa");
    REQUIRE(unit("clip(p, 0, inf)") == "Pa");
    REQUIRE(unit("p if A > A0 else 0") == "Pa");
    REQUIRE(unit("where(A > 0, 0.0, p)") == "Pa");
    REQUIRE(unit("exp(A / A0)") == "1");
    REQUIRE(unit("A / A0") == "1");
    REQUIRE(unit("atan2(A, A0)") == "1");
    REQUIRE(unit("sign(p)") == "1");
    REQUIRE(unit("hypot(A, A0)") == "m^2");
    REQUIRE(unit("floor(p)") == "Pa");
    REQUIRE(unit("ceil(p)") == "Pa");
    REQUIRE(unit("t * p") == "unknown");
    REQUIRE(unit("t + p") == "Pa");  // what is added to pascals must be pascals
    REQUIRE(unit("p + rho") == "Pa");
    REQUIRE(unit("sum([p, p])") == "Pa");
    REQUIRE(unit("2") == "1");
    REQUIRE(unit("0") == "unknown");
    REQUIRE(unit("2**(A / A0)") == "1");
    REQUIRE(unit("t**2") == "unknown");
}

TEST_CASE("a parsed node remembers its place in the text") {
    const std::string text = "beta * (sqrt(A) - sqrt(A0))";
    const Function law = parsed(text);
    const Expression product = law.results[0].value;
    const auto written = [&](Expression e) {
        return text.substr(e.span().begin, e.span().end - e.span().begin);
    };
    REQUIRE(written(product) == text);
    REQUIRE(written(product.operand(1)) == "(sqrt(A) - sqrt(A0))");
    REQUIRE(written(product.operand(1).operand(1)) == "sqrt(A0)");
}

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "asp/base/scratch_folder.hpp"
#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;

namespace {

const char* const python = "/usr/bin/python3";

/// Random texts in Python's grammar, with parentheses where chance has them, so that precedence is
/// Python's matter alone.
class RandomText {
public:
    explicit RandomText(std::uint64_t seed) : random_(seed) {}

    std::string number(int depth) {
        if (depth <= 0) return leaf();
        switch (below(16)) {
            case 0:
            case 1:
            case 2:
                return number(depth - 1) + space() + "+-*/"[below(4)] + space() + number(depth - 1);
            case 3:
                return "(" + number(depth - 1) + ")";
            case 4:
                return "-" + number(depth - 1);
            case 5:
                return number(depth - 1) + " - " + number(depth - 1) + " - " + number(depth - 1);
            case 6:
                // no powers of powers: Python's whole numbers have no end
                return atom(depth) + "**" + pick({"2", "3", "-1", "-2", "0", "2**2", "-2**1"});
            case 7:
                return "-" + atom(depth) + "**2";
            case 8:
                return constant(depth - 1);
            case 9:
                return "(" + number(depth - 1) + " if " + condition(depth - 1) + " else " +
                       number(depth - 1) + ")";
            case 10:
                return pick({"sin", "cos", "atan", "tanh", "abs", "math.cos", "floor", "ceil"}) +
                       "(" + number(depth - 1) + ")";
            case 11:
                return "sqrt(abs(" + number(depth - 1) + "))";
            case 12:
                return pick({"min", "max"}) + "(" + number(depth - 1) + ", " + number(depth - 1) +
                       (one_in(2) ? ", " + number(depth - 1) : "") + ")";
            case 13:
                return "sum([" + number(depth - 1) + ", " + number(depth - 1) + "])";
            case 14:
                return "[" + number(depth - 1) + ", " + number(depth - 1) + "][" +
                       pick({"0", "1", "-1", "-2", "3 // 2", "-7 % 2"}) + "]";
            default:
                return "sum(" + number(depth - 2) + " * k for k in range(" +
                       pick({"3", "1, 4", "4, 0, -2"}) + "))";
        }
    }

private:
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::string pick(std::initializer_list<const char*> from) {
        return std::data(from)[below(from.size())];
    }
    std::string space() { return one_in(3) ? "" : " "; }
    std::string leaf() {
        return pick({"a", "b", "c", "a", "b", "c", "1", "2", "0.5", "3", "7", "1e-1", "2.5", "pi"});
    }
    std::string atom(int depth) { return one_in(2) ? leaf() : "(" + number(depth - 1) + ")"; }
    /// Whole and real constants with // and %.
    std::string constant(int depth) {
        if (depth <= 0) return pick({"7", "-7", "2", "-3", "5", "-1", "7.5", "-2.5", "10"});
        return "(" + constant(depth - 1) + " " + pick({"//", "%", "+", "-", "*", "/", "//", "%"}) +
               " " + constant(depth - 1) + ")";
    }
    std::string condition(int depth) {
        if (depth <= 0)
            return leaf() + pick({" < ", " <= ", " > ", " >= ", " == ", " != "}) + leaf();
        switch (below(6)) {
            case 0:
                return condition(depth - 1) + " and " + condition(depth - 1);
            case 1:
                return condition(depth - 1) + " or " + condition(depth - 1);
            case 2:
                return "not " + condition(depth - 1);
            case 3:
                return "(" + condition(depth - 1) + ")";
            case 4:
                return number(depth - 1) + " < " + number(depth - 1) + " <= " + number(depth - 1);
            default:
                return number(depth - 1) + pick({" < ", " > ", " <= ", " != "}) + number(depth - 1);
        }
    }

    std::mt19937_64 random_;
};

/// What CPython gives for lines of an expression, one number or a word for each.
std::vector<std::string> evaluated_by_python(const std::string& expressions,
                                             const std::string& definitions) {
    const asp::testing::ScratchFolder folder;
    const auto input = folder.write("expressions", expressions);
    const auto script = folder.write(
        "script.py",
        "import math, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from math import *\n"
        "if not hasattr(math, 'cbrt'):\n"
        "    cbrt = lambda x: copysign(abs(x) ** (1 / 3), x)\n" +
            definitions +
            "\nfor line in open(sys.argv[1]):\n"
            "    try:\n"
            "        value = eval(line)\n"
            "        print(repr(float(value)) if not isinstance(value, complex) else 'complex')\n"
            "    except (ArithmeticError, ValueError) as error:\n"
            "        print(type(error).__name__)\n");
    const auto output = folder / "output";
    const std::string command = std::string(python) + " " + script.string() + " " + input.string() +
                                " > " + output.string();
    REQUIRE(std::system(command.c_str()) == 0);
    std::vector<std::string> lines;
    std::ifstream file(output);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

bool python_is_missing() {
    if (std::filesystem::exists(python)) return false;
    std::cout << "skipped: there is no " << python << "\n";
    return true;
}

/// Rounding differs where a power is a product, and subtraction may enlarge it.
void require_close(double ours, const std::string& theirs) {
    const double expected = std::stod(theirs);
    if (std::isnan(expected)) {
        REQUIRE(std::isnan(ours));
    } else if (std::isinf(expected)) {
        REQUIRE(ours == expected);
    } else {
        REQUIRE(std::abs(ours - expected) <= 1e-13 * std::max(1.0, std::abs(expected)));
    }
}

}  // namespace

TEST_CASE("the same text has the same value as in CPython") {
    if (python_is_missing()) return;
    Environment environment;
    environment.arguments = {{"a"}, {"b"}, {"c"}};
    const std::vector<double> point{1.25, -0.75, 3.0};
    std::string text;
    std::vector<std::string> formulas;
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        formulas.push_back(RandomText(seed).number(2 + static_cast<int>(seed % 4)));
        text += formulas.back() + "\n";
    }
    const auto theirs = evaluated_by_python(text, "a, b, c = 1.25, -0.75, 3.0\n");
    REQUIRE(theirs.size() == formulas.size());
    std::size_t compared = 0;
    for (std::size_t i = 0; i < formulas.size(); ++i) {
        INFO(i << ": " << formulas[i] << " is " << theirs[i]);
        if (theirs[i].find_first_not_of("0123456789.+-einfa") != std::string::npos) continue;
        if (std::abs(std::stod(theirs[i])) > 1e12) continue;  // differences of huge numbers
        asp::Diagnostics diagnostics;
        const auto source = std::make_shared<const Source>(Source{"law", formulas[i]});
        const auto function = parse_expression(source, environment, diagnostics);
        if (!function) {  // both branches of a conditional are computed
            for (const std::string& line : diagnostics.lines())
                REQUIRE(line.find("law: division by zero\n") == 0);
            continue;
        }
        require_close(testing::value_at(function->results[0].value, point), theirs[i]);
        ++compared;
    }
    REQUIRE(compared > 2000);
}

TEST_CASE("a printed definition has the same values in CPython") {
    if (python_is_missing()) return;
    std::string definitions, calls;
    std::vector<double> ours;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Function function = testing::random_function(seed, {.size = 40, .results = 2});
        function.name = std::string("f").append(std::to_string(seed));
        definitions.append(to_string(function));
        const std::vector<double> point = testing::random_point(function, seed);
        for (std::size_t r = 0; r < 2; ++r) {
            std::ostringstream call;
            call.precision(17);
            call << function.name << "(" << point[0] << ", " << point[1] << ", " << point[2] << ")["
                 << r << "]\n";
            calls += call.str();
            ours.push_back(testing::value_at(function.results[r].value, point));
        }
    }
    const auto theirs = evaluated_by_python(calls, definitions);
    REQUIRE(theirs.size() == ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        INFO(i << ": " << theirs[i] << " and " << ours[i]);
        require_close(ours[i], theirs[i]);
    }
}

TEST_CASE("statements mean the same as in CPython") {
    if (python_is_missing()) return;
    const std::string definitions = R"(
def early(a, b, c):
    if a < b:
        return c
    elif b < 0 < c:
        if a > 1:
            return -b
        d = a
    else:
        d = b * c
    for i in range(3):
        d += i * a
        if d > 4:
            return d
    return d - 1

def lists(a, b, c):
    x, (y, z) = a, (b, c)
    x, y = y, x
    s = 0.0
    for i, (u, v) in enumerate(zip([x, y, z], (1, 2, 3))):
        s += u * v ** i
        s *= -1 if i % 2 == 0 else 1
    n = 7
    n //= -2
    return s + n + sum(w for w in [x, y]) + i

def scopes(a, b, c):
    k = 10
    s = sum(k * a for k in range(4))
    for k in reversed([1, 2]):
        s -= k
    return s + k

def calls(a, b, c, d=2.5):
    return early(a, c=b, b=c) * d + lists(b, c, a)
)";
    const std::vector<Function> functions = testing::parsed_functions(definitions, {});
    REQUIRE(functions.size() == 4);
    std::string text;
    std::vector<double> ours;
    for (const Function& function : functions)
        for (const double a : {-1.5, 0.0, 0.5, 2.0})
            for (const double b : {-2.0, 0.25, 1.0})
                for (const double c : {-0.5, 3.0}) {
                    std::ostringstream call;
                    call << function.name << "(" << a << ", " << b << ", " << c << ")\n";
                    text += call.str();
                    ours.push_back(testing::value_at(function.results[0].value, {a, b, c, 2.5}));
                }
    const auto theirs = evaluated_by_python(text, definitions);
    REQUIRE(theirs.size() == ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) require_close(ours[i], theirs[i]);
}

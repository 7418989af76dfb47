#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;
using testing::refused;

namespace {

/// The message of one complaint about a formula, without its place and excerpt.
std::string message(const std::string& text) {
    const std::string all = refused(text);
    const std::string place = "x.yaml:3: law: ";
    REQUIRE(all.starts_with(place));
    return all.substr(place.size(), all.find('\n') - place.size());
}

}  // namespace

TEST_CASE("a complaint shows place, line and caret") {
    const Source formula{"x.yaml:12: physics.tube_law", "a + btea * c"};
    REQUIRE(complaint(formula, {4, 8}, "unknown name 'btea'") ==
            "x.yaml:12: physics.tube_law: unknown name 'btea'\n"
            "    a + btea * c\n"
            "        ^~~~");
    const Source file{"heat.py", "def f(a):\n    return btea\n", 30};
    REQUIRE(complaint(file, {21, 25}, "unknown") ==
            "heat.py:31:12: unknown\n"
            "    return btea\n"
            "           ^~~~");
}

TEST_CASE("the caret stands right below tabs, broken text and letters of any alphabet") {
    REQUIRE(complaint({"f", "a\tb"}, {2, 3}, "m") == "f: m\n    a   b\n        ^");
    REQUIRE(complaint({"f", "\t\tab"}, {3, 4}, "m") == "f: m\n    ab\n     ^");
    REQUIRE(complaint({"f", "\xce\xb2 + x"}, {5, 6}, "m") == "f: m\n    \xce\xb2 + x\n        ^");
    REQUIRE(complaint({"f", "\xff\x01 + x"}, {5, 6}, "m") == "f: m\n    ?? + x\n         ^");
    REQUIRE(complaint({"f", "\tab", 1}, {2, 3}, "m") == "f:1:3: m\n    ab\n     ^");
}

TEST_CASE("a complaint's lines end as their file has them") {
    REQUIRE(complaint({"f", "a\r\nbc\r\nd", 1}, {4, 5}, "m") == "f:2:2: m\n    bc\n     ^");
    REQUIRE(complaint({"f", "a\rbc", 1}, {2, 3}, "m") == "f:2:1: m\n    bc\n    ^");
    // of a span over several lines the first is shown
    REQUIRE(complaint({"f", "abc\ndef", 1}, {1, 6}, "m") == "f:1:2: m\n    abc\n     ^~");
    // nothing to show
    REQUIRE(complaint({"f", "", 1}, {0, 0}, "m") == "f:1:1: m");
    REQUIRE(complaint({"f", "  \n", 0}, {9, 9}, "m") == "f: m");
}

TEST_CASE("a long line is cut around the place") {
    const std::string text = std::string(300, 'a') + " + wrong + " + std::string(300, 'b');
    const std::string shown = complaint({"f", text}, {303, 308}, "m");
    REQUIRE(shown == "f: m\n    ..." + std::string(29, 'a') + " + wrong + " + std::string(56, 'b') +
                         "...\n" + std::string(39, ' ') + "^~~~~");
}

TEST_CASE("an unknown name is told with the nearest known one") {
    REQUIRE(refused("btea * (sqrt(A) - sqrt(A0)) / A0") ==
            "x.yaml:3: law: unknown name 'btea'; did you mean 'beta'?\n"
            "    btea * (sqrt(A) - sqrt(A0)) / A0\n"
            "    ^~~~");
    REQUIRE(message("t + zzz") == "unknown name 'zzz'");
    REQUIRE(message("rhoo") == "unknown name 'rhoo'; did you mean 'rho'?");
    REQUIRE(message("sqr(t)") == "unknown function 'sqr'; did you mean 'sqrt'?");
    REQUIRE(message("math.sqr(t)") == "unknown function 'math.sqr'; did you mean 'math.sqrt'?");
    REQUIRE(message("math.pie") == "unknown name 'math.pie'");
    REQUIRE(message("t + sqrt") == "'sqrt' is a function; call it: sqrt(...)");
    REQUIRE(message("np.sin + 1") == "'np.sin' is a function; call it: np.sin(...)");
    REQUIRE(message("t(n + 1)") == "'t' is no function; a product is written with '*'");
    REQUIRE(message("2(n + 1)") == "only functions can be called");
}

TEST_CASE("all that is wrong is told at once, each thing once") {
    REQUIRE(refused("aaa + bbb * aaa + [ccc for i in range(9)][0]") ==
            "x.yaml:3: law: unknown name 'aaa'\n"
            "    aaa + bbb * aaa + [ccc for i in range(9)][0]\n"
            "    ^~~\n"
            "x.yaml:3: law: unknown name 'bbb'\n"
            "    aaa + bbb * aaa + [ccc for i in range(9)][0]\n"
            "          ^~~\n"
            "x.yaml:3: law: unknown name 'aaa'\n"
            "    aaa + bbb * aaa + [ccc for i in range(9)][0]\n"
            "                ^~~\n"
            "x.yaml:3: law: unknown name 'ccc'\n"
            "    aaa + bbb * aaa + [ccc for i in range(9)][0]\n"
            "                       ^~~");
}

TEST_CASE("numbers and conditions are not mixed") {
    REQUIRE(refused("1 if t else 2") ==
            "x.yaml:3: law: this is a number, not a condition; write a comparison such as '!= 0'\n"
            "    1 if t else 2\n"
            "         ^");
    const std::string hint = "this is a condition, not a number; write '1.0 if condition else 0.0'";
    REQUIRE(message("t < 1") == hint);
    REQUIRE(message("(t < 1) * 2") == hint);
    REQUIRE(message("True + 1") == hint);
    REQUIRE(message("sqrt(t < 1)") == hint);
    REQUIRE(message("-(t < 1)") == hint);
    REQUIRE(message("1 if (t < 1) == True else 0") == hint);
    const std::string other =
        "this is a number, not a condition; write a comparison such as '!= 0'";
    REQUIRE(message("1 if not t else 2") == other);
    REQUIRE(message("1 if t and n > 0 else 2") == other);
    REQUIRE(message("where(t, 1, 2)") == other);
    REQUIRE(message("where(t > 0, t > 1, 2)") == "cannot choose between a condition and a number");
    REQUIRE(message("x + 1") == "this is a list of 3, not a number; compute with its elements");
    REQUIRE(message("1 if x else 2") == "this is a list of 3, not a condition");
    REQUIRE(message("x") == "this is a list of 3, and a formula gives one number");
    REQUIRE(message("t, n") == "this is a list of 2, and a formula gives one number");
}

TEST_CASE("what does not fit in units is told with its place") {
    REQUIRE(refused("p + A") ==
            "x.yaml:3: law: cannot add m^2 to Pa\n"
            "    p + A\n"
            "        ^");
    REQUIRE(message("p - A") == "cannot subtract m^2 from Pa");
    REQUIRE(message("p + 100") == "cannot add a plain number to Pa");
    REQUIRE(message("1 if p < A else 0") == "cannot compare Pa and m^2");
    REQUIRE(message("1 if p > 3 else 0") == "cannot compare Pa and a plain number");
    REQUIRE(message("max(p, A)") == "cannot compare Pa and m^2");
    REQUIRE(message("hypot(p, A)") == "cannot compare Pa and m^2");
    REQUIRE(message("atan2(p, A)") == "cannot compare Pa and m^2");
    REQUIRE(message("clip(p, A, 3)") == "cannot compare Pa and m^2");
    REQUIRE(message("p if t > 0 else A") == "cannot choose between Pa and m^2");
    REQUIRE(message("exp(p)") == "'exp' wants a plain number, not Pa");
    REQUIRE(message("log(2, p)") == "'log' wants a plain number, not Pa");
    REQUIRE(message("2**p") == "an exponent must be a plain number, not Pa");
    REQUIRE(message("p**t") == "a power with a variable exponent wants a plain number, not Pa");
    REQUIRE(message("p**0.123456") == "Pa to this power is no unit");
    REQUIRE(message("sum([p, A])") == "cannot add m^2 to Pa");
}

TEST_CASE("wrong numbers of arguments are told") {
    REQUIRE(refused("1 + sqrt(t, 2)") ==
            "x.yaml:3: law: 'sqrt' takes 1 argument, not 2\n"
            "    1 + sqrt(t, 2)\n"
            "        ^~~~~~~~~~");
    REQUIRE(message("sqrt()") == "'sqrt' takes 1 argument, not 0");
    REQUIRE(message("pow(t)") == "'pow' takes 2 arguments, not 1");
    REQUIRE(message("hypot(t)") == "'hypot' takes 2 or more arguments, not 1");
    REQUIRE(message("log(t, 2, 3)") == "'log' takes 1 or 2 arguments, not 3");
    REQUIRE(message("len(range())") == "'range' takes 1 to 3 arguments, not 0");
    REQUIRE(message("min(t)") ==
            "'min' takes 2 or more arguments, or a list of numbers, not a number");
    REQUIRE(message("max([])") ==
            "'max' takes 2 or more arguments, or a list of numbers, not a list of 0");
    REQUIRE(message("sqrt(x=t)") == "'sqrt' takes no arguments by keyword");
    REQUIRE(message("len(t)") == "'len' takes a list or vector, not a number");
    REQUIRE(message("sum(t)") == "'sum' takes a list or vector, not a number");
    REQUIRE(message("sum(range(t))") == "'range' takes whole constants, not a number");
    REQUIRE(message("sum(range(1, 5, 0))") == "the step of a range must not be 0");
    REQUIRE(message("[i for i, a in enumerate(x, t)][0]") ==
            "'enumerate' counts from a whole constant, not a number");
}

TEST_CASE("wrong indices are told") {
    REQUIRE(message("x[3]") == "index 3 is outside of a list of 3");
    REQUIRE(message("x[-4]") == "index -4 is outside of a list of 3");
    REQUIRE(message("x[t]") == "an index must be a whole constant, not a number");
    REQUIRE(message("x[1.0]") == "an index must be a whole constant, not a number");
    REQUIRE(message("x[0, 1]") == "an index must be a whole constant, not a list of 2");
    REQUIRE(message("x[0:2]") == "slices are not supported here");
    REQUIRE(message("t[0]") == "this is a number, and only a list or vector has elements");
    REQUIRE(message("sum(a for a in t)") ==
            "a loop needs a constant range, tuple or list, not a number");
    REQUIRE(message("sum(a for a, b in x)") == "cannot unpack a number into 2 names");
}

TEST_CASE("division of constants by zero is told") {
    REQUIRE(message("1 / 0") == "division by zero");
    REQUIRE(message("t + 1 // 0") == "division by zero");
    REQUIRE(message("1.5 % 0.0") == "division by zero");
    REQUIRE(message("0**-1") == "division by zero");
}

TEST_CASE("what Python has and this language has not is named") {
    REQUIRE(message("lambda: 2") == "'lambda' is not supported here; use 'def'");
    REQUIRE(message("t in x") == "'in' is not supported here; write the comparisons out");
    REQUIRE(message("t not in x") == "'not in' is not supported here; write the comparisons out");
    REQUIRE(message("t is n") == "'is' is not supported here; compare with '=='");
    REQUIRE(message("t == None") == "'None' is not supported here");
    REQUIRE(message("'a' + t") == "strings are not supported here");
    REQUIRE(message("f'{t}'") == "strings are not supported here");
    REQUIRE(message("{1: 2}") == "'{' is not supported here: there are no sets and dictionaries");
    REQUIRE(message("3j") == "complex numbers are not supported here");
    REQUIRE(message("x.size") == "attributes such as 'size' are not supported here");
    REQUIRE(message("(t := 2)") == "':=' is not supported here; assign in a line of its own");
    REQUIRE(message("t @ n") == "'@' is not supported here; write the sums out");
    REQUIRE(message("t ^ 2") == "'^' is not supported here; a power is written '**'");
    REQUIRE(message("t & 1") == "'&' is not supported here; write 'and'");
    REQUIRE(message("t | 1") == "'|' is not supported here; write 'or'");
    REQUIRE(message("t << 1") == "'<<' is not supported here");
    REQUIRE(message("~t") == "'~' is not supported here; write 'not'");
    REQUIRE(message("t // 2") == "'//' is for constants only; write floor(a / b)");
    REQUIRE(message("t % 2") == "'%' is for constants only; write a - b * floor(a / b)");
    REQUIRE(message("sum(a for a in x if a > 0)") ==
            "a comprehension has one 'for' here, and no 'if'");
    REQUIRE(message("min(*x)") ==
            "expected a value, found '*'; '*' before a value is not supported");
    REQUIRE(message("await t") == "'await' is not supported here; a function only computes");
    REQUIRE(message("yield t") ==
            "'yield' is not supported here; a function returns its results together");
    REQUIRE(message("t if n > 0 else pass") == "'pass' does not belong here");
    REQUIRE(message("...") == "'...' is not supported here");
}

TEST_CASE("what other languages have is named with Python's way") {
    REQUIRE(message("t && n") == "'&&' is not supported here; write 'and'");
    REQUIRE(message("(t || n)") == "'||' is not supported here; write 'or'");
    REQUIRE(message("!t") == "'!' is not supported here; write 'not'");
    REQUIRE(message("t > 0 ? 1 : 2") == "'?' is not supported here; write 'a if condition else b'");
    REQUIRE(message("t = 2") == "'=' does not belong here; equality is written '=='");
    REQUIRE(message("2t") == "'2t' is no number; a product is written 2 * t");
    REQUIRE(message("t \xc3\x97 2") == "unexpected '\xc3\x97'; it is written '*'");
    REQUIRE(message("t\xc2\xb2") == "unexpected '\xc2\xb2'; it is written '**2'");
    REQUIRE(message("t $ 2") == "unexpected character '$'");
    REQUIRE(message("\xce\xb2 * t") ==
            "unexpected character '\xce\xb2'; names are made of a-z, A-Z, 0-9 and _");
    REQUIRE(message("t \xff 2") == "unexpected character '\\xff'");
    REQUIRE(message(std::string("t \0 2", 5)) == "unexpected character '\\x00'");
}

TEST_CASE("where a formula breaks off, what is missing is told") {
    REQUIRE(message("") == "expected a value, found the end of the formula");
    REQUIRE(refused("t +\n") ==
            "x.yaml:3: law: expected a value, found the end of the formula\n"
            "    t +\n"
            "       ^");
    REQUIRE(message("t n") == "expected an operator or the end of the formula, found 'n'");
    REQUIRE(message("(t n)") == "expected ')' or an operator, found 'n'");
    REQUIRE(message("sqrt(t n)") == "expected ')' or ',' after an argument, found 'n'");
    REQUIRE(message("x[1 2]") == "expected ']' after an index, found '2'");
    REQUIRE(refused("sqrt(t") ==
            "x.yaml:3: law: '(' is never closed\n"
            "    sqrt(t\n"
            "        ^");
    REQUIRE(message("t)") == "')' closes nothing");
    REQUIRE(message("(t]") == "']' does not close '('");
    REQUIRE(message("t if n > 0") ==
            "expected 'else' after 'value if condition', found the end of the formula");
    REQUIRE(message("'abc") == "this string is never closed");
    REQUIRE(message("012") == "'012' is no number");
    REQUIRE(message("0xfg") == "'0xfg' is no number");
    REQUIRE(message("0b") == "'0b' is no number");
    REQUIRE(message("0xffffffffffffffffff") == "'0xffffffffffffffffff' is too large");
    REQUIRE(message("t.") == "expected a name after '.', found the end of the formula");
}

TEST_CASE("texts that are too deep or too long are refused in one line") {
    REQUIRE(message(std::string(101, '(') + "t" + std::string(101, ')')) ==
            "brackets are nested too deeply");
    REQUIRE(message(std::string(1000, '-') + "t") ==
            "this is nested too deeply; give a part of it a name");
    std::string elements = "t";
    for (int i = 0; i < 150; ++i) elements += "[0]";
    REQUIRE(message(elements) == "this is nested too deeply; give a part of it a name");
    REQUIRE(message(std::string(300'000, '(')) == "the text is longer than 262144 bytes");
    // a long sum is not deep
    std::string sum = "t";
    for (int i = 0; i < 5000; ++i) sum += " + t";
    REQUIRE(testing::value(sum, 1.0) == 5001.0);
}

TEST_CASE("a complaint about a line of nothing but blanks shows no excerpt") {
    asp::Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"x.py", "2\t\t\t\rnot m0dm", 1});
    CHECK(parse_functions(source, {}, diagnostics).empty());
    CHECK(!diagnostics.empty());
    CHECK(complaint({"x.yaml:1: law", "\t\t", 0}, {0, 1}, "wrong") == "x.yaml:1: law: wrong");
}

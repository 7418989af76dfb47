#include <chrono>

#include "asp/ir/detail/test_formulas.hpp"

using namespace asp::ir;

namespace {

/// The message of one complaint about functions, without its place and excerpt.
std::string message(const std::string& text) {
    const std::string all = testing::refused_functions(text);
    REQUIRE(all.starts_with("heat.py:"));
    const std::size_t begin = all.find(": ") + 2;
    return all.substr(begin, all.find('\n') - begin);
}

/// Of a statement in the body of a function.
std::string in_body(const std::string& statement) {
    return message("def f(a, x):\n    " + statement + "\n    return a\n");
}

}  // namespace

TEST_CASE("calls that do not fit are told") {
    const std::string g = "def g(a, b=2): return a + b\n";
    REQUIRE(message(g + "def f(t): return g()") == "'g' takes 2 arguments (a, b), not 0");
    REQUIRE(message(g + "def f(t): return g(1, 2, t)") == "'g' takes 2 arguments (a, b), not 3");
    REQUIRE(message(g + "def f(t): return g(t, c=3)") ==
            "'g' has no parameter 'c'; it takes 2 arguments (a, b)");
    REQUIRE(message(g + "def f(t): return g(t, a=3)") == "parameter 'a' is given twice");
    REQUIRE(message("def f(n): return 1 if n < 1 else n * f(n - 1)") ==
            "'f' calls itself; recursion is not supported here");
    REQUIRE(message("def f(n): return g(n)\ndef g(n): return n") ==
            "'g' is defined further down; define it before it is called");
    REQUIRE(message("def f(n): return g(n)\ndef g(n): return f(n)") ==
            "'g' is defined further down; define it before it is called");
    REQUIRE(message("def f(t): return f") == "'f' is a function; call it: f(...)");
    REQUIRE(message("def area(t): return t\ndef f(t): return aera(t)") ==
            "unknown function 'aera'; did you mean 'area'?");
    REQUIRE(message(g + "def f(t): return gg(t)") == "unknown function 'gg'");
}

TEST_CASE("statements that Python has and this language has not are named") {
    REQUIRE(in_body("while a < 1: pass") ==
            "'while' is not supported here; loops are 'for' over a constant range, tuple or list");
    REQUIRE(in_body("for i in x: break") ==
            "'break' is not supported here; loops are unrolled; put what depends on a condition in "
            "an 'if'");
    REQUIRE(in_body("for i in x: continue") ==
            "'continue' is not supported here; loops are unrolled; put what depends on a condition "
            "in an 'if'");
    REQUIRE(in_body("try: pass") == "'try' is not supported here; a function only computes");
    REQUIRE(in_body("raise a") == "'raise' is not supported here; a function only computes");
    REQUIRE(in_body("assert a > 0") == "'assert' is not supported here; a function only computes");
    REQUIRE(in_body("with a: pass") == "'with' is not supported here; a function only computes");
    REQUIRE(in_body("global a") == "'global' is not supported here; a function only computes");
    REQUIRE(in_body("nonlocal a") == "'nonlocal' is not supported here; a function only computes");
    REQUIRE(in_body("del a") == "'del' is not supported here; a function only computes");
    REQUIRE(in_body("class B: pass") ==
            "'class' is not supported here; only functions are defined");
    REQUIRE(in_body("def g(): return 1") ==
            "'def' is not supported here; functions are defined side by side, not within each "
            "other");
    REQUIRE(in_body("import numpy") ==
            "'import' is not supported here; only math and numpy are known, and need no import");
    REQUIRE(in_body("from math import pi") ==
            "'from' is not supported here; only math and numpy are known, and need no import");
    REQUIRE(in_body("async def g(): pass") ==
            "'async' is not supported here; a function only computes");
    REQUIRE(in_body("else: pass") == "'else' does not belong here: there is no 'if' before it");
    REQUIRE(in_body("for i in x: pass\n    else: pass") ==
            "'else' of a loop is not supported here");
    REQUIRE(in_body("x[0] = 1") ==
            "elements cannot be assigned here; build the list at once: [a, b]");
    REQUIRE(in_body("x[0] += 1") ==
            "elements cannot be assigned here; build the list at once: [a, b]");
    REQUIRE(in_body("a.b = 1") == "only names can be assigned to");
    REQUIRE(in_body("2 = a") == "only names can be assigned to");
    REQUIRE(in_body("a, b += 1, 2") == "only names can be assigned to");
    REQUIRE(in_body("a @= 2") == "'@' is not supported here; write the sums out");
    REQUIRE(in_body("a") == "this value is not used; assign or return it");
    REQUIRE(in_body("print(a)") == "unknown function 'print'");
    REQUIRE(in_body("a, b = x") == "cannot unpack a list of 3 into 2 names");
    REQUIRE(in_body("a, b = a") == "cannot unpack a number into 2 names");
    REQUIRE(in_body("for i in a: pass") ==
            "a loop needs a constant range, tuple or list, not a number");
    REQUIRE(in_body("for x[0] in x: pass") ==
            "expected 'in' after the variable of a loop, found '['");
    REQUIRE(in_body("a = 1 2") == "expected an operator or the end of the line, found '2'");
    REQUIRE(in_body("if a = 1: pass") == "'=' does not belong here; equality is written '=='");
}

TEST_CASE("definitions that do not fit are told") {
    REQUIRE(message("def f(a)\n  return a") ==
            "expected ':' at the end of the line of 'def', found the end of the line");
    REQUIRE(message("def f(a):\nreturn a") ==
            "expected an indented block after 'def', found 'return'");
    REQUIRE(message("def f(a):") ==
            "expected an indented block after 'def', found the end of the text");
    REQUIRE(message("def f(*a): return 1") == "'*' among parameters is not supported here");
    REQUIRE(message("def f(a, **k): return 1") == "'**' among parameters is not supported here");
    REQUIRE(message("def f(a, /, b): return 1") == "'/' among parameters is not supported here");
    REQUIRE(message("def f(a, a): return 1") == "there are two parameters 'a'");
    REQUIRE(message("def f(a=1, b): return 1") ==
            "a parameter without a default follows one with a default");
    REQUIRE(message("def f(1): return 1") == "expected a parameter, found '1'");
    REQUIRE(message("def (a): return 1") ==
            "expected the name of a function after 'def', found '('");
    REQUIRE(message("def f(a): return 1\ndef f(b): return 2") == "'f' is defined twice");
    REQUIRE(message("") == "expected a function definition: 'def name(...):'");
    REQUIRE(message("x = 3") == "expected a function definition: 'def name(...):'");
    REQUIRE(message("if 1: pass") == "'if' stands outside of a function");
    REQUIRE(message("import scipy") ==
            "'scipy' cannot be imported here; only math and numpy are known");
    REQUIRE(message("import numpy as n") == "only 'np' is known as another name of numpy");
    REQUIRE(message("def f(a):\n    return a\n  b = 1") ==
            "this indentation matches no line above");
    REQUIRE(message("def f(a):\n    b = a\n      c = b\n    return c") ==
            "this line is indented further than the one above");
    REQUIRE(message("def f(a):\n\tb = a\n        return b") ==
            "tabs and spaces are mixed in the indentation");
    REQUIRE(message("def f(a):\n    return (a\n\ndef g(b):\n    return b") ==
            "'(' is never closed");
}

TEST_CASE("what unrolls to too much is refused, in bounded time") {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(in_body("for i in range(10**7): a += 1") == "this range has more than 10000 elements");
    REQUIRE(in_body("for i in range(10000):\n        for j in range(6): a = a * a + i") ==
            "this function has more than 100000 operations: loops and calls are unrolled");
    const std::string too_much = "this is too much to compute: loops and calls are unrolled";
    REQUIRE(in_body("for i in range(1000):\n        for j in range(1000):\n"
                    "            for k in range(1000): pass") == too_much);
    REQUIRE(in_body("b = [1, 1]\n    for i in range(60): b = [b, b]\n"
                    "    c = a < 1\n    d = [a, a]\n    for i in range(60): d = [d, d]\n"
                    "    a = where(c, b, d)") == too_much);
    REQUIRE(in_body("b = [a]\n    for i in range(9999): b = [b]") == "lists are nested too deeply");
    REQUIRE(in_body("for i in range(9999):\n        for j in range(9999): a = zzz").find("zzz") !=
            std::string::npos);
    REQUIRE(in_body("b = [reversed(range(9999)) for i in range(9999)]") == too_much);
    std::string calls = "def f0(a): return a\n";
    for (int i = 1; i < 40; ++i)
        calls += "def f" + std::to_string(i) + "(a): return f" + std::to_string(i - 1) + "(a) + f" +
                 std::to_string(i - 1) + "(-a)\n";
    REQUIRE(message(calls) == too_much);
    std::string deep = "def f0(a): return a\n";
    for (int i = 1; i < 300; ++i)
        deep += "def f" + std::to_string(i) + "(a): return f" + std::to_string(i - 1) + "(a)\n";
    REQUIRE(message(deep) == "this is nested too deeply, with the functions it calls");
    std::string blocks = "def f(a):\n";
    for (int i = 1; i < 150; ++i)
        blocks += std::string(i, ' ') + "if a < " + std::to_string(i) + ":\n";
    REQUIRE(message(blocks + std::string(150, ' ') + "a = 1\n return a") ==
            "blocks are nested too deeply");
    std::string arms = "if a < 0: a = 1\n";
    for (int i = 1; i < 1000; ++i) arms += "    elif a < " + std::to_string(i) + ": a = 2\n";
    REQUIRE(in_body(arms) == "this is nested too deeply, with the functions it calls");
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    REQUIRE(passed.count() < 60.0);  // 1 s in release; generous for sanitizers
}

TEST_CASE("after twenty complaints there is enough") {
    std::string text = "def f(a):\n";
    for (int i = 0; i < 100; ++i) text += "    b = zzzzz" + std::to_string(i) + "\n";
    asp::Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text + "    return a", 1});
    REQUIRE(parse_functions(source, {}, diagnostics).empty());
    REQUIRE(diagnostics.size() == 20);
}

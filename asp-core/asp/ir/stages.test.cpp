#include "asp/ir/stages.hpp"

#include "asp/base/testing.hpp"
#include "asp/ir/parse.hpp"
#include "asp/ir/print.hpp"

using namespace asp;
using namespace asp::ir;
using Texts = std::vector<std::string>;

namespace {

/// The last function of a text that may call g(u, v) and h(u), whose values nobody knows.
Function with_calls(const std::string& text) {
    Environment environment;
    environment.functions["g"] = opaque_function("g", {"u", "v"}, "G");
    environment.functions["h"] = opaque_function("h", {"u"}, "H");
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"test", text, 1});
    const auto functions = parse_functions(source, environment, diagnostics);
    diagnostics.throw_if_any();
    return functions.back();
}

Texts results_of(const Stage& stage) {
    Texts texts;
    for (const Result& result : stage.function.results)
        texts.push_back(to_string(stage.function, result.value));
    return texts;
}

}  // namespace

TEST_CASE("a function with calls of the host's falls into what comes before and after each") {
    const auto stages =
        stages_of(with_calls("def f(x, y):\n    a = g(x * y, 2)\n"
                             "    return a + h(a - x)\n"));
    REQUIRE(stages.size() == 3);
    CHECK(stages[0].call == "G");
    CHECK(results_of(stages[0]) == Texts{"x * y", "2"});
    CHECK(stages[1].call == "H");
    CHECK(results_of(stages[1]) == Texts{"call0 - x"});
    CHECK(stages[2].call.empty());
    CHECK(results_of(stages[2]) == Texts{"call0 + call1"});
    CHECK(stages[1].function.arguments.size() == 3);
    CHECK(stages[2].function.arguments.size() == 4);
}

TEST_CASE("calls within calls and in functions of the same text come in their order") {
    const auto stages =
        stages_of(with_calls("def inner(z):\n    return 3 * h(z)\n\n"
                             "def f(x):\n    return g(inner(x), h(x + 1)) / x\n"));
    REQUIRE(stages.size() == 4);
    CHECK(results_of(stages[0]) == Texts{"x"});
    CHECK(results_of(stages[1]) == Texts{"x + 1"});
    CHECK(results_of(stages[2]) == Texts{"call0 * 3", "call1"});
    CHECK(results_of(stages[3]) == Texts{"call2 / x"});
}

TEST_CASE("a function without such calls is one stage") {
    const Function f = with_calls("def f(x):\n    return x + 1\n");
    CHECK(f.calls.empty());
    CHECK(stages_of(f).size() == 1);
}

TEST_CASE("a call of the host's with the wrong number of arguments is a complaint") {
    const std::string said =
        asp::testing::message_of<InputError>([] { with_calls("def f(x):\n    return g(x)\n"); });
    CHECK(said.find("'g' takes 2 arguments (u, v), not 1") != std::string::npos);
}

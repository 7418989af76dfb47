#include "asp/specialize/polynomial.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "asp/specialize/conformance.hpp"
#include "asp/specialize/nvcc.hpp"

using namespace asp;
using asp::testing::PolynomialEvaluator;

namespace {

const PolynomialEvaluator evaluator;

/// The function that the text defines.
ir::Function function_of(const std::string& text) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const ir::Source>(ir::Source{"test", text, 1});
    const auto functions = ir::parse_functions(source, {}, diagnostics);
    diagnostics.throw_if_any();
    return functions.back();
}

std::optional<Problem> parse(const std::string& text, Diagnostics& diagnostics) {
    return evaluator.parse(function_of(text), {}, diagnostics);
}

}  // namespace

TEST_CASE("the polynomial evaluator keeps what every specializer promises") {
    std::vector<testing::ConformanceProblem> problems;
    for (const char* const text : {"def p(x): return 3.0", "def p(x, a): return a * x",
                                   "def p(x, a, b): return (x - a) * (x + b) * (x - 0.5) + a",
                                   "def p(x, a): return a * x**7 - 2 * x**5 + (x + a)**3"})
        problems.push_back({function_of(text)});
    testing::check_conformance(evaluator, problems);
}

TEST_CASE("a polynomial's degree is found however it is written") {
    Diagnostics diagnostics;
    REQUIRE(parse("def p(x, a): return (x - a) * (x + a)", diagnostics)->constant("degree") == 2);
    REQUIRE(parse("def p(x): return x**16", diagnostics)->constant("degree") == 16);
    REQUIRE(diagnostics.empty());
}

TEST_CASE("what is no polynomial is refused by name") {
    Diagnostics diagnostics;
    REQUIRE(!parse("def p(x): return exp(x)", diagnostics));
    REQUIRE(diagnostics.lines() ==
            std::vector<std::string>{"p: not a polynomial in 'x' of degree 20 or less"});
}

TEST_CASE("the CUDA compiler takes the polynomial evaluator's text") {
    const auto nvcc = testing::find_nvcc();
    if (!nvcc) {
        WARN("no nvcc: the text for CUDA is not compiled");
        return;
    }
    Diagnostics diagnostics;
    const Problem p = *parse("def p(x, a): return a * x**5 + exp(a)", diagnostics);
    for (const long in_halves : {0L, 1L})
        REQUIRE(testing::nvcc_complaints(
                    *nvcc, evaluator.lower(p, {{"in_halves", in_halves}}, Target::cuda)) == "");
}

namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The blocks of code in docs/specializers.md below a comment with a file's name, in order.
std::vector<std::string> quoted_from(const std::string& path) {
    const std::string doc = text_of("docs/specializers.md");
    const std::string begin = "<!-- " + path + " -->\n```cpp\n";
    std::vector<std::string> blocks;
    for (std::size_t at = 0; (at = doc.find(begin, at)) != std::string::npos;) {
        at += begin.size();
        blocks.push_back(doc.substr(at, doc.find("\n```", at) - at));
    }
    return blocks;
}

}  // namespace

TEST_CASE("docs/specializers.md quotes the whole evaluator as it is") {
    const std::string folder = "asp-core/asp/specialize/";
    for (const std::string name : {"kernels/polynomial.hpp", "polynomial.hpp"}) {
        std::string rest = text_of(folder + name);
        for (const std::string& block : quoted_from(folder + name)) {
            INFO(name << " has no longer, or not here:\n" << block);
            const std::size_t at = rest.find(block);
            REQUIRE(at != std::string::npos);
            INFO("not quoted: " << rest.substr(0, at));
            REQUIRE(rest.find_first_not_of(" \n") == at + block.find_first_not_of(" \n"));
            rest.erase(0, at + block.size());
        }
        REQUIRE(rest.find_first_not_of(" \n") == std::string::npos);
    }
    const auto tests = quoted_from(folder + "polynomial.test.cpp");
    REQUIRE(tests.size() == 1);
    REQUIRE(text_of(folder + "polynomial.test.cpp").find(tests[0]) != std::string::npos);
}

TEST_CASE("docs/specializers.md shows the text that is generated") {
    Diagnostics diagnostics;
    const Problem p = *parse("def p(x, a): return a * x**7 - 2 * x**5", diagnostics);
    const std::string text = translation_unit(evaluator.lower(p, {{"in_halves", 1}}, Target::cpu));
    INFO(text);
    REQUIRE(quoted_from("generated") == std::vector<std::string>{text.substr(0, text.size() - 1)});
}

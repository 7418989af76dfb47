// The parser on any bytes: it never crashes or throws, says why where it gives nothing, and what
// it gives is printed and parsed again to the same nodes. Entry point of libFuzzer, which is also
// driven by parse_fuzz.test.cpp where there is no libFuzzer.

#include "asp/ir/parse.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "asp/ir/grid.hpp"
#include "asp/ir/print.hpp"
#include "asp/ir/rewrite.hpp"

using namespace asp::ir;

namespace {

std::string input;  // of this run, for the message

void require(bool holds, const char* what, const std::string& text) {
    if (holds) return;
    std::fprintf(stderr, "%s:\n%s\nfrom the text\n%s\n", what, text.c_str(), input.c_str());
    std::abort();
}

Environment environment(bool with_units) {
    const auto unit = [&](const char* text) { return with_units ? parse_unit(text) : Unit{}; };
    Environment result;
    result.arguments = {
        {"A", unit("m^2")}, {"A0", unit("m^2")}, {"p", unit("Pa")}, {"t"}, {"x", {}, {}, 3}};
    if (!with_units) return result;
    result.constants = {{"rho", 1060.0}, {"k.b", 0.0}};
    asp::Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(
        Source{"wave", "def wave(A, t): return sqrt(A) * t if t < 3 else t", 1});
    for (Function& function : parse_functions(source, result, diagnostics))
        result.functions.emplace(function.name, std::move(function));
    return result;
}

void check_again(const Function& function) {
    static const Environment plain = environment(false);
    const std::string text = to_string(function);
    // too much to write out or to read again
    if (text.size() > 100'000 || text.find("...") != std::string::npos) return;
    asp::Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"again", text, 1});
    const auto functions = parse_functions(source, plain, diagnostics);
    require(diagnostics.empty() && functions.size() == 1,
            diagnostics.empty() ? "nothing" : diagnostics.lines()[0].c_str(), text);
    require(functions[0].results.size() == function.results.size(), "other results", text);
    for (std::size_t r = 0; r < function.results.size(); ++r)
        require(substitute(functions[0].results[r].value, *function.graph, {}) ==
                    function.results[r].value,
                "another value", text);
}

}  // namespace

/// Whatever a grid function's loops compute stands in its own graph and reads what it has.
void check_grid(const GridFunction& function, const std::string& text) {
    const std::size_t arguments = function.first_load() + function.loads.size();
    std::vector<Expression> values;
    for (const GridLoop& loop : function.loops) {
        for (const Store& store : loop.stores) values.push_back(store.value);
        for (const Reduction& reduction : loop.reductions) values.push_back(reduction.value);
    }
    for (const Expression e : needed(values)) {
        require(&e.graph() == function.graph.get(), "another graph", text);
        require(!e.is(Op::argument) || e.index() < arguments, "an unknown argument", text);
    }
    for (const Load& load : function.loads)
        require(load.field < function.fields.size(), "an unknown field", text);
}

/// The first byte tells formulas, functions and grid functions (`g`) from each other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Environment given = environment(true);
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    input = text;
    asp::Diagnostics diagnostics;
    if (data[0] == 'g') {
        const auto source = std::make_shared<const Source>(Source{"g.py", text, 1});
        const Edge edge = size % 2 == 0 ? Edge::none : Edge::periodic;
        const auto function = parse_grid_function(source, {1 + size % 3, edge}, given, diagnostics);
        require(function.has_value() == diagnostics.empty(), "a complaint is missing", text);
        if (function) check_grid(*function, text);
    } else if (data[0] % 2 == 1) {
        const auto source = std::make_shared<const Source>(Source{"law", text});
        const auto function = parse_expression(source, given, diagnostics);
        require(function.has_value() == diagnostics.empty(), "a complaint is missing", text);
        if (function) check_again(*function);
    } else {
        const auto source = std::make_shared<const Source>(Source{"f.py", text, 1});
        const auto functions = parse_functions(source, given, diagnostics);
        require(functions.empty() != diagnostics.empty(), "a complaint is missing", text);
        for (const Function& function : functions) check_again(function);
    }
    for (const std::string& line : diagnostics.lines())
        require(line.size() < 2000 && line.find(": ") != std::string::npos, "a strange complaint",
                line);
    return 0;
}

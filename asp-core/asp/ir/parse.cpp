#include "asp/ir/parse.hpp"

#include <utility>

#include "asp/ir/detail/attempt.hpp"
#include "asp/ir/detail/lowering.hpp"

namespace asp::ir {
namespace {

using detail::attempt;
using detail::Complaints;
using detail::report;

/// How the lowering of one definition on its own ended.
struct Outcome {
    Function function;
    Complaints complaints;
    std::set<std::size_t> called;
};

Outcome lower_definition(const detail::Module& module, std::size_t index,
                         const std::shared_ptr<const Source>& source,
                         const Environment& environment, detail::Budget& budget) {
    Outcome outcome;
    Function& function = outcome.function;
    function = {
        std::string(module.functions[index].name), {}, {}, std::make_shared<Graph>(), source};
    detail::Lowering lowering(module, environment, outcome.complaints, budget, *function.graph);
    attempt(outcome.complaints, [&] {
        function.results = lowering.function(index, function.arguments);
        function.calls = lowering.take_calls(function.arguments);
    });
    outcome.called = lowering.called();
    return outcome;
}

}  // namespace

std::optional<Function> parse_expression(std::shared_ptr<const Source> source,
                                         const Environment& environment, Diagnostics& diagnostics) {
    Function function{"formula", {}, {}, std::make_shared<Graph>(), source};
    Complaints complaints;
    const bool good = attempt(complaints, [&] {
        const detail::Tree tree = detail::read_expression(source->text);
        const detail::Module none;
        detail::Budget budget;
        detail::Lowering lowering(none, environment, complaints, budget, *function.graph);
        function.results = lowering.formula(tree, function.arguments);
        function.calls = lowering.take_calls(function.arguments);
    });
    report(*source, complaints, diagnostics);
    if (!good) return {};
    return function;
}

std::vector<Function> parse_functions(std::shared_ptr<const Source> source,
                                      const Environment& environment, Diagnostics& diagnostics) {
    Complaints complaints;
    std::vector<Outcome> outcomes;
    attempt(complaints, [&] {
        const detail::Module module = detail::read_module(source->text);
        if (module.functions.empty())
            throw detail::SyntaxError{{}, "expected a function definition: 'def name(...):'"};
        detail::Budget budget;
        std::size_t failed = 0;
        for (std::size_t i = 0; i < module.functions.size() && failed < 100; ++i) {
            outcomes.push_back(lower_definition(module, i, source, environment, budget));
            failed += outcomes.back().complaints.empty() ? 0 : 1;
        }
    });
    // A function that only makes sense with its callers' arguments (a list, a whole constant) is
    // a part of them and no function of its own.
    std::set<std::size_t> called;
    for (const Outcome& outcome : outcomes)
        if (outcome.complaints.empty()) called.insert(outcome.called.begin(), outcome.called.end());
    std::vector<Function> functions;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].complaints.empty())
            functions.push_back(std::move(outcomes[i].function));
        else if (!called.contains(i))
            for (const Complaints::One& one : outcomes[i].complaints.in_order)
                if (complaints.known.insert(one).second) complaints.in_order.push_back(one);
    }
    report(*source, complaints, diagnostics);
    if (!complaints.empty()) functions.clear();
    return functions;
}

}  // namespace asp::ir

#include "asp/ir/detail/lowering.hpp"

#include <utility>

#include "asp/base/error.hpp"
#include "asp/ir/detail/characters.hpp"

namespace asp::ir::detail {

void Complaints::add(Span span, std::string message) {
    One one{span, std::move(message)};
    if (known.insert(one).second) in_order.push_back(std::move(one));
    if (in_order.size() >= Budget::complaints) throw Abandoned{};
}

Lowering::Level::Level(Lowering& lowering, Span span) : lowering_(lowering) {
    if (lowering.depth_ == Budget::depth)
        throw Abandoned{span, "this is nested too deeply, with the functions it calls"};
    ++lowering.depth_;
}

void Lowering::spend(std::size_t steps, Span span) {
    if (steps > budget_.steps)
        throw Abandoned{span, "this is too much to compute: loops and calls are unrolled"};
    budget_.steps -= steps;
    if (graph_.size() > Budget::nodes)
        throw Abandoned{span, "this function has more than " + std::to_string(Budget::nodes) +
                                  " operations: loops and calls are unrolled"};
}

Value Lowering::wrong(Span span, std::string message) {
    complaints_.add(span, std::move(message));
    return {};
}

Lowering::Lowering(const Module& module, const Environment& environment, Complaints& complaints,
                   Budget& budget, Graph& graph)
    : module_(module),
      environment_(environment),
      complaints_(complaints),
      budget_(budget),
      graph_(graph) {}

/// Assignments outside of functions. Their variables are seen by all functions.
void Lowering::bind_constants() {
    Scope scope;
    scope_ = &scope;
    run(module_.constants);
    constants_ = std::move(scope.variables);
}

Value Lowering::parameter(const Symbol& symbol, Span span, std::vector<Argument>& arguments) {
    const auto one = [&](std::string name) {
        const std::size_t index = arguments.size();
        arguments.push_back({std::move(name), symbol.unit, symbol.range});
        return number_value(graph_.argument(index), symbol.unit);
    };
    mark(span);
    if (symbol.size == 0) return one(symbol.name);
    std::vector<Value> elements;
    for (std::size_t i = 0; i < symbol.size; ++i)
        elements.push_back(one(symbol.name + "[" + std::to_string(i) + "]"));
    return sequence_value(std::move(elements));
}

std::vector<Result> Lowering::function(std::size_t index, std::vector<Argument>& arguments) {
    const Definition& definition = module_.functions[index];
    bind_constants();
    Scope scope;
    scope.assigned = names_assigned_in(index);
    scope_ = &scope;
    running_ = {index};
    for (const Parameter& parameter_ : definition.parameters) {
        Symbol symbol{std::string(parameter_.name)};
        for (const Symbol& declared : environment_.arguments)
            if (declared.name == parameter_.name) symbol = declared;
        scope.variables[parameter_.name] = parameter(symbol, parameter_.span, arguments);
    }
    parameters_ = arguments.size();
    run(definition.body);
    if (!scope.has_returned()) {
        wrong(definition.span, quoted(definition.name) + " does not return a value on every path");
        return {};
    }
    const Return returned = fold(std::move(scope.returns));
    std::vector<Result> results = results_of(returned);
    ASP_ASSERT(!results.empty() || !complaints_.empty());
    if (!complaints_.empty()) results.clear();
    return results;
}

std::vector<Result> Lowering::formula(const Tree& tree, std::vector<Argument>& arguments) {
    Scope scope;
    scope_ = &scope;
    for (const Symbol& symbol : environment_.arguments)
        scope.variables[symbol.name] = parameter(symbol, {}, arguments);
    parameters_ = arguments.size();
    const Value value = lower(tree);
    if (value.is_sequence())
        wrong(tree.span, "this is " + describe(value) + ", and a formula gives one number");
    else
        real(value, tree.span);
    if (!complaints_.empty()) return {};
    return results_of({{}, value, {}, tree.span});
}

std::vector<OpaqueCall> Lowering::take_calls(std::vector<Argument>& arguments) {
    for (std::size_t k = 0; k < calls_.size(); ++k)
        arguments.push_back({"call" + std::to_string(k), {}, {}});
    return std::move(calls_);
}

/// One for each number that is returned. A condition becomes 1 or 0, as in Python's arithmetic.
std::vector<Result> Lowering::results_of(const Return& returned) {
    const std::vector<Value> one{returned.value};
    const auto& values = returned.value.is_sequence() ? *returned.value.elements : one;
    std::vector<Result> results;
    std::set<std::string> taken;
    mark(returned.span);
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::string name = i < returned.names.size() ? returned.names[i] : "";
        if (name.empty() || !taken.insert(name).second) name = "result" + std::to_string(i);
        if (values[i].is_condition()) {
            const Expression yes = graph_.constant(1.0), no = graph_.constant(0.0);
            results.push_back({name, select(values[i].expression, yes, no), Dimension{}});
        } else if (const Expression number = real(values[i], returned.span)) {
            results.push_back({name, number, values[i].unit});
        } else {
            return {};
        }
    }
    if (values.empty()) wrong(returned.span, "there is nothing in what is returned");
    return results;
}

}  // namespace asp::ir::detail

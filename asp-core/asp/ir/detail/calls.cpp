#include <utility>

#include "asp/base/text.hpp"
#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lowering.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir::detail {
namespace {

std::string counted(std::size_t n, const std::string& what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

/// "3 arguments (a, b, c)"
template <class Names>
std::string wanted(const Names& parameters) {
    std::string names;
    for (const auto& parameter : parameters) {
        if (!names.empty()) names += ", ";
        if (names.size() > 100) {
            names += "...";
            break;
        }
        names += std::string_view(parameter.name).substr(0, 40);
    }
    return counted(parameters.size(), "argument") + (names.empty() ? "" : " (" + names + ")");
}

void collect_assigned(const Tree& target, std::set<std::string_view>& names) {
    if (target.kind == Syntax::name) names.insert(target.text);
    if (target.kind == Syntax::sequence)
        for (const Tree& child : target.children) collect_assigned(child, names);
}

}  // namespace

void collect_assigned(const Block& block, std::set<std::string_view>& names) {
    for (const Statement& statement : block) {
        for (const Tree& target : statement.targets) collect_assigned(target, names);
        for (const Arm& arm : statement.arms) collect_assigned(arm.body, names);
        collect_assigned(statement.otherwise, names);
        collect_assigned(statement.body, names);
    }
}

std::shared_ptr<const std::set<std::string_view>> Lowering::names_assigned_in(
    std::size_t function) {
    auto& known = assigned_[function];
    if (!known) {
        std::set<std::string_view> names;
        collect_assigned(module_.functions[function].body, names);
        known = std::make_shared<const std::set<std::string_view>>(std::move(names));
    }
    return known;
}

Value Lowering::call(const Tree& tree) {
    const Tree& function = tree.children[0];
    if (function.kind == Syntax::attribute)
        if (std::optional<Value> value = method(tree)) return *value;
    const std::string dotted = dotted_name(function);
    const std::string known = without_alias(dotted), inner = without_module(known);
    if (dotted.empty()) return wrong(function.span, "only functions can be called");
    const auto own = module_.by_name.find(dotted);
    if (own != module_.by_name.end()) return call_definition(own->second, tree);
    const auto captured = environment_.functions.find(dotted);
    const auto refused = environment_.refused.find(dotted);
    if (refused != environment_.refused.end()) return wrong(function.span, refused->second);
    const std::string name = inner.empty() ? known : inner;
    if (captured == environment_.functions.end() && !is_intrinsic(name)) {
        const std::vector<Value> arguments = arguments_of(tree);  // their complaints, too
        return unknown_function(function, dotted);
    }
    for (const Operator& keyword : tree.operators)
        if (!keyword.text.empty() && captured == environment_.functions.end())
            return wrong(keyword.span, quoted(dotted) + " takes no arguments by keyword");
    const Call made{tree, captured == environment_.functions.end() ? name : dotted,
                    arguments_of(tree)};
    for (const Value& argument : made.arguments)
        if (argument.is_wrong()) return {};
    mark(tree.span);
    if (captured != environment_.functions.end()) return call_function(captured->second, made);
    return call_intrinsic(*this, made);
}

std::vector<Value> Lowering::arguments_of(const Tree& tree) {
    std::vector<Value> values;
    for (std::size_t i = 1; i < tree.children.size(); ++i)
        values.push_back(lower(tree.children[i]));
    return values;
}

Value Lowering::unknown_function(const Tree& function, std::string_view name) {
    const bool simple = function.kind == Syntax::name;
    if (simple &&
        (scope_->variables.contains(function.text) || constants_.contains(function.text) ||
         environment_.constants.contains(std::string(name)) || known_constant(name)))
        return wrong(function.span,
                     quoted(name) + " is no function; a product is written with '*'");
    if (!is_new_unknown(function.span)) return {};
    std::vector<std::string> names = intrinsic_names();
    const auto offer = [&](std::string_view other) {
        if (names.size() < most_suggestions && other.size() <= longest_suggestion)
            names.emplace_back(other);
    };
    for (const auto& [other, index] : module_.by_name) offer(other);
    for (const auto& [other, value] : environment_.functions) offer(other);
    // "math.sqr" is nearest to "math.sqrt"
    const std::string inner = without_module(std::string(name));
    const std::string_view word = inner.empty() ? name : std::string_view(inner);
    std::string message = "unknown function " + quoted(name);
    if (word.size() <= longest_suggestion)
        if (const auto nearest = nearest_name(word, names))
            message += "; did you mean '" + std::string(name.substr(0, name.size() - word.size())) +
                       *nearest + "'?";
    return wrong(function.span, message);
}

Value Lowering::call_definition(std::size_t index, const Tree& tree) {
    const Definition& definition = module_.functions[index];
    const Span name = tree.children[0].span;
    for (const std::size_t caller : running_)
        if (caller == index)
            return wrong(
                name, quoted(definition.name) + " calls itself; recursion is not supported here");
    if (!running_.empty() && index > running_.back())
        return wrong(name, quoted(definition.name) +
                               " is defined further down; define it before it is called");
    called_.insert(index);
    Scope scope;
    scope.assigned = names_assigned_in(index);
    if (!bind(definition, tree, arguments_of(tree), scope)) return {};
    enter(scope);
    const Level level(*this, tree.span);
    Scope* const caller = std::exchange(scope_, &scope);
    running_.push_back(index);
    run(definition.body);
    Value value;
    if (scope.has_returned())
        value = fold(std::move(scope.returns)).value;
    else
        wrong(definition.span, quoted(definition.name) + " does not return a value on every path");
    running_.pop_back();
    scope_ = caller;
    return value;
}

/// Arguments by place, by keyword, by default. False if there was a complaint.
bool Lowering::bind(const Definition& definition, const Tree& tree, std::vector<Value> values,
                    Scope& scope) {
    const auto& parameters = definition.parameters;
    const Span name = tree.children[0].span;
    const auto place_of = [&](std::string_view keyword) {
        std::size_t i = 0;
        while (i < parameters.size() && parameters[i].name != keyword) ++i;
        return i;
    };
    std::map<std::string_view, std::size_t> given;  // argument of each parameter
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].is_wrong()) return false;
        const Operator& keyword = tree.operators[i];
        const std::size_t place = keyword.text.empty() ? i : place_of(keyword.text);
        if (place >= parameters.size() && !keyword.text.empty()) {
            wrong(keyword.span, quoted(definition.name) + " has no parameter " +
                                    quoted(keyword.text) + "; it takes " + wanted(parameters));
            return false;
        }
        if (place >= parameters.size()) break;
        if (!given.emplace(parameters[place].name, i).second) {
            wrong(tree.children[i + 1].span,
                  "parameter " + quoted(parameters[place].name) + " is given twice");
            return false;
        }
    }
    Scope empty;
    for (const Parameter& parameter : parameters) {
        const auto found = given.find(parameter.name);
        if (found == given.end() && !parameter.preset) break;
        Scope* const caller = std::exchange(scope_, found == given.end() ? &empty : scope_);
        scope.variables[parameter.name] =
            found == given.end() ? lower(*parameter.preset) : std::move(values[found->second]);
        scope_ = caller;
    }
    const bool too_many = values.size() > parameters.size();
    if (!too_many && scope.variables.size() == parameters.size())
        return check_declared(definition, tree, given, scope);
    wrong(name, quoted(definition.name) + " takes " + wanted(parameters) + ", not " +
                    std::to_string(values.size()));
    return false;
}

/// A parameter whose unit is declared takes no other.
bool Lowering::check_declared(const Definition& definition, const Tree& tree,
                              const std::map<std::string_view, std::size_t>& given, Scope& scope) {
    for (const Symbol& symbol : environment_.arguments) {
        const auto found = scope.variables.find(symbol.name);
        if (found == scope.variables.end() || !found->second.is_number()) continue;
        Value& value = found->second;
        const auto argument = given.find(symbol.name);
        if (!fit(value.unit, symbol.unit) && argument != given.end()) {
            wrong(tree.children[argument->second + 1].span,
                  quoted(symbol.name) + " of " + quoted(definition.name) + " is in " +
                      describe(symbol.unit) + ", not " + describe(value.unit));
            return false;
        }
        if (!value.unit && !value.is_constant()) value.unit = symbol.unit;
    }
    return true;
}

/// Arguments of a function that the host gave: by place, by keyword, by default. False if there was
/// a complaint.
bool Lowering::bind_function(const Function& function, const Call& call,
                             std::vector<Expression>& arguments) {
    const std::vector<Argument> declared(
        function.arguments.begin(),
        function.arguments.begin() + static_cast<std::ptrdiff_t>(function.parameters()));
    std::size_t next = 0;
    bool fits = true;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const Operator& keyword = call.tree.operators[i];
        if (!keyword.text.empty()) {
            next = 0;
            while (next < declared.size() && declared[next].name != keyword.text) ++next;
            if (next == declared.size()) {
                wrong(keyword.span, quoted(call.name) + " has no parameter " +
                                        quoted(keyword.text) + "; it takes " + wanted(declared));
                return false;
            }
        }
        const Value& value = call.arguments[i];
        const std::vector<Value> one{value};
        for (const Value& element : value.is_sequence() ? *value.elements : one) {
            const Expression argument = real(element, call.span_of(i));
            if (!argument) return false;
            const std::size_t place = next++;
            fits = fits && place < declared.size();
            if (!fits) continue;
            if (arguments[place]) {
                wrong(call.span_of(i),
                      "parameter " + quoted(declared[place].name) + " is given twice");
                return false;
            }
            arguments[place] = argument;
            if (fit(element.unit, declared[place].unit)) continue;
            wrong(call.span_of(i), quoted(declared[place].name) + " of " + quoted(call.name) +
                                       " is in " + describe(declared[place].unit) + ", not " +
                                       describe(element.unit));
            return false;
        }
    }
    for (std::size_t i = 0; i < declared.size(); ++i) {
        if (!arguments[i] && declared[i].preset)
            arguments[i] = graph_.constant(*declared[i].preset);
        fits = fits && arguments[i];
    }
    if (!fits)
        wrong(call.tree.children[0].span, quoted(call.name) + " takes " + wanted(declared) +
                                              ", not " + std::to_string(call.arguments.size()));
    return fits;
}

/// A function that the host gave, as part of this one's graph.
Value Lowering::call_function(const Function& function, const Call& call) {
    std::vector<Expression> arguments(function.arguments.size());
    if (!bind_function(function, call, arguments)) return {};
    if (!function.calls.empty() && refuses_callback(call)) return {};
    spend(function.graph->size(), call.tree.span);
    for (std::size_t k = 0; k < function.calls.size(); ++k) {
        OpaqueCall made{function.calls[k].key, {}};
        for (const Expression argument : function.calls[k].arguments)
            made.arguments.push_back(substitute(argument, graph_, arguments));
        arguments[function.parameters() + k] = graph_.argument(parameters_ + calls_.size());
        calls_.push_back(std::move(made));
    }
    std::vector<Value> results;
    for (const Result& result : function.results)
        results.push_back(number_value(substitute(result.value, graph_, arguments), result.unit));
    return results.size() == 1 ? results[0] : sequence_value(std::move(results));
}

}  // namespace asp::ir::detail

#include <algorithm>
#include <cmath>
#include <optional>

#include "asp/base/text.hpp"
#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lowering.hpp"

namespace asp::ir::detail {
namespace {

bool is_module(std::string_view name) {
    return name == "math" || name == "np" || name == "numpy";
}

/// Numbers are plain; but 0, inf and NaN fit every unit.
Unit unit_of_literal(double value) {
    return value == 0.0 || !std::isfinite(value) ? Unit{} : Unit(Dimension{});
}

void collect_names(const Tree& target, std::vector<std::string_view>& names) {
    if (target.kind == Syntax::name) names.push_back(target.text);
    for (const Tree& child : target.children) collect_names(child, names);
}

}  // namespace

std::string dotted_name(const Tree& tree) {
    if (tree.kind == Syntax::name) return std::string(tree.text);
    if (tree.kind != Syntax::attribute) return {};
    const std::string object = dotted_name(tree.children[0]);
    return object.empty() ? object : object + "." + std::string(tree.text);
}

std::string without_module(const std::string& dotted) {
    const auto dot = dotted.find('.');
    return dot != std::string::npos && is_module(std::string_view(dotted).substr(0, dot))
               ? dotted.substr(dot + 1)
               : std::string();
}

Value Lowering::lower(const Tree& tree) {
    const Level level(*this, tree.span);
    spend(1, tree.span);
    Value value = lower_any(tree);
    if (value.kind == Value::Kind::missing) return wrong(tree.span, *value.reason);
    if (value.depth > max_nesting) return wrong(tree.span, "lists are nested too deeply");
    return value;
}

Value Lowering::lower_any(const Tree& tree) {
    mark(tree.span);
    switch (tree.kind) {
        case Syntax::number:
            if (tree.whole) return whole_value(*tree.whole);
            return number_value(graph_.constant(tree.number), unit_of_literal(tree.number));
        case Syntax::text:
            return wrong(tree.span, "strings are not supported here");
        case Syntax::constant:
            if (tree.text == "True") return condition_value(graph_.boolean(true));
            if (tree.text == "False") return condition_value(graph_.boolean(false));
            return wrong(tree.span, quoted(tree.text) + " is not supported here");
        case Syntax::name:
            return name(tree);
        case Syntax::attribute:
            return attribute(tree);
        case Syntax::subscript:
            return subscript(tree);
        case Syntax::slice:
            return wrong(tree.span, "slices are not supported here");
        case Syntax::call:
            return call(tree);
        case Syntax::sign:
            return sign(tree);
        case Syntax::power: {
            const Value base = lower(tree.children[0]), exponent = lower(tree.children[1]);
            mark(tree.span);
            return power(base, exponent, tree.children[0].span, tree.children[1].span);
        }
        case Syntax::chain:
            return chain(tree);
        case Syntax::comparison:
            return comparison(tree);
        case Syntax::logical_not: {
            const Expression operand = condition(lower(tree.children[0]), tree.children[0].span);
            mark(tree.span);
            return operand ? condition_value(unary(Op::logical_not, operand)) : Value{};
        }
        case Syntax::logical_and:
        case Syntax::logical_or:
            return logical(tree);
        case Syntax::conditional:
            return conditional(tree);
        case Syntax::sequence: {
            std::vector<Value> elements;
            for (const Tree& child : tree.children) elements.push_back(lower(child));
            return sequence_value(std::move(elements));
        }
        case Syntax::comprehension:
            return comprehension(tree);
    }
    return {};
}

Value Lowering::name(const Tree& tree) {
    const auto variable = scope_->variables.find(tree.text);
    if (variable != scope_->variables.end()) return variable->second;
    if (scope_->assigned && scope_->assigned->contains(tree.text))
        return wrong(tree.span, quoted(tree.text) + " is used before it is assigned");
    const auto own = constants_.find(tree.text);
    if (own != constants_.end()) return own->second;
    if (const auto value = captured(std::string(tree.text), tree.span)) return *value;
    const std::string known_name = without_alias(std::string(tree.text));
    if (const auto known = known_constant(known_name))
        return number_value(graph_.constant(*known), unit_of_literal(*known));
    if (module_.by_name.contains(tree.text) || is_intrinsic(known_name) ||
        environment_.functions.contains(std::string(tree.text)))
        return wrong(tree.span, quoted(tree.text) + " is a function; call it: " +
                                    std::string(tree.text.substr(0, 40)) + "(...)");
    return unknown_name(tree);
}

namespace {

Value value_of(const Captured& captured, Graph& graph) {
    if (const auto* const condition = std::get_if<bool>(&captured.value))
        return condition_value(graph.boolean(*condition));
    if (const auto* const whole = std::get_if<std::int64_t>(&captured.value)) {
        Value value = whole_value(*whole);
        value.unit = {};  // a captured number fits every unit
        return value;
    }
    if (const auto* const number = std::get_if<double>(&captured.value))
        return number_value(graph.constant(*number), {});
    std::vector<Value> elements;
    for (const Captured& element : std::get<std::vector<Captured>>(captured.value))
        elements.push_back(value_of(element, graph));
    return sequence_value(std::move(elements));
}

}  // namespace

std::optional<Value> Lowering::captured(const std::string& name, Span span) {
    const auto constant = environment_.constants.find(name);
    if (constant != environment_.constants.end())
        return number_value(graph_.constant(constant->second), {});
    const auto value = environment_.captured.find(name);
    if (value != environment_.captured.end()) return value_of(value->second, graph_);
    const auto refused = environment_.refused.find(name);
    if (refused != environment_.refused.end()) return wrong(span, refused->second);
    return {};
}

std::string Lowering::without_alias(std::string dotted) const {
    const std::string head = dotted.substr(0, dotted.find('.'));
    const auto alias = environment_.aliases.find(head);
    if (alias == environment_.aliases.end()) return dotted;
    return dotted.replace(0, head.size(), alias->second);
}

/// The nearest name is looked for once, however often a loop comes here.
bool Lowering::is_new_unknown(Span span) {
    return unknown_.emplace(span.begin, span.end).second;
}

Value Lowering::unknown_name(const Tree& tree) {
    if (!is_new_unknown(tree.span)) return {};
    std::vector<std::string> names;
    const auto offer = [&](std::string_view name) {
        if (names.size() < most_suggestions && name.size() <= longest_suggestion)
            names.emplace_back(name);
    };
    for (const auto& [name, value] : scope_->variables) offer(name);
    for (const auto& [name, value] : constants_) offer(name);
    for (const auto& [name, value] : environment_.constants) offer(name);
    for (const auto& [name, value] : environment_.captured) offer(name);
    for (const std::string_view name : {"pi", "inf", "nan"}) offer(name);
    std::string message = "unknown name " + quoted(tree.text);
    if (tree.text.size() <= longest_suggestion)
        if (const auto nearest = nearest_name(tree.text, names))
            message += "; did you mean '" + *nearest + "'?";
    return wrong(tree.span, message);
}

Value Lowering::attribute(const Tree& tree) {
    if (std::optional<Value> value = member(tree)) return *value;
    const std::string dotted = dotted_name(tree);
    if (const auto value = captured(dotted, tree.span)) return *value;
    // what is wrong with an object is wrong with its attributes
    for (auto dot = dotted.rfind('.'); dot != std::string::npos && dot > 0;
         dot = dotted.rfind('.', dot - 1))
        if (const auto refused = environment_.refused.find(dotted.substr(0, dot));
            refused != environment_.refused.end())
            return wrong(tree.span, refused->second);
    const std::string inner = without_module(without_alias(dotted));
    if (inner.empty())
        return wrong(tree.span,
                     "attributes such as " + quoted(tree.text) + " are not supported here");
    if (const auto known = known_constant(inner))
        return number_value(graph_.constant(*known), unit_of_literal(*known));
    if (is_intrinsic(inner))
        return wrong(tree.span, quoted(dotted) + " is a function; call it: " + dotted + "(...)");
    return wrong(tree.span, "unknown name " + quoted(dotted));
}

Value Lowering::subscript(const Tree& tree) {
    const Tree& index_tree = tree.children[1];
    const Value object = lower(tree.children[0]);
    if (index_tree.kind == Syntax::slice) return lower(index_tree);
    const Value index = lower(index_tree);
    if (object.is_wrong() || index.is_wrong()) return {};
    if (std::optional<Value> value = element(object, index, tree)) return *value;
    if (!object.is_sequence())
        return wrong(tree.children[0].span,
                     "this is " + describe(object) + ", and only a list or vector has elements");
    if (!index.whole)
        return wrong(index_tree.span, "an index must be a whole constant, not " + describe(index));
    const auto size = static_cast<std::int64_t>(object.size());
    const std::int64_t i = *index.whole < 0 ? *index.whole + size : *index.whole;
    if (i < 0 || i >= size)
        return wrong(index_tree.span, "index " + std::to_string(*index.whole) + " is outside of " +
                                          describe(object));
    return (*object.elements)[static_cast<std::size_t>(i)];
}

Value Lowering::sign(const Tree& tree) {
    const Value operand = lower(tree.children[0]);
    mark(tree.span);
    if (tree.text == "~")
        return wrong({tree.span.begin, tree.span.begin + 1},
                     "'~' is not supported here; write 'not'");
    if (tree.text == "-") return negated(operand, tree.children[0].span);
    return operand.whole || real(operand, tree.children[0].span) ? operand : Value{};
}

Value Lowering::chain(const Tree& tree) {
    Value left = lower(tree.children[0]);
    Span span = tree.children[0].span;
    for (std::size_t i = 0; i < tree.operators.size(); ++i) {
        const Tree& next = tree.children[i + 1];
        const Value right = lower(next);
        const bool last = i + 1 == tree.operators.size();
        const Span whole = last ? tree.span : Span{span.begin, next.span.end};
        mark(whole);
        const std::string_view text = tree.operators[i].text;
        if (text == "+" || text == "-" || text == "*" || text == "/" || text == "//" ||
            text == "%") {
            left = binary(text, left, right, span, next.span);
        } else {
            refuse_operator(tree.operators[i]);
            left = {};
        }
        span = whole;
    }
    return left;
}

/// Python's chains: a < b < c is a < b and b < c.
Value Lowering::comparison(const Tree& tree) {
    Expression all;
    bool bad = false;
    Value left = lower(tree.children[0]);
    for (std::size_t i = 0; i < tree.operators.size(); ++i) {
        if (all && all.is_constant() && all.value() == 0.0) break;
        const Tree &left_tree = tree.children[i], &right_tree = tree.children[i + 1];
        Value right = lower(right_tree);
        mark({left_tree.span.begin, right_tree.span.end});
        const Value pair =
            compare(tree.operators[i].text, left, right, left_tree.span, right_tree.span);
        bad = bad || pair.is_wrong();
        if (!bad) {
            mark({tree.span.begin, right_tree.span.end});
            all = all ? graph_.apply(Op::logical_and, {all, pair.expression}) : pair.expression;
        }
        left = std::move(right);
    }
    return bad ? Value{} : condition_value(all);
}

Value Lowering::compare(std::string_view operation, const Value& a, const Value& b, Span left,
                        Span right) {
    if (!both_numbers(a, b, left, right)) return {};
    if (!same_unit(a, b, right, "compare")) return {};
    Expression x = real(a, left), y = real(b, right);
    const bool swapped = operation[0] == '>';
    if (swapped) std::swap(x, y);
    const Op op = operation == "=="       ? Op::equal
                  : operation == "!="     ? Op::not_equal
                  : operation.size() == 2 ? Op::less_equal
                                          : Op::less;
    return condition_value(graph_.apply(op, {x, y}));
}

/// As in Python, what stands behind a constant that decides is not looked at.
Value Lowering::logical(const Tree& tree) {
    const bool is_and = tree.kind == Syntax::logical_and;
    Expression all;
    bool bad = false;
    for (const Tree& child : tree.children) {
        if (all && all.is_constant() && (all.value() != 0.0) != is_and) break;
        const Expression next = condition(lower(child), child.span);
        bad = bad || !next;
        if (bad) continue;
        mark({tree.span.begin, child.span.end});
        all = all ? graph_.apply(is_and ? Op::logical_and : Op::logical_or, {all, next}) : next;
    }
    return bad ? Value{} : condition_value(all);
}

Value Lowering::conditional(const Tree& tree) {
    const Expression decides = condition(lower(tree.children[0]), tree.children[0].span);
    if (decides && decides.is_constant())
        return lower(tree.children[decides.value() != 0.0 ? 1 : 2]);
    const Value yes = lower(tree.children[1]), no = lower(tree.children[2]);
    if (!decides) return {};
    mark(tree.span);
    return chosen(decides, yes, no, tree.children[2].span);
}

Value Lowering::comprehension(const Tree& tree) {
    const Value iterable = lower(tree.children[2]);
    if (iterable.is_wrong()) return {};
    if (!iterable.is_sequence())
        return wrong(tree.children[2].span,
                     "a loop needs a constant range, tuple or list, not " + describe(iterable));
    std::vector<std::string_view> names;  // live inside of the comprehension only
    collect_names(tree.children[1], names);
    std::map<std::string_view, std::optional<Value>> outside;
    for (const std::string_view name : names) {
        const auto found = scope_->variables.find(name);
        outside[name] =
            found == scope_->variables.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<Value> elements;
    for (const Value& element : *iterable.elements) {
        assign(tree.children[1], element, tree.children[2].span);
        elements.push_back(lower(tree.children[0]));
    }
    for (const auto& [name, value] : outside) {
        if (value)
            scope_->variables[name] = *value;
        else
            scope_->variables.erase(name);
    }
    return sequence_value(std::move(elements));
}

}  // namespace asp::ir::detail

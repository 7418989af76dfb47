#include <iterator>
#include <utility>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lowering.hpp"

namespace asp::ir::detail {

void Lowering::run(const Block& block) {
    for (const Statement& statement : block) {
        if (scope_->has_returned()) return;  // Python does not come here either
        spend(1, statement.span);
        run(statement);
    }
}

void Lowering::run(const Statement& statement) {
    switch (statement.kind) {
        case Statement::Kind::assign: {
            const Value value = lower(statement.value);
            for (const Tree& target : statement.targets)
                assign(target, value, statement.value.span);
            return;
        }
        case Statement::Kind::augment:
            return augment(statement);
        case Statement::Kind::if_else:
            return if_else(statement, 0);
        case Statement::Kind::loop:
            return loop(statement);
        case Statement::Kind::give_back:
            return give_back(statement);
        case Statement::Kind::expression: {
            const Syntax kind = statement.value.kind;
            if (kind == Syntax::text || (kind == Syntax::constant && statement.value.text == "..."))
                return;  // a docstring
            if (!lower(statement.value).is_wrong())
                wrong(statement.span, "this value is not used; assign or return it");
            return;
        }
        case Statement::Kind::pass:
            return;
    }
}

void Lowering::assign(const Tree& target, const Value& value, Span span) {
    if (target.kind == Syntax::name) {
        scope_->variables[target.text] = value;
    } else if (target.kind == Syntax::subscript) {
        if (store(target, &value, span)) return;
        wrong(target.span, "elements cannot be assigned here; build the list at once: [a, b]");
    } else if (target.kind != Syntax::sequence) {
        wrong(target.span, "only names can be assigned to");
    } else if (value.is_wrong()) {
        for (const Tree& child : target.children) assign(child, value, span);
    } else if (!value.is_sequence() || value.size() != target.children.size()) {
        wrong(span, "cannot unpack " + describe(value) + " into " +
                        std::to_string(target.children.size()) + " names");
        for (const Tree& child : target.children) assign(child, {}, span);
    } else {
        for (std::size_t i = 0; i < value.size(); ++i)
            assign(target.children[i], (*value.elements)[i], span);
    }
}

void Lowering::augment(const Statement& statement) {
    const Tree &target = statement.targets[0], &operand = statement.value;
    const bool is_stored = target.kind == Syntax::subscript && store(target, nullptr, {});
    if (target.kind == Syntax::subscript && !is_stored) return assign(target, {}, statement.span);
    if (target.kind != Syntax::name && !is_stored) {
        wrong(target.span, "only names can be assigned to");
        return;
    }
    const Value old = lower(target), by = lower(operand);
    mark(statement.span);
    const std::string_view operation = statement.operation.text;
    Value value;
    if (operation == "**")
        value = power(old, by, target.span, operand.span);
    else if (std::string_view("+-*//%").find(operation) != std::string_view::npos)
        value = binary(operation, old, by, target.span, operand.span);
    else
        refuse_operator(statement.operation);
    assign(target, value, is_stored ? operand.span : statement.span);
}

void Lowering::loop(const Statement& statement) {
    const Level level(*this, statement.span);
    const Value iterable = lower(statement.value);
    if (iterable.is_wrong() || loop_over(iterable, statement)) return;
    if (!iterable.is_sequence()) {
        wrong(statement.value.span,
              "a loop needs a constant range, tuple or list, not " + describe(iterable));
        return;
    }
    for (const Value& element : *iterable.elements) {
        if (scope_->has_returned()) return;
        spend(1, statement.span);
        assign(statement.targets[0], element, statement.value.span);
        run(statement.body);
    }
}

void Lowering::give_back(const Statement& statement) {
    if (refuses_return(statement)) return;
    Return result{{}, lower(statement.value), {}, statement.value.span};
    const auto name_of = [](const Tree& tree) {
        return std::string(tree.kind == Syntax::name ? tree.text : std::string_view());
    };
    if (result.value.is_sequence() && statement.value.kind == Syntax::sequence) {
        for (const Tree& child : statement.value.children) result.names.push_back(name_of(child));
    } else if (result.value.is_sequence()) {
        for (std::size_t i = 0; i < result.value.size(); ++i) {
            const std::string name = name_of(statement.value);
            result.names.push_back(name.empty() ? name : name + "[" + std::to_string(i) + "]");
        }
    } else {
        result.names.push_back(name_of(statement.value));
    }
    scope_->returns.push_back(std::move(result));
}

/// What running something in a copy of the variables leaves.
template <class Run>
Scope Lowering::branch(Span span, Run&& run_it) {
    spend(scope_->variables.size() / 8 + 1, span);
    Scope copy{scope_->variables, scope_->assigned, {}};
    Scope* const outer = std::exchange(scope_, &copy);
    run_it();
    scope_ = outer;
    return copy;
}

/// Both branches are computed; the condition selects, variable by variable.
void Lowering::if_else(const Statement& statement, std::size_t arm) {
    const Arm& taken = statement.arms[arm];
    const Level level(*this, taken.condition.span);
    Expression decides = condition(lower(taken.condition), taken.condition.span);
    // Already complained about; anything that is not constant brings both branches' complaints.
    if (!decides) decides = graph_.argument(0, Type::boolean);
    const auto otherwise = [&] {
        if (arm + 1 < statement.arms.size())
            if_else(statement, arm + 1);
        else
            run(statement.otherwise);
    };
    if (decides.is_constant()) return decides.value() != 0.0 ? run(taken.body) : otherwise();
    Scope yes = branch(statement.span, [&] { run(taken.body); });
    Scope no = branch(statement.span, otherwise);
    mark(taken.condition.span);
    join(decides, std::move(yes), std::move(no), taken.condition.span);
}

void Lowering::join(Expression decides, Scope yes, Scope no, Span span) {
    const bool only_yes = no.has_returned(), only_no = yes.has_returned();
    if (only_yes || only_no) {
        scope_->variables = std::move(only_yes ? yes.variables : no.variables);
    } else {
        spend((yes.variables.size() + no.variables.size()) / 8, span);
        const auto lacking = [&](std::string_view name) {
            return missing_value(quoted(name) + " is not assigned on every path to here");
        };
        std::map<std::string_view, Value> both;
        for (const auto& [name, value] : yes.variables) {
            const auto other = no.variables.find(name);
            both[name] = other == no.variables.end() ? lacking(name)
                                                     : joined(decides, value, other->second, name);
        }
        for (const auto& [name, value] : no.variables)
            if (!yes.variables.contains(name)) both[name] = lacking(name);
        scope_->variables = std::move(both);
    }
    join_returns(decides, std::move(yes.returns), std::move(no.returns));
}

void Lowering::join_returns(Expression decides, std::vector<Return> yes, std::vector<Return> no) {
    std::vector<Return>& all = scope_->returns;
    const auto always = [](const std::vector<Return>& returns) {
        return !returns.empty() && !returns.back().condition;
    };
    const auto append = [&](std::vector<Return>& returns, Expression only_if) {
        for (Return& one : returns) {
            if (only_if) one.condition = graph_.apply(Op::logical_and, {only_if, one.condition});
            all.push_back(std::move(one));
        }
    };
    const auto append_folded = [&](std::vector<Return>& returns, Expression only_if) {
        Return one = fold(std::move(returns));
        one.condition = only_if;
        all.push_back(std::move(one));
    };
    if (always(yes)) {
        // Where the condition holds, nothing behind is reached: `no` needs no condition more.
        append_folded(yes, decides);
        append(no, {});
    } else if (always(no)) {
        append_folded(no, unary(Op::logical_not, decides));
        append(yes, {});
    } else {
        append(yes, decides);
        append(no, unary(Op::logical_not, decides));
    }
}

/// One value from all, of which the last is unconditional.
Return Lowering::fold(std::vector<Return> returns) {
    Return result = std::move(returns.back());
    for (auto one = std::next(returns.rbegin()); one != returns.rend(); ++one) {
        mark(one->span);
        result.value = chosen(one->condition, one->value, result.value, one->span);
        if (one->names != result.names) result.names.clear();
    }
    return result;
}

}  // namespace asp::ir::detail

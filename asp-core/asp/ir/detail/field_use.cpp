#include "asp/ir/detail/field_use.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace asp::ir::detail {
namespace {

/// Collects where the names of one function go, without regard to the order of its statements.
class FieldUse {
public:
    /// `earlier`: what is known of the functions before it.
    FieldUse(const Module& module, std::size_t function,
             const std::vector<std::set<std::string_view>>& earlier)
        : module_(module), function_(function), earlier_(earlier) {
        visit(module.functions[function].body);
    }

    /// All names that hold a field.
    std::set<std::string_view> names() {
        for (bool grows = true; grows;) {
            grows = false;
            for (const auto& [to, from] : flows_)
                if (fields_.contains(to)) grows = fields_.insert(from).second || grows;
        }
        return fields_;
    }

private:
    void visit(const Block& block) {
        for (const Statement& statement : block) {
            for (const Tree& target : statement.targets) {
                visit(target);
                if (statement.kind == Statement::Kind::assign) assigned(target, statement.value);
                if (statement.kind == Statement::Kind::loop) looped(target, statement.value);
            }
            visit(statement.value);
            for (const Arm& arm : statement.arms) {
                visit(arm.condition);
                visit(arm.body);
            }
            visit(statement.otherwise);
            visit(statement.body);
        }
    }

    void visit(const Tree& tree) {
        for (const Tree& child : tree.children) visit(child);
        if (tree.kind == Syntax::subscript || tree.kind == Syntax::attribute)
            if (tree.children[0].kind == Syntax::name) fields_.insert(tree.children[0].text);
        if (tree.kind == Syntax::comprehension) looped(tree.children[1], tree.children[2]);
        if (tree.kind == Syntax::call) called(tree);
    }

    /// A name by itself has the name of a function, or of a method behind "self.".
    void called(const Tree& tree) {
        const Tree& function = tree.children[0];
        if (function.kind != Syntax::name && function.kind != Syntax::attribute) return;
        const auto found = module_.by_name.find(function.text);
        if (found == module_.by_name.end() || found->second >= function_) return;
        const std::set<std::string_view>& wanted = earlier_[found->second];
        const auto& parameters = module_.functions[found->second].parameters;
        for (std::size_t i = 1; i < tree.children.size(); ++i) {
            if (tree.children[i].kind != Syntax::name) continue;
            std::string_view name = tree.operators[i - 1].text;
            if (name.empty() && i <= parameters.size()) name = parameters[i - 1].name;
            if (wanted.contains(name)) fields_.insert(tree.children[i].text);
        }
    }

    void assigned(const Tree& target, const Tree& value) {
        const bool sequences = target.kind == Syntax::sequence && value.kind == Syntax::sequence;
        if (sequences && target.children.size() == value.children.size()) {
            for (std::size_t i = 0; i < target.children.size(); ++i)
                assigned(target.children[i], value.children[i]);
        } else if (target.kind == Syntax::name && value.kind == Syntax::conditional) {
            assigned(target, value.children[1]);
            assigned(target, value.children[2]);
        } else if (target.kind == Syntax::name && value.kind == Syntax::name) {
            flows_.emplace_back(target.text, value.text);
        }
    }

    /// for target in iterable
    void looped(const Tree& target, const Tree& iterable) {
        if (iterable.kind == Syntax::sequence)
            for (const Tree& element : iterable.children) assigned(target, element);
        if (iterable.kind != Syntax::call || iterable.children.size() < 2) return;
        const std::string_view name = iterable.children[0].text;
        const bool parts = target.kind == Syntax::sequence;
        if (name == "zip" && parts)
            for (std::size_t i = 0; i < target.children.size(); ++i)
                if (i + 1 < iterable.children.size())
                    looped(target.children[i], iterable.children[i + 1]);
        if (name == "enumerate" && parts && target.children.size() == 2)
            looped(target.children[1], iterable.children[1]);
        if (name == "reversed" || name == "list" || name == "tuple")
            looped(target, iterable.children[1]);
    }

    const Module& module_;
    std::size_t function_;
    const std::vector<std::set<std::string_view>>& earlier_;
    std::set<std::string_view> fields_;
    std::vector<std::pair<std::string_view, std::string_view>> flows_;  ///< to, from
};

}  // namespace

std::set<std::string_view> field_parameters(const Module& module, std::size_t function) {
    std::vector<std::set<std::string_view>> result(function + 1);
    for (std::size_t i = 0; i <= function; ++i) {
        const std::set<std::string_view> names = FieldUse(module, i, result).names();
        for (const Parameter& parameter : module.functions[i].parameters)
            if (names.contains(parameter.name)) result[i].insert(parameter.name);
    }
    return std::move(result[function]);
}

}  // namespace asp::ir::detail

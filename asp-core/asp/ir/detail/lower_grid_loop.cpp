#include <algorithm>
#include <utility>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lower_grid.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Value::Kind;

std::string several_uses(std::string_view name) {
    return quoted(name) +
           " has a value from before the loop, and is read in it while it changes from point to "
           "point; give each point a variable of its own, or only let it grow: " +
           std::string(name.substr(0, 40)) + " += ..., max(" + std::string(name.substr(0, 40)) +
           ", ...)";
}

Value of_each_point(std::string_view name) {
    return missing_value(quoted(name) +
                         " belongs to each point of the loop; only sums and extremes are left "
                         "behind it");
}

}  // namespace

/// The name of the variable that is the field's value at the point: not one that a text can have.
const std::string& GridLowering::variable_of(std::size_t field) {
    while (variables_.size() <= field)
        variables_.push_back("the value at the point of field " +
                             std::to_string(variables_.size()));
    return variables_[field];
}

/// What a field has at the point when a loop begins.
Value GridLowering::at_point(std::size_t field) {
    const Field& one = out_.fields[field];
    if (one.role != Field::Role::temporary || covers(written_[field], open_->region, {}))
        return load(field, {});
    if (written_[field].empty())
        return missing_value(quoted(one.name) + " is read before it is written");
    std::string where;
    for (const Region& region : written_[field])
        where += (where.empty() ? "" : " and ") + text_of(region, setting_.dimensions);
    return missing_value(quoted(one.name) + " is written in " + where +
                         " only, and not at all points of this loop");
}

bool GridLowering::store(const Tree& tree, const Value* value, Span span) {
    const Tree& name = tree.children[0];
    const Value object = lower(name);
    if (object.is_wrong()) return value != nullptr;
    if (object.kind != Kind::field) {
        if (!object.is_number() || value == nullptr) return false;
        wrong(name.span,
              "this is a number, and only fields are written at a point; "
              "another field is made by 'like()' of one");
        return true;
    }
    if (value == nullptr) return true;
    const Value point = lower(tree.children[1]);
    if (point.is_wrong()) return true;
    const std::string& field = out_.fields[object.number].name;
    if (point.kind != Kind::point) {
        element(object, point, tree);
    } else if (point.offset != Offset{}) {
        wrong(tree.children[1].span,
              quoted(field) + " is written at the point of the loop only, not at offset " +
                  text_of(point.offset, setting_.dimensions) +
                  "; read the other fields at the opposite offset instead");
    } else if (!open_) {
        wrong(tree.span, "a field is written in a loop over points");
    } else if (running_.size() > 1) {
        wrong(tree.span, "a field is written in the loop itself; return the value from here");
    } else {
        const Expression number = real(*value, span);
        const bool fits = fit(value->unit, units_[object.number]);
        if (number && !fits)
            wrong(span, quoted(field) + " is in " + describe(units_[object.number]) + ", not " +
                            describe(value->unit));
        scope_->variables[variable_of(object.number)] =
            number && fits ? number_value(number, common(units_[object.number], value->unit))
                           : Value{};
        open_->stores[object.number] = tree.span;
    }
    return true;
}

bool GridLowering::refuses_return(const Statement& statement) {
    if (!open_ || running_.size() > 1) return false;
    wrong(statement.span, "a loop goes over all its points; return behind it");
    return true;
}

/// A stencil runs point by point on many harts, and has nobody who would answer.
bool GridLowering::refuses_callback(const Call& call) {
    wrong(call.tree.children[0].span,
          "a callback cannot be called from a stencil, and '" + std::string(call.name) +
              "' is or calls one; fill an array with its values before, and pass that as a field");
    return true;
}

void GridLowering::enter(Scope& callee) {
    if (!open_) return;
    for (std::size_t i = 0; i < out_.fields.size(); ++i)
        callee.variables[variable_of(i)] = scope_->variables.at(variable_of(i));
}

bool GridLowering::is_misplaced(const Statement& statement) {
    std::string reason;
    if (open_)
        reason =
            "a loop over points does not stand within another; a field's neighbors are "
            "u.neighbors(p)";
    else if (running_.size() > 1)
        reason = "a loop over points stands in the grid function itself, not in one that it calls";
    else if (scope_ != body_)
        reason = "a loop over points does not depend on a condition; put the 'if' into the loop";
    else if (statement.targets[0].kind != Syntax::name)
        reason = "a point has one name here: for p in ...; its indices are p[0], p[1], ...";
    if (reason.empty()) return false;
    wrong(statement.targets[0].kind == Syntax::name ? statement.span : statement.targets[0].span,
          reason);
    return true;
}

bool GridLowering::loop_over(const Value& iterable, const Statement& statement) {
    if (iterable.kind == Kind::field || iterable.kind == Kind::point) {
        wrong(statement.value.span, "this is " + describe(iterable) +
                                        "; a loop goes over u.points(), u.interior(1), "
                                        "u.border(1) or u.neighbors(p) of a field u");
        return true;
    }
    if (iterable.kind != Kind::region) return false;
    if (is_misplaced(statement)) return true;
    name_temporaries();
    const std::string_view name = statement.targets[0].text;
    std::set<std::string_view> assigned;
    collect_assigned(statement.body, assigned);
    open_.emplace();
    open_->region = {static_cast<Region::Kind>(iterable.number), iterable.offset};
    open_->span = statement.span;
    mark(statement.span);
    for (std::size_t i = 0; i < out_.fields.size(); ++i)
        scope_->variables[variable_of(i)] = at_point(i);
    bind_growing(assigned, name);
    scope_->variables[name] = Value{Kind::point};
    Lowering::run(statement.body);
    close(assigned, name);
    open_.reset();
    return true;
}

/// Numbers from before the loop that it assigns to.
void GridLowering::bind_growing(const std::set<std::string_view>& assigned,
                                std::string_view point) {
    for (const std::string_view name : assigned) {
        const auto found = scope_->variables.find(name);
        if (found == scope_->variables.end() || !found->second.is_number() || name == point)
            continue;
        Value& value = found->second;
        const Expression during = graph_.argument(first_growing + open_->growing.size());
        open_->growing.push_back({name, value, during});
        value = number_value(during, value.unit);
    }
}

void GridLowering::close(const std::set<std::string_view>& assigned, std::string_view point) {
    GridLoop loop{open_->region, {}, {}};
    close_stores(loop);
    std::map<std::string_view, Value> left;  // what the loop leaves in its variables
    for (const Growing& variable : open_->growing)
        left[variable.name] = grown(loop, variable, scope_->variables.at(variable.name));
    check_reads();
    check_uses(loop);
    for (const std::string_view name : assigned) {
        const auto found = scope_->variables.find(name);
        if (found != scope_->variables.end() && !found->second.is_wrong())
            found->second = of_each_point(name);
    }
    scope_->variables[point] =
        missing_value(quoted(point) + " is a point of a loop that has ended");
    for (auto& [name, value] : left) scope_->variables[name] = std::move(value);
    for (const std::string& name : variables_) scope_->variables.erase(name);
    if (!loop.stores.empty() || !loop.reductions.empty()) out_.loops.push_back(std::move(loop));
}

void GridLowering::close_stores(GridLoop& loop) {
    for (const auto& [field, span] : open_->stores) {
        Field& one = out_.fields[field];
        const Value& value = scope_->variables.at(variable_of(field));
        if (value.kind == Kind::missing)
            wrong(span, quoted(one.name) +
                            " is written on some paths only, and has no value before; write it "
                            "in the 'else', too");
        else if (const Expression number = real(value, span))
            loop.stores.push_back({field, number});
        if (one.role == Field::Role::read) one.role = Field::Role::written;
        written_[field].push_back(open_->region);
    }
}

/// What a variable is behind the loop.
Value GridLowering::grown(GridLoop& loop, const Growing& variable, const Value& value) {
    if (!value.is_number()) return value.kind == Kind::missing ? value : Value{};
    const Expression after = real(value, open_->span);
    if (after == variable.during) return variable.before;
    const std::vector<Expression> all{after};
    const std::vector<Expression> nodes = needed(all);
    if (std::find(nodes.begin(), nodes.end(), variable.during) == nodes.end())
        return of_each_point(variable.name);
    const std::optional<Growth> by = growth(after, variable.during);
    const std::string name(variable.name.substr(0, 40));
    if (!by)
        return wrong(after.span(), quoted(name) +
                                       " changes from point to point, and may only grow: " + name +
                                       " += ..., " + name + " = max(" + name + ", ...) or " + name +
                                       " = min(" + name + ", ...)");
    if (!variable.before.is_constant())
        return wrong(after.span(),
                     quoted(name) + " grows from point to point, and must start as a constant");
    loop.reductions.push_back({by->kind, name, variable.before.constant(), by->value});
    Value result{Kind::reduced};
    result.number = reduced_.size();
    reduced_.push_back({out_.loops.size(), loop.reductions.size() - 1});
    return result;
}

/// What a loop writes has at other points either value, depending on who is first.
void GridLowering::check_reads() {
    for (const auto& [place, outside] : open_->outside) wrong(outside.span, outside.message);
    for (const Read& read : open_->reads)
        if (open_->stores.contains(read.field))
            wrong(read.span, quoted(out_.fields[read.field].name) +
                                 " is written in this loop and read at another point: read "
                                 "another field, or write to a temporary (like()) and copy it in "
                                 "a loop of its own");
}

/// A variable that grows is read in its own growth only.
void GridLowering::check_uses(const GridLoop& loop) {
    for (const Store& store : loop.stores) check_use(store.value, open_->stores.at(store.field));
    for (const Reduction& reduction : loop.reductions)
        check_use(reduction.value, reduction.value.span());
}

void GridLowering::check_use(Expression value, Span span) {
    const std::vector<Expression> all{value};
    for (const Expression e : needed(all))
        if (e.is(Op::argument) && e.index() >= first_growing)
            return void(wrong(span, several_uses(open_->growing[e.index() - first_growing].name)));
}

/// Temporaries have the names of the variables that hold them.
void GridLowering::name_temporaries() {
    const auto taken = [&](const std::string& name) {
        return std::any_of(out_.fields.begin(), out_.fields.end(),
                           [&](const Field& field) { return field.name == name; }) ||
               std::any_of(out_.scalars.begin(), out_.scalars.end(),
                           [&](const Argument& scalar) { return scalar.name == name; });
    };
    const auto give = [&](Field& field, const std::string& wanted) {
        std::string name = wanted;
        for (int i = 2; taken(name); ++i) name = wanted + std::to_string(i);
        field.name = name;
    };
    for (const auto& [name, value] : scope_->variables)
        if (value.kind == Kind::field && out_.fields[value.number].name.empty())
            give(out_.fields[value.number], std::string(name));
    for (Field& field : out_.fields)
        if (field.name.empty()) give(field, "temporary");
}

}  // namespace asp::ir::detail

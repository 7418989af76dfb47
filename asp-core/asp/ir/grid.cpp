#include "asp/ir/grid.hpp"

#include <utility>

#include "asp/base/error.hpp"
#include "asp/ir/detail/attempt.hpp"
#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/field_use.hpp"
#include "asp/ir/detail/lower_grid.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir {
namespace detail {

GridLowering::GridLowering(const Module& module, const Environment& environment,
                           Complaints& complaints, Budget& budget, const GridSetting& setting,
                           GridFunction& out)
    : Lowering(module, environment, complaints, budget, *out.graph), setting_(setting), out_(out) {}

void GridLowering::bind_parameters(const Definition& definition, std::size_t index) {
    const std::set<std::string_view> fields = field_parameters(module_, index);
    for (const Parameter& parameter : definition.parameters) {
        Symbol symbol{std::string(parameter.name)};
        for (const Symbol& declared : environment_.arguments)
            if (declared.name == parameter.name) symbol = declared;
        mark(parameter.span);
        Value& value = scope_->variables[parameter.name];
        if (fields.contains(parameter.name)) {
            value = Value{Value::Kind::field};
            value.number = out_.fields.size();
            out_.parameters.push_back({true, value.number});
            out_.fields.push_back({symbol.name, Field::Role::read});
            units_.push_back(symbol.unit);
            written_.emplace_back();
        } else {
            const std::size_t number = out_.scalars.size();
            value = number_value(graph_.argument(number), symbol.unit);
            out_.parameters.push_back({false, number});
            out_.scalars.push_back({symbol.name, symbol.unit, symbol.range});
        }
    }
    if (out_.fields.empty())
        throw Abandoned{definition.span, quoted(definition.name) +
                                             " has no field: a parameter that is read or written "
                                             "at a point, such as u[p]"};
}

void GridLowering::bind_returned(const Definition& definition) {
    const std::vector<Return> returns = std::move(scope_->returns);
    bool writes = false;
    for (const Field& field : out_.fields) writes = writes || field.role == Field::Role::written;
    if (returns.empty()) {
        if (!writes && complaints_.empty())
            wrong(definition.span, quoted(definition.name) +
                                       " writes no field and returns nothing: nobody would see "
                                       "what it does");
        return;
    }
    if (returns.back().condition || returns.size() > 1) {
        wrong(returns.back().span, "what a grid function returns does not depend on a condition");
        return;
    }
    const Value& value = returns[0].value;
    const std::vector<Value> one{value};
    for (const Value& element : value.is_sequence() ? *value.elements : one) {
        if (element.is_wrong()) continue;
        if (element.kind == Value::Kind::reduced)
            out_.returned.push_back(reduced_[element.number]);
        else
            wrong(returns[0].span,
                  "a grid function returns sums and extremes over the points of "
                  "its loops, not " +
                      describe(element) +
                      (element.kind == Value::Kind::field ? "; fields are written in place" : ""));
    }
}

/// Fields at points whose values nothing depends on are not read.
void GridLowering::keep_needed_loads() {
    std::vector<Expression*> values;
    for (GridLoop& loop : out_.loops) {
        for (Store& store : loop.stores) values.push_back(&store.value);
        for (Reduction& reduction : loop.reductions) values.push_back(&reduction.value);
    }
    std::vector<Expression> results;
    for (const Expression* value : values) results.push_back(*value);
    std::vector<bool> wanted(out_.loads.size(), false);
    for (const Expression e : needed(results))
        if (e.is(Op::argument) && e.index() >= out_.first_load())
            wanted[e.index() - out_.first_load()] = true;
    const auto graph = std::make_shared<Graph>();
    std::vector<Expression> replacements(out_.first_load() + out_.loads.size());
    std::vector<Load> kept;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!wanted[i]) continue;
        graph->set_span(graph_.argument(out_.first_load() + i).span());
        replacements[out_.first_load() + i] = graph->argument(out_.first_load() + kept.size());
        kept.push_back(out_.loads[i]);
    }
    for (Expression* value : values) *value = substitute(*value, *graph, replacements);
    out_.loads = std::move(kept);
    out_.graph = graph;
}

void GridLowering::grid_function(std::size_t index) {
    const Definition& definition = module_.functions[index];
    out_.name = module_.kernel == index ? module_.kernel_of : definition.name;
    bind_constants();
    Scope scope;
    scope.assigned = names_assigned_in(index);
    scope_ = &scope;
    body_ = &scope;
    running_ = {index};
    bind_parameters(definition, index);
    Lowering::run(definition.body);
    name_temporaries();
    bind_returned(definition);
    if (complaints_.empty()) keep_needed_loads();
}

}  // namespace detail

std::optional<GridFunction> parse_grid_function(std::shared_ptr<const Source> source,
                                                const GridSetting& setting,
                                                const Environment& environment,
                                                Diagnostics& diagnostics) {
    ASP_ASSERT(setting.dimensions >= 1 && setting.dimensions <= 3);
    detail::Complaints complaints;
    GridFunction result;
    result.dimensions = setting.dimensions;
    result.edge = setting.edge;
    result.edge_value = setting.edge_value;
    result.graph = std::make_shared<Graph>();
    result.source = source;
    const std::shared_ptr<Graph> graph = result.graph;  // while lowering puts another in its place
    const bool good = detail::attempt(complaints, [&] {
        const detail::Module module = detail::read_module(source->text, detail::Classes::allowed);
        if (module.functions.empty())
            throw detail::SyntaxError{{}, "expected a function definition: 'def name(...):'"};
        detail::Budget budget;
        detail::GridLowering lowering(module, environment, complaints, budget, setting, result);
        lowering.grid_function(module.kernel.value_or(module.functions.size() - 1));
    });
    detail::report(*source, complaints, diagnostics);
    if (!good) return {};
    return result;
}

}  // namespace asp::ir

#include "asp/stencil/detail/layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/ir/rewrite.hpp"
#include "asp/stencil/kernels/rows.hpp"

namespace asp::stencil::detail {
namespace {

std::vector<ir::Expression> values_of(const ir::GridLoop& loop) {
    std::vector<ir::Expression> values;
    for (const ir::Store& store : loop.stores) values.push_back(store.value);
    for (const ir::Reduction& reduction : loop.reductions) values.push_back(reduction.value);
    return values;
}

void add_load(const ir::GridFunction& f, std::size_t number, LoopLayout& to) {
    const ir::Load& load = f.loads[number];
    const std::array<long, 3> away = along_axes(load.offset, f.dimensions);
    const auto same = std::ranges::find_if(to.inputs, [&](const Input& input) {
        return input.field == static_cast<int>(load.field) && input.plane == away[0] &&
               input.row == away[1];
    });
    to.loads.push_back(number);
    to.load_input.push_back(static_cast<std::size_t>(same - to.inputs.begin()));
    if (same == to.inputs.end())
        to.inputs.push_back({static_cast<int>(load.field), away[0], away[1], 0});
    Input& input = to.inputs[to.load_input.back()];
    input.reach = std::max(input.reach, std::abs(away[2]));
    to.reach = std::max(to.reach, input.reach);
}

LoopLayout layout_of(const ir::GridFunction& f, const ir::GridLoop& loop) {
    LoopLayout layout;
    layout.region.kind = static_cast<int>(loop.region.kind);
    const auto width = along_axes(loop.region.width, f.dimensions);
    std::ranges::copy(width, layout.region.width);
    layout.uses.assign(f.first_load() + f.loads.size(), false);
    for (const ir::Expression node : ir::needed(values_of(loop)))
        if (node.is(ir::Op::argument)) layout.uses[node.index()] = true;
    for (std::size_t k = 0; k < f.loads.size(); ++k)
        if (layout.uses[f.first_load() + k]) add_load(f, k, layout);
    for (const ir::Store& store : loop.stores)
        layout.outputs.push_back(static_cast<int>(store.field));
    layout.sums = static_cast<int>(loop.reductions.size());
    return layout;
}

void check_expressions(const ir::GridFunction& f, const ir::GridLoop& loop, const std::string& name,
                       std::vector<std::string>& faults) {
    const auto values = values_of(loop);
    if (values.empty()) faults.push_back(name + " has neither a store nor a reduction");
    for (const ir::Expression value : values)
        if (!value || value.type() != ir::Type::real) {
            faults.push_back(name + ": expected numbers");
            return;
        }
    for (const ir::Expression node : ir::needed(values))
        if (node.is(ir::Op::argument) && node.index() >= f.first_load() + f.loads.size())
            faults.push_back(fmt::format("{} uses argument {} of {}", name, node.index(),
                                         f.first_load() + f.loads.size()));
}

void check_loads(const ir::GridFunction& f, const ir::GridLoop& loop, const LoopLayout& layout,
                 const std::string& name, std::vector<std::string>& faults) {
    for (const std::size_t k : layout.loads) {
        const ir::Load& load = f.loads[k];
        const auto& field = f.fields[load.field].name;
        const bool is_stored = std::ranges::any_of(
            loop.stores, [&](const ir::Store& store) { return store.field == load.field; });
        if (is_stored && load.offset != ir::Offset{})
            faults.push_back(fmt::format("{} writes '{}' and reads it elsewhere", name, field));
        for (std::size_t d = 0; f.edge == ir::Edge::none && d < f.dimensions; ++d) {
            const bool is_interior = loop.region.kind == ir::Region::Kind::interior;
            if (std::abs(load.offset[d]) > (is_interior ? loop.region.width[d] : 0))
                faults.push_back(fmt::format("{} reads '{}' outside the grid", name, field));
        }
    }
    if (layout.inputs.size() > most_inputs)
        faults.push_back(fmt::format("{} reads {} rows: expected at most {}", name,
                                     layout.inputs.size(), most_inputs));
}

}  // namespace

std::array<long, 3> along_axes(const ir::Offset& offset, std::size_t dimensions) {
    std::array<long, 3> away{};
    for (std::size_t d = 0; d < dimensions; ++d) away[axis_of(dimensions, d)] = offset[d];
    return away;
}

Layout layout_of(const ir::GridFunction& function) {
    Layout layout;
    for (const ir::GridLoop& loop : function.loops) {
        layout.loops.push_back(layout_of(function, loop));
        layout.loops.back().first_sum = layout.sums;
        layout.sums += layout.loops.back().sums;
    }
    return layout;
}

PlanInput::PlanInput(const ir::GridFunction& f)
    : layout_(layout_of(f)), temporary_(std::make_unique<bool[]>(f.fields.size())), shape_{} {
    for (const LoopLayout& loop : layout_.loops)
        loops_.push_back({loop.region, static_cast<int>(loop.inputs.size()),
                          static_cast<int>(loop.outputs.size()), loop.sums, loop.first_sum,
                          loop.inputs.data(), loop.outputs.data(), loop.reach, nullptr});
    for (std::size_t i = 0; i < f.fields.size(); ++i)
        temporary_[i] = f.fields[i].role == ir::Field::Role::temporary;
    for (const ir::GridLoop& loop : f.loops)
        for (const ir::Reduction& reduction : loop.reductions)
            sums_.push_back(static_cast<int>(reduction.kind));
    shape_.dimensions = static_cast<int>(f.dimensions);
    shape_.fields = static_cast<int>(f.fields.size());
    shape_.scalars = static_cast<int>(f.scalars.size());
    shape_.loops = static_cast<int>(f.loops.size());
    shape_.sums = layout_.sums;
    shape_.edge = static_cast<int>(f.edge);
    shape_.edge_value = f.edge_value;
    shape_.loop = loops_.data();
    shape_.temporary = temporary_.get();
    shape_.sum = sums_.data();
}

std::vector<std::string> unsound(const ir::GridFunction& f) {
    std::vector<std::string> faults;
    for (std::size_t k = 0; k < f.loops.size(); ++k)
        check_expressions(f, f.loops[k], fmt::format("loop {}", k + 1), faults);
    if (!faults.empty()) return faults;
    const Layout layout = layout_of(f);
    for (std::size_t k = 0; k < f.loops.size(); ++k)
        check_loads(f, f.loops[k], layout.loops[k], fmt::format("loop {}", k + 1), faults);
    return faults;
}

}  // namespace asp::stencil::detail

#include "asp/ir/detail/grid_code.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/ir/detail/lower_grid.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir::detail {
namespace {

constexpr Region everywhere{};

GridArgument argument_of(const GridFunction& function, std::size_t index) {
    if (index >= function.first_load())
        return {GridArgument::Kind::load, index - function.first_load()};
    if (index >= function.first_index())
        return {GridArgument::Kind::index, index - function.first_index()};
    if (index >= function.first_shape())
        return {GridArgument::Kind::shape, index - function.first_shape()};
    return {GridArgument::Kind::scalar, index};
}

/// Of a loop that stores something, or whose reductions are returned.
std::optional<GridStage> stage_of(const GridFunction& function, std::size_t loop) {
    const GridLoop& from = function.loops[loop];
    std::vector<Expression> values;
    std::vector<std::size_t> stores;
    std::vector<GridReduction> reductions;
    for (const Store& store : from.stores) {
        values.push_back(store.value);
        stores.push_back(store.field);
    }
    for (std::size_t r = 0; r < from.reductions.size(); ++r) {
        GridReduction reduction{from.reductions[r].kind, {}};
        for (std::size_t i = 0; i < function.returned.size(); ++i)
            if (function.returned[i] == std::array{loop, r}) reduction.places.push_back(i);
        if (reduction.places.empty()) continue;
        values.push_back(from.reductions[r].value);
        reductions.push_back(std::move(reduction));
    }
    if (values.empty()) return {};
    Function body{function.name, {}, {}, std::make_shared<Graph>(), {}};
    std::vector<GridArgument> arguments;
    std::vector<Expression> replacements(function.first_load() + function.loads.size());
    for (const Expression e : needed(values)) {
        if (!e.is(Op::argument)) continue;
        replacements[e.index()] = body.graph->argument(arguments.size());
        arguments.push_back(argument_of(function, e.index()));
        body.arguments.push_back({"x" + std::to_string(arguments.size()), {}, {}});
    }
    for (const Expression value : values)
        body.results.push_back({"", substitute(value, *body.graph, replacements), {}});
    GridStage stage{from.region, std::move(arguments), std::move(stores), std::move(reductions),
                    Program<double>(body)};
    for (const GridArgument& argument : stage.arguments) {
        if (argument.kind == GridArgument::Kind::index && argument.number == 1)
            stage.numbers_rows = true;
        if (argument.kind != GridArgument::Kind::load) continue;
        const Offset& offset = function.loads[argument.number].offset;
        const long x = offset[function.dimensions - 1], y = offset[1];
        stage.left = std::max(stage.left, -x);
        stage.right = std::max(stage.right, x);
        stage.above = std::max(stage.above, -y);
        stage.below = std::max(stage.below, y);
    }
    return stage;
}

bool reads(const GridCode& code, const GridStage& stage, std::size_t field) {
    return std::any_of(stage.arguments.begin(), stage.arguments.end(), [&](const auto& argument) {
        return argument.kind == GridArgument::Kind::load &&
               code.loads[argument.number].field == field;
    });
}

GridBefore before_of(const GridCode& code, std::size_t field) {
    GridBefore before;
    std::vector<Region> written;
    for (const GridStage& stage : code.stages) {
        if (reads(code, stage, field) && !covers(written, everywhere, {})) before.is_read = true;
        const auto& stores = stage.stores;
        if (std::find(stores.begin(), stores.end(), field) == stores.end()) continue;
        written.push_back(stage.region);
        if (stage.region.kind == Region::Kind::interior && !before.left_in)
            before.left_in = Region{Region::Kind::border, stage.region.width};
    }
    before.is_left = !written.empty() && !covers(written, everywhere, {});
    if (code.fields[field].role == Field::Role::temporary) return {};
    return before;
}

}  // namespace

GridCode grid_code(const GridFunction& function) {
    GridCode code{function.dimensions,
                  function.edge,
                  function.edge_value,
                  function.fields,
                  0,
                  function.loads,
                  {},
                  {},
                  {},
                  {}};
    for (const Field& field : function.fields)
        code.parameters += field.role != Field::Role::temporary ? 1 : 0;
    for (std::size_t i = 0; i < function.loops.size(); ++i)
        if (std::optional<GridStage> stage = stage_of(function, i))
            code.stages.push_back(std::move(*stage));
    for (std::size_t i = 0; i < code.fields.size(); ++i) code.before.push_back(before_of(code, i));
    for (const auto& [loop, reduction] : function.returned) {
        code.kinds.push_back(function.loops[loop].reductions[reduction].kind);
        code.starts.push_back(function.loops[loop].reductions[reduction].start);
    }
    return code;
}

std::optional<std::size_t> read_of(const GridCall& call, std::size_t written) {
    for (const Feed& feed : call.feeds)
        if (feed.written == written) return feed.read;
    return {};
}

/// From the last step back to the first.
GridExtents grid_extents(const GridCode& code, const GridCall& call) {
    const std::size_t fields = code.fields.size(), stages = code.stages.size();
    const auto steps = static_cast<std::size_t>(call.steps);
    GridExtents extents{std::vector<long>(steps * stages, -1), std::vector<long>(fields, -1),
                        std::vector<long>(steps * fields, -1)};
    // What is wanted of each field after the point in time that the loops below have come to.
    std::vector<long> wanted(fields, -1);
    for (std::size_t f = 0; f < fields; ++f)
        if (code.fields[f].role == Field::Role::written) wanted[f] = 0;
    for (std::size_t step = steps; step-- > 0;) {
        for (std::size_t s = stages; s-- > 0;) {
            const GridStage& stage = code.stages[s];
            long& extent = extents.stages[step * stages + s];
            if (!stage.reductions.empty() && step + 1 == steps) extent = 0;
            for (const std::size_t field : stage.stores) extent = std::max(extent, wanted[field]);
            if (extent < 0) continue;
            for (const std::size_t field : stage.stores)
                wanted[field] = std::max(wanted[field], extent);  // it has memory for that
            for (const GridArgument& argument : stage.arguments) {
                if (argument.kind != GridArgument::Kind::load) continue;
                const Load& load = code.loads[argument.number];
                const long reach = std::min(extent + std::abs(load.offset[0]), call.shape[0]);
                wanted[load.field] = std::max(wanted[load.field], reach);
            }
        }
        std::vector<long> before(fields, -1);
        for (std::size_t f = 0; f < fields; ++f) {
            extents.fields[f] = std::max(extents.fields[f], wanted[f]);
            extents.starts[step * fields + f] = wanted[f];
            if (!code.before[f].matters()) continue;
            if (const auto read = read_of(call, f))
                wanted[*read] = std::max(wanted[*read], wanted[f]);
            else
                before[f] = wanted[f];
        }
        for (const Feed& feed : call.feeds) before[feed.written] = wanted[feed.read];
        wanted = std::move(before);
    }
    return extents;
}

}  // namespace asp::ir::detail

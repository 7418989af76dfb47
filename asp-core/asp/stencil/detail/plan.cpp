#include "asp/stencil/detail/plan.hpp"

#include <algorithm>
#include <numeric>

namespace asp::stencil::detail {
namespace {

/// Who reads whom.
void link(const Shape& shape, long steps, std::span<const long> source, Plan& plan) {
    std::vector<Version> now;
    for (int f = 0; f < shape.fields; ++f)
        now.push_back({shape.temporary[f] ? from_nowhere : from_memory, f});
    plan.stages.resize(static_cast<std::size_t>(steps) * static_cast<std::size_t>(shape.loops));
    for (int k = 0; k < static_cast<int>(plan.stages.size()); ++k) {
        Plan::Stage& stage = plan.stages[static_cast<std::size_t>(k)];
        stage.loop = k % shape.loops;
        stage.is_last = k >= (steps - 1) * shape.loops;
        if (k > 0 && stage.loop == 0 && !source.empty()) {
            const std::vector<Version> before = now;
            for (std::size_t f = 0; f < now.size(); ++f)
                now[f] = before[static_cast<std::size_t>(source[f])];
        }
        const Loop& loop = shape.loop[stage.loop];
        for (int i = 0; i < loop.inputs; ++i)
            stage.input.push_back(now[static_cast<std::size_t>(loop.input[i].field)]);
        for (int o = 0; o < loop.outputs; ++o) {
            const int f = loop.output[o];
            Version& version = now[static_cast<std::size_t>(f)];
            stage.output.push_back(
                {0, false, shape.temporary[f] ? Version{from_nowhere, 0} : version});
            version = {k, o};
        }
    }
    for (int f = 0; f < shape.fields; ++f) {
        const Version last = now[static_cast<std::size_t>(f)];
        if (last.stage < 0 || shape.temporary[f]) continue;
        Plan::Stage& stage = plan.stages[static_cast<std::size_t>(last.stage)];
        if (stage.is_last) stage.output[static_cast<std::size_t>(last.output)].is_result = true;
    }
}

Plan::Stage* stage_of(Plan& plan, Version version) {
    return version.stage < 0 ? nullptr : &plan.stages[static_cast<std::size_t>(version.stage)];
}

/// What each stage must compute beyond the range, from the last one back.
void find_halos(const Shape& shape, Plan& plan) {
    for (std::size_t k = plan.stages.size(); k-- > 0;) {
        Plan::Stage& stage = plan.stages[k];
        const Loop& loop = shape.loop[stage.loop];
        stage.is_needed |= stage.is_last && loop.sums > 0;
        for (const Plan::Output& output : stage.output) stage.is_needed |= output.is_result;
        if (!stage.is_needed) continue;
        const auto need = [&](Version version, const Input& away) {
            Plan::Stage* const from = stage_of(plan, version);
            if (from == nullptr) return;
            from->is_needed = true;
            // Only a grid of one dimension is cut inside a row.
            const long reach = shape.dimensions == 1 ? away.reach : 0;
            const long distance[]{size_of(away.plane), size_of(away.row), reach};
            for (int d = 0; d < 3; ++d)
                from->halo[d] = std::max(from->halo[d], stage.halo[d] + distance[d]);
        };
        for (std::size_t i = 0; i < stage.input.size(); ++i) need(stage.input[i], loop.input[i]);
        for (const Plan::Output& output : stage.output) need(output.before, {});
    }
}

/// How far behind each stage is, and how deep the rings are.
void find_lags(const Shape& shape, Plan& plan) {
    long lag = 0;
    for (Plan::Stage& stage : plan.stages) {
        const Loop& loop = shape.loop[stage.loop];
        for (std::size_t i = 0; stage.is_needed && i < stage.input.size(); ++i)
            if (const Plan::Stage* const from = stage_of(plan, stage.input[i]))
                lag = std::max(lag, from->lag + size_of(loop.input[i].plane));
        stage.lag = lag;
    }
    const auto keep = [&](Version version, long until) {
        Plan::Stage* const from = stage_of(plan, version);
        if (from == nullptr) return;
        Plan::Output& output = from->output[static_cast<std::size_t>(version.output)];
        output.depth = std::max(output.depth, until - from->lag + 1);
    };
    for (int k = 0; k < static_cast<int>(plan.stages.size()); ++k) {
        const Plan::Stage& stage = plan.stages[static_cast<std::size_t>(k)];
        if (!stage.is_needed) continue;
        const Loop& loop = shape.loop[stage.loop];
        for (std::size_t i = 0; i < stage.input.size(); ++i)
            keep(stage.input[i], stage.lag + size_of(loop.input[i].plane));
        for (int o = 0; o < loop.outputs; ++o) {
            const Plan::Output& output = stage.output[static_cast<std::size_t>(o)];
            keep(output.before, stage.lag);
            // What nobody wants, of a stage that is wanted for something else.
            if (!output.is_result) keep({k, o}, stage.lag);
        }
    }
}

/// Doubles of the planes of memory that are in use at a time, for tiles of so many rows.
long window_doubles(const Shape& shape, const Plan& plan, long rows, long points) {
    long doubles = 0;
    for (const Plan::Stage& stage : plan.stages) {
        if (!stage.is_needed) continue;
        const Loop& loop = shape.loop[stage.loop];
        for (int f = 0; f < shape.fields; ++f) {
            long planes = 0;
            for (std::size_t i = 0; i < stage.input.size(); ++i)
                if (loop.input[i].field == f && stage.input[i].stage < 0)
                    planes = std::max(planes, 1 + 2 * size_of(loop.input[i].plane));
            doubles += planes * (rows + 2 * stage.halo[1]) * points;
        }
    }
    return doubles;
}

}  // namespace

long Plan::halo(int d) const {
    long most = 0;
    for (const Stage& stage : stages)
        if (stage.is_needed) most = std::max(most, stage.halo[d]);
    return most;
}

long Plan::ring_doubles(long rows, long points) const {
    long doubles = 0;
    for (const Stage& stage : stages) {
        if (!stage.is_needed) continue;
        for (const Output& output : stage.output)
            doubles += output.depth * (rows + 2 * stage.halo[1]) * ring_row(points, stage.halo[2]);
    }
    return doubles;
}

Plan make_plan(const Shape& shape, long steps, std::span<const long> source) {
    Plan plan;
    link(shape, steps, source, plan);
    find_halos(shape, plan);
    find_lags(shape, plan);
    return plan;
}

long choose_tile(const Shape& shape, const Plan& plan, const long* size, long cache_bytes) {
    const auto doubles = [&](long rows) {
        return plan.ring_doubles(rows, size[2]) + window_doubles(shape, plan, rows, size[2]);
    };
    const long budget = cache_bytes / 4 * 3 / static_cast<long>(sizeof(double));
    const long each = std::max(1L, doubles(2) - doubles(1));
    const long rows = std::max(8L, (budget - (doubles(1) - each)) / each);
    if (rows >= size[1]) return size[1];
    const long tiles = (size[1] + rows - 1) / rows;
    return (size[1] + tiles - 1) / tiles;  // alike, so that none is small
}

std::vector<bool> must_not_be_overwritten(const Shape& shape, const Plan& plan) {
    std::vector<int> last(static_cast<std::size_t>(shape.fields), -1);  // stage that writes it
    for (std::size_t k = 0; k < plan.stages.size(); ++k)
        for (std::size_t o = 0; o < plan.stages[k].output.size(); ++o)
            if (plan.stages[k].output[o].is_result)
                last[static_cast<std::size_t>(shape.loop[plan.stages[k].loop].output[o])] =
                    static_cast<int>(k);
    std::vector<bool> found(last.size(), false);
    for (std::size_t k = 0; k < plan.stages.size(); ++k) {
        const Plan::Stage& stage = plan.stages[k];
        if (!stage.is_needed) continue;
        const bool has_halo = stage.halo[0] + stage.halo[1] + stage.halo[2] > 0;
        const auto reads = [&](Version version, const Input& away) {
            if (version.stage != from_memory) return;
            const auto f = static_cast<std::size_t>(version.output);
            const bool is_elsewhere =
                has_halo || away.plane != 0 || away.row != 0 || away.reach > 0;
            if (last[f] >= 0 && (is_elsewhere || static_cast<int>(k) > last[f])) found[f] = true;
        };
        const Loop& loop = shape.loop[stage.loop];
        for (std::size_t i = 0; i < stage.input.size(); ++i) reads(stage.input[i], loop.input[i]);
        for (const Plan::Output& output : stage.output) reads(output.before, {});
    }
    return found;
}

}  // namespace asp::stencil::detail

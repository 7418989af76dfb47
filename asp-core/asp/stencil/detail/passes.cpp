#include "asp/stencil/detail/passes.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "asp/base/error.hpp"

namespace asp::stencil::detail {
namespace {

long extent_of(const Function& function, const Grid& grid) {
    if (function.f.dimensions == 1) return (grid.n[2] + block_points - 1) / block_points;
    return grid.n[0];
}

/// What the function returns, from the partial values, index after index.
void combine(const Function& function, const double* partial, long extent,
             std::span<double> returned) {
    using Kind = ir::Reduction::Kind;
    for (std::size_t i = 0; i < returned.size(); ++i) {
        const auto [l, r] = function.f.returned[i];
        const ir::Reduction& reduction = function.f.loops[l].reductions[r];
        const auto number =
            static_cast<std::size_t>(function.input.layout().loops[l].first_sum) + r;
        const double* const mine = partial + static_cast<long>(number) * extent;
        double value = reduction.start;
        for (long k = 0; k < extent; ++k) {
            const double x = mine[k];
            if (reduction.kind == Kind::sum)
                value += x;
            else if (reduction.kind == Kind::maximum)
                value = x > value ? x : value;
            else
                value = x < value ? x : value;
        }
        returned[i] = value;
    }
}

/// Indices that one hart takes at a time: few ranges where each repeats its neighbours' work.
std::size_t grain_of(const Plan& plan, long extent, std::size_t harts) {
    const auto ranges = static_cast<long>(harts);
    const long halo = plan.halo(0);
    if (halo == 0) return 0;
    return static_cast<std::size_t>(std::max({1L, (extent + ranges - 1) / ranges, 4 * halo}));
}

}  // namespace

void Passes::run(const Kernel& kernel, const Grid& grid, const Pass& pass,
                 std::span<double> returned, const Team* team) const {
    const std::size_t fields = function_.f.fields.size();
    const long extent = extent_of(function_, grid);
    void* arrays[2 * most_fields + 2];
    long sizes[size_fields + sizes_per_field * most_fields];
    std::copy_n(grid.n, 3, sizes);
    sizes[size_steps] = pass.steps;
    sizes[size_extent] = extent;
    sizes[size_cache] = function_.cache_bytes;
    sizes[size_stream] = function_.stream_bytes;
    sizes[size_block] = block_points;
    for (std::size_t i = 0; i < fields; ++i) {
        const bool is_here = i < function_.parameters;
        const FieldPlace before = is_here ? pass.before[i] : FieldPlace{};
        const FieldPlace after = is_here ? pass.after[i] : FieldPlace{};
        arrays[i] = before.data;
        arrays[fields + i] = after.data;
        const long source = pass.source == nullptr ? static_cast<long>(i) : pass.source[i];
        const long size[]{before.plane, before.row, after.plane, after.row, source};
        std::copy_n(size, sizes_per_field,
                    sizes + size_fields + static_cast<long>(i) * sizes_per_field);
    }
    double few[256];
    AlignedVector<double> many;
    const auto partials = static_cast<std::size_t>(function_.input.layout().sums * extent);
    if (partials > std::size(few)) many.resize(partials);
    arrays[2 * fields] = partials > std::size(few) ? many.data() : few;
    long addresses[]{reinterpret_cast<long>(&drive), reinterpret_cast<long>(pass.prepared)};
    arrays[2 * fields + 1] = addresses;
    const Arguments arguments{arrays, grid.scalars, sizes, nullptr};
    const auto range = [&](std::size_t lo, std::size_t hi) {
        if (kernel.run(arguments, static_cast<long>(lo), static_cast<long>(hi)) != 0)
            throw BackendError(function_.f.name + ": no memory for the rows between its loops");
    };
    const auto last = static_cast<std::size_t>(extent);
    if (team != nullptr && grid.points() >= Stencil::few_points &&
        kernel.rung() != Rung::interpreted)
        team->run(range, 0, last, grain_of(pass.prepared->plan, extent, team->harts()));
    else if (last > 0)
        range(0, last);
    combine(function_, static_cast<const double*>(arrays[2 * fields]), extent, returned);
}

Passes::Array Passes::borrow(std::size_t doubles) {
    Array array;
    {
        const std::lock_guard lock(mutex_);
        const auto fits = std::ranges::find_if(
            free_, [&](const Array& candidate) { return candidate.size() == doubles; });
        if (fits != free_.end()) {
            array = std::move(*fits);
            free_.erase(fits);
            return array;
        }
        free_.clear();  // of another shape, that will hardly come again
    }
    array.resize(doubles);
    return array;
}

void Passes::give_back(Array array) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(array));
}

long choose_depth(const Function& function, const Grid& grid, long steps,
                  std::span<const long> source) {
    const long most = std::min<long>({steps, most_steps});
    long best = 1;
    for (long depth = 2; depth <= most; ++depth) {
        const Plan plan = make_plan(function.input.shape(), depth, source);
        const long halo = plan.halo(1);
        if (function.f.dimensions == 3) {
            const long rows =
                choose_tile(function.input.shape(), plan, grid.n, function.cache_bytes);
            // Half of the halo is computed twice on average.
            if (rows < grid.n[1] && 5 * halo > rows) break;
        }
        const long fixed =
            plan.ring_doubles(1, function.f.dimensions == 1 ? block_points : grid.n[2]);
        if (function.f.dimensions == 2 && fixed * 8 > function.cache_bytes / 2) break;
        best = depth;
    }
    const long passes = (steps + best - 1) / best;
    return (steps + passes - 1) / passes;
}

void copy_field(const Grid& grid, const FieldPlace& from, const FieldPlace& to) {
    for (long z = 0; z < grid.n[0]; ++z)
        for (long y = 0; y < grid.n[1]; ++y)
            std::copy_n(from.data + z * from.plane + y * from.row, grid.n[2],
                        to.data + z * to.plane + y * to.row);
}

}  // namespace asp::stencil::detail

#include "asp/stencil/detail/function.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"

namespace asp::stencil::detail {
namespace {

struct Extent {
    const double *begin, *end;
};

Extent extent_of(const FieldPlace& place, const long* n) {
    const long plane = (n[0] - 1) * place.plane, row = (n[1] - 1) * place.row;
    return {place.data + std::min(plane, 0L) + std::min(row, 0L),
            place.data + std::max(plane, 0L) + std::max(row, 0L) + n[2]};
}

[[noreturn]] void refuse(const Function& function, const std::string& why) {
    throw InputError(function.f.name + ": " + why);
}

void check_overlaps(const Function& function, const Grid& grid) {
    for (std::size_t w = 0; w < function.parameters; ++w) {
        if (function.f.fields[w].role != ir::Field::Role::written) continue;
        const Extent mine = extent_of(grid.field[w], grid.n);
        for (std::size_t g = 0; g < function.parameters; ++g) {
            const bool is_written = function.f.fields[g].role == ir::Field::Role::written;
            if (g == w || (is_written && g < w)) continue;
            const Extent other = extent_of(grid.field[g], grid.n);
            if (mine.end <= other.begin || other.end <= mine.begin) continue;
            if (!is_written && !function.is_read_elsewhere[g] && grid.field[g] == grid.field[w])
                continue;
            refuse(function,
                   fmt::format("'{}', which is written, overlaps '{}', which is {}: expected "
                               "arrays of their own; pass a copy of one",
                               function.f.fields[w].name, function.f.fields[g].name,
                               is_written ? "written too" : "read"));
        }
    }
}

}  // namespace

Function::Function(const ir::GridFunction& function, const jit::Platform& platform)
    : f(function), input(f), once{make_plan(input.shape(), 1, {}), 0} {
    is_copied = must_not_be_overwritten(input.shape(), once.plan);
    is_read_elsewhere.assign(f.fields.size(), f.loops.size() > 1);
    for (const ir::Load& load : f.loads)
        if (load.offset != ir::Offset{}) is_read_elsewhere[load.field] = true;
    for (const ir::Field& field : f.fields)
        if (field.role != ir::Field::Role::temporary) ++parameters;
    cache_bytes = static_cast<long>(platform.l2_bytes > 0 ? platform.l2_bytes : 1U << 20U);
    // What is read again soon should stay: a result goes past the caches where it is many times
    // the second one.
    stream_bytes = 8 * cache_bytes;
}

void check_call(const Function& function, const Call& call, std::span<const double> returned,
                Grid& grid) {
    const ir::GridFunction& f = function.f;
    const auto expect = [&](const char* what, std::size_t found, std::size_t expected) {
        if (found != expected)
            refuse(function, fmt::format("{} {}: expected {}", found, what, expected));
    };
    expect("fields", call.fields.size(), function.parameters);
    expect("scalars", call.scalars.size(), f.scalars.size());
    if (!call.strides.empty()) expect("strides", call.strides.size(), function.parameters);
    if (!returned.empty()) expect("returned numbers", returned.size(), f.returned.size());
    std::fill_n(grid.n, 3, 1L);
    for (std::size_t d = 0; d < f.dimensions; ++d) {
        if (call.shape[d] < 0) refuse(function, "expected a shape that is not negative");
        grid.n[axis_of(f.dimensions, d)] = call.shape[d];
    }
    for (std::size_t i = 0; i < function.parameters; ++i) {
        grid.field[i] = grid.dense(call.fields[i]);
        if (call.strides.empty()) continue;
        const auto& stride = call.strides[i];
        if (stride[f.dimensions - 1] != 1)
            refuse(function, fmt::format("'{}': values along the last dimension are {} apart: "
                                         "expected 1; pass a contiguous array",
                                         f.fields[i].name, stride[f.dimensions - 1]));
        if (f.dimensions > 1) grid.field[i].plane = stride[0];
        if (f.dimensions > 2) grid.field[i].row = stride[1];
    }
    grid.scalars = call.scalars.data();
    if (grid.points() > 0) check_overlaps(function, grid);
}

}  // namespace asp::stencil::detail

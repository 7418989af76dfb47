#include "asp/stencil/detail/sample.hpp"

#include <random>

#include "asp/stencil/detail/sweep.hpp"
#include "asp/stencil/encode.hpp"
#include "asp/stencil/kernels/shape.hpp"

namespace asp::stencil::detail {
namespace {

constexpr long block = 64;

struct Grid {
    long shape[3];
    long points() const { return shape[0] * shape[1] * shape[2]; }
};

/// Small across, so that edges are everywhere; no multiples of a vector.
Grid grid_of(std::size_t dimensions, long extent) {
    if (dimensions == 3) return {{extent, 11, 21}};
    if (dimensions == 2) return {{extent, 1, 53}};
    // The last block is a part of one.
    return {{1, 1, extent == 0 ? 0 : (extent - 1) * block + 37}};
}

/// The field whose result each field is in the next step: the first that is written feeds the first
/// that is only read.
std::vector<long> sources_of(const ir::GridFunction& f) {
    std::vector<long> source;
    for (std::size_t i = 0; i < f.fields.size(); ++i) source.push_back(static_cast<long>(i));
    using Role = ir::Field::Role;
    for (std::size_t w = 0; w < f.fields.size(); ++w)
        for (std::size_t r = 0; r < f.fields.size(); ++r)
            if (f.fields[w].role == Role::written && f.fields[r].role == Role::read) {
                source[r] = static_cast<long>(w);
                return source;
            }
    return source;
}

}  // namespace

Example example_of(const Problem& problem, std::uint64_t seed, long extent) {
    const ir::GridFunction f = decode(problem);
    std::mt19937_64 random(seed);
    const auto number = [&] {
        return 0.5 + 1.5 * (static_cast<double>(random() >> 11U) * 0x1p-53);
    };
    const Grid grid = grid_of(f.dimensions, extent);
    const auto points = static_cast<std::size_t>(grid.points());
    Example example;
    for (const ir::Field& field : f.fields) {
        const bool is_real = field.role != ir::Field::Role::temporary;
        AlignedVector<double> values(is_real ? points : 0);
        for (double& x : values) x = number();
        example.arrays.push_back({field.name, std::move(values), {}, false});
    }
    for (const ir::Field& field : f.fields) {
        const bool is_written = field.role == ir::Field::Role::written;
        example.arrays.push_back(
            {"result " + field.name, AlignedVector<double>(is_written ? points : 0), {}, true});
    }
    const std::vector<long> sources = sources_of(f);
    for (std::size_t i = 0; i < sources.size(); ++i)  // what is fed begins like what it feeds
        example.arrays[static_cast<std::size_t>(sources[i])].reals = example.arrays[i].reals;
    std::size_t sums = 0;
    for (const ir::GridLoop& loop : f.loops) sums += loop.reductions.size();
    example.arrays.push_back(
        {"sums", AlignedVector<double>(sums * static_cast<std::size_t>(extent)), {}, true});
    example.arrays.push_back({"drive", {}, {reinterpret_cast<long>(&drive), 0}, false});
    for (const ir::Argument& scalar : f.scalars) {
        const bool is_bounded = scalar.range.bounded();
        const double part = (number() - 0.5) / 1.5;
        example.scalars.push_back(is_bounded ? scalar.range.low +
                                                   part * (scalar.range.high - scalar.range.low)
                                             : 0.01 + 0.05 * part);
    }
    const long steps = seed % 2 == 1 ? 3 : 1;
    example.sizes = {grid.shape[0], grid.shape[1], grid.shape[2], steps, extent, 64 << 10, 0,
                     block};
    for (const long source : sources) {
        const long plane = grid.shape[1] * grid.shape[2], row = grid.shape[2];
        example.sizes.insert(example.sizes.end(), {plane, row, plane, row, source});
    }
    example.extent = extent;
    return example;
}

std::vector<Tolerance> tolerances_of(const Problem& problem) {
    const ir::GridFunction f = decode(problem);
    // Fields are about 1. Contracted products round once instead of twice, sums are in another
    // order; three steps of differences of a few neighbours amplify that a thousand times.
    const Tolerance rounding{1e-11, 1e-11}, exact{};
    std::vector<Tolerance> tolerances(f.fields.size(), exact);
    tolerances.insert(tolerances.end(), f.fields.size() + 1, rounding);
    tolerances.push_back(exact);
    return tolerances;
}

}  // namespace asp::stencil::detail

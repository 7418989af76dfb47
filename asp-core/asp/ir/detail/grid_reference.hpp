#pragma once
// For *.test.cpp only.

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "asp/ir/grid_interpreter.hpp"
#include "asp/ir/random_expression.hpp"

namespace asp::ir::testing {

using Shape = std::array<long, 3>;

/// Fields of a grid in dense memory, with values from a fixed seed.
struct Fields {
    Shape shape;
    std::vector<std::vector<double>> values;

    Fields(const Shape& shape_, std::size_t count) : shape(shape_) {
        std::mt19937_64 random(7);
        std::uniform_real_distribution<double> uniform(-1.0, 1.0);
        for (std::size_t f = 0; f < count; ++f) {
            values.emplace_back(static_cast<std::size_t>(shape[0] * shape[1] * shape[2]));
            for (double& value : values.back()) value = uniform(random);
        }
    }

    double& at(std::size_t field, const Shape& p) {
        return values[field][static_cast<std::size_t>((p[0] * shape[1] + p[1]) * shape[2] + p[2])];
    }
};

/// A call of a grid function. In fewer dimensions the last sizes are 1.
struct Setup {
    GridFunction function;
    Shape shape;
    std::vector<double> scalars;
    long steps = 1;
    std::vector<Feed> feeds;

    std::size_t parameters() const { return function.parameters.size() - function.scalars.size(); }
};

inline bool belongs(const Setup& setup, const Region& region, const Shape& p) {
    bool in = true;
    for (std::size_t d = 0; d < setup.function.dimensions; ++d)
        in = in && p[d] >= region.width[d] && p[d] < setup.shape[d] - region.width[d];
    return region.kind == Region::Kind::border ? !in : in;
}

/// A field's value at any index, as the edge has it.
inline double loaded(const Setup& setup, Fields& fields, const Load& load, Shape p) {
    for (std::size_t d = 0; d < setup.function.dimensions; ++d) {
        const long n = setup.shape[d];
        p[d] += load.offset[d];
        while (p[d] < 0 || p[d] >= n) {
            if (setup.function.edge == Edge::none) return std::nan("");  // of another loop
            if (setup.function.edge == Edge::dirichlet) return setup.function.edge_value;
            if (setup.function.edge == Edge::periodic)
                p[d] += p[d] < 0 ? n : -n;
            else
                p[d] = p[d] < 0 ? -1 - p[d] : 2 * n - 1 - p[d];
        }
    }
    return fields.at(load.field, p);
}

/// Arguments of all expressions at a point.
inline std::vector<double> arguments_at(const Setup& setup, Fields& fields, const Shape& p) {
    std::vector<double> arguments = setup.scalars;
    for (std::size_t d = 0; d < setup.function.dimensions; ++d)
        arguments.push_back(static_cast<double>(setup.shape[d]));
    for (std::size_t d = 0; d < setup.function.dimensions; ++d)
        arguments.push_back(static_cast<double>(p[d]));
    for (const Load& load : setup.function.loads)
        arguments.push_back(loaded(setup, fields, load, p));
    return arguments;
}

inline double grown(Reduction::Kind kind, double so_far, double by) {
    return kind == Reduction::Kind::sum       ? so_far + by
           : kind == Reduction::Kind::maximum ? std::max(so_far, by)
                                              : std::min(so_far, by);
}

/// One loop, point by point, on a copy of what was before; and its reductions.
inline std::vector<double> run_loop(const Setup& setup, const GridLoop& loop, Fields& now) {
    Fields before = now;
    std::vector<double> reduced;
    for (const Reduction& reduction : loop.reductions) reduced.push_back(reduction.start);
    const long n = setup.shape[0] * setup.shape[1] * setup.shape[2];
    for (long i = 0; i < n; ++i) {
        const Shape p{i / setup.shape[2] / setup.shape[1], i / setup.shape[2] % setup.shape[1],
                      i % setup.shape[2]};
        if (!belongs(setup, loop.region, p)) continue;
        const std::vector<double> arguments = arguments_at(setup, before, p);
        for (const Store& store : loop.stores)
            now.at(store.field, p) = value_at(store.value, arguments);
        for (std::size_t r = 0; r < reduced.size(); ++r)
            reduced[r] = grown(loop.reductions[r].kind, reduced[r],
                               value_at(loop.reductions[r].value, arguments));
    }
    return reduced;
}

/// Leaves in the written fields what the last step does; gives what it returns.
inline std::vector<double> reference(const Setup& setup, Fields& fields) {
    const GridFunction& f = setup.function;
    std::vector<std::vector<double>> reduced;
    Fields now = fields;
    now.values.resize(f.fields.size(), std::vector<double>(now.values[0].size(), std::nan("")));
    for (long step = 0; step < setup.steps; ++step) {
        for (const Feed& feed : setup.feeds) {
            if (step > 0) now.values[feed.read] = now.values[feed.written];
            now.values[feed.written] = now.values[feed.read];
        }
        reduced.clear();
        for (const GridLoop& loop : f.loops) reduced.push_back(run_loop(setup, loop, now));
    }
    for (std::size_t i = 0; i < f.fields.size(); ++i)
        if (f.fields[i].role == Field::Role::written) fields.values[i] = now.values[i];
    std::vector<double> returned;
    for (const auto& [loop, reduction] : f.returned) returned.push_back(reduced[loop][reduction]);
    return returned;
}

}  // namespace asp::ir::testing

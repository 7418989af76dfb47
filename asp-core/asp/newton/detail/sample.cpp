#include "asp/newton/detail/sample.hpp"

#include <algorithm>
#include <cmath>

#include "asp/newton/kernels/newton.hpp"
#include "asp/specialize/check.hpp"

namespace asp::newton::detail {
namespace {

double uniform(std::mt19937_64& random, double low, double high) {
    return low + (high - low) * (static_cast<double>(random() >> 11U) * 0x1p-53);
}

/// Random guesses and parameters for `systems` systems.
Example random_batch(const Problem& problem, std::mt19937_64& random, std::size_t systems) {
    const auto& arguments = problem.function.arguments;
    const auto n = static_cast<std::size_t>(problem.constant("unknowns"));
    const auto shared = static_cast<std::size_t>(problem.constant("shared"));
    Example example;
    const auto add = [&](const std::string& name, std::size_t rows, bool is_result) {
        example.arrays.push_back({name, AlignedVector<double>(rows * systems), {}, is_result});
    };
    add("unknowns", n, true);
    add("parameters", arguments.size() - n - shared, false);
    add("status", 1, true);
    add("iterations", 1, true);
    add("residual", 1, true);
    for (std::size_t i = 0; i < arguments.size() - shared; ++i)
        for (std::size_t s = 0; s < systems; ++s) {
            AlignedVector<double>& rows = example.arrays[i < n ? 0 : 1].reals;
            rows[(i < n ? i : i - n) * systems + s] = random_value(arguments[i].range, random);
        }
    example.scalars = {1e-8, 50.0};
    example.scalars.resize(2 + n, 1.0);
    for (std::size_t i = arguments.size() - shared; i < arguments.size(); ++i)
        example.scalars.push_back(random_value(arguments[i].range, random));
    example.sizes = {static_cast<long>(systems)};
    example.extent = static_cast<long>(systems);
    return example;
}

}  // namespace

double random_value(const ir::Interval& range, std::mt19937_64& random) {
    if (range.bounded())
        return uniform(random, 0.9 * range.low + 0.1 * range.high,
                       0.1 * range.low + 0.9 * range.high);
    if (std::isfinite(range.low))
        return range.low + std::max(1.0, std::abs(range.low)) * uniform(random, 0.5, 2.0);
    if (std::isfinite(range.high))
        return range.high - std::max(1.0, std::abs(range.high)) * uniform(random, 0.5, 2.0);
    return uniform(random, 0.5, 2.0);
}

Example example_of(const Problem& problem, const Interpreter& interpreter, std::uint64_t seed,
                   long extent) {
    std::mt19937_64 random(seed);
    const auto n = static_cast<std::size_t>(problem.constant("unknowns"));
    const auto systems = static_cast<std::size_t>(extent);
    Example example = random_batch(problem, random, systems);
    if (systems == 0) return example;
    const Example solved = interpret_example(example, interpreter);
    std::vector<std::size_t> good;
    for (std::size_t s = 0; s < systems; ++s)
        if (solved.arrays[2].reals[s] == converged) good.push_back(s);
    if (good.empty()) {
        example.scalars[1] = 2.0;
        return example;
    }
    const std::size_t m = example.arrays[1].reals.size() / systems;
    const Example drawn = example;
    for (std::size_t s = 0; s < systems; ++s) {
        const std::size_t from = good[s % good.size()];
        for (std::size_t k = 0; k < m; ++k)
            example.arrays[1].reals[k * systems + s] = drawn.arrays[1].reals[k * systems + from];
        for (std::size_t j = 0; j < n; ++j) {
            const double root = solved.arrays[0].reals[j * systems + from];
            const double guess = root + uniform(random, -0.05, 0.05) * (root == 0.0 ? 1.0 : root);
            const ir::Interval range = problem.function.arguments[j].range;
            const bool is_inside = range.low < guess && guess < range.high;
            example.arrays[0].reals[j * systems + s] =
                is_inside ? guess : drawn.arrays[0].reals[j * systems + from];
        }
    }
    return example;
}

}  // namespace asp::newton::detail

#include "asp/pointwise/evaluator.hpp"

#include <algorithm>

#include "asp/harts/team.hpp"

namespace asp::pointwise {
namespace {

const Pointwise& specializer() {
    static const Pointwise pointwise;  // kernels refer to it
    return pointwise;
}

/// Some ten microseconds of one hart: a hand-over to another costs about four. A whole number of
/// cache lines, so that no two harts write to the same.
long points_worth_sharing(const Problem& problem) {
    constexpr long additions = 60'000;  // a cycle for one, vectorized, with its loads and stores
    const long points = additions / std::max(4L, cost_of(problem.function));
    return std::clamp(points, 512L, 8192L) / 64 * 64;
}

}  // namespace

Evaluator::Evaluator(const Problem& problem, const Context& context)
    : many_(points_worth_sharing(problem)), kernel_(make_kernel(specializer(), problem, context)) {}

void Evaluator::run(const Arguments& arguments, long n, HartPool& pool) const {
    const Lease lease = pool.request(static_cast<std::size_t>(std::max(1L, n / many_)));
    const auto range = [&](std::size_t begin, std::size_t end) {
        kernel_.run(arguments, static_cast<long>(begin), static_cast<long>(end));
    };
    // Large arrays in large parts: a hand-over each 10 us would be felt.
    const long grain = std::max(many_, n / static_cast<long>(8 * lease.harts()) / 64 * 64);
    Team(lease).run(range, 0, static_cast<std::size_t>(n), static_cast<std::size_t>(grain));
}

}  // namespace asp::pointwise

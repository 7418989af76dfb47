#include "asp/specialize/problem.hpp"

#include "asp/ir/rewrite.hpp"

namespace asp {

Problem detached(const Problem& problem) {
    Problem copy = problem;
    copy.function.graph = std::make_shared<ir::Graph>();
    for (ir::Result& result : copy.function.results)
        result.value = ir::substitute(result.value, *copy.function.graph, {});
    return copy;
}

}  // namespace asp

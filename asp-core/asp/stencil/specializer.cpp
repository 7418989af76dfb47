#include "asp/stencil/specializer.hpp"

#include <algorithm>
#include <limits>

#include "asp/ir/rewrite.hpp"
#include "asp/stencil/detail/generate.hpp"
#include "asp/stencil/detail/interpret.hpp"
#include "asp/stencil/detail/layout.hpp"
#include "asp/stencil/detail/sample.hpp"
#include "asp/stencil/encode.hpp"

namespace asp::stencil {

std::optional<Problem> StencilSpecializer::parse(const ir::Function& function,
                                                 const Constants& given,
                                                 Diagnostics& diagnostics) const {
    Problem problem{function, given};
    std::vector<std::string> found = faults(problem);
    if (found.empty()) found = detail::unsound(decode(problem));
    for (const std::string& fault : found)
        diagnostics.error((function.source ? function.source->place : "stencil: " + function.name) +
                          ": " + fault);
    if (!found.empty()) return {};
    return problem;
}

Features StencilSpecializer::features(const Problem& problem, long extent) const {
    const ir::GridFunction f = decode(problem);
    long reach = 0;
    for (const ir::Load& load : f.loads)
        for (const int distance : load.offset) reach = std::max(reach, std::labs(distance));
    std::vector<ir::Expression> values;
    for (const ir::Result& result : problem.function.results) values.push_back(result.value);
    return {{"dimensions", static_cast<double>(f.dimensions)},
            {"fields", static_cast<double>(f.fields.size())},
            {"loops", static_cast<double>(f.loops.size())},
            {"loads", static_cast<double>(f.loads.size())},
            {"reach", static_cast<double>(reach)},
            {"operations", static_cast<double>(ir::needed(values).size())},
            {"extent", static_cast<double>(extent)}};
}

Space StencilSpecializer::space(const Problem& problem, const jit::Platform&) const {
    // 0: as many rows as the second cache has room for, which depends on the call.
    const std::vector<long> tiles = problem.constant("dimensions") == 3
                                        ? std::vector<long>{0, 8, 32, 128}
                                        : std::vector<long>{0};
    return {{{"streaming", {0, 1}, 1}, {"tile", tiles, 0, Binding::run_time}}};
}

Specialization StencilSpecializer::lower(const Problem& problem, const Variant& variant,
                                         Target target) const {
    return detail::generate(*this, problem, variant, target);
}

Interpreter StencilSpecializer::interpreter(const Problem& problem) const {
    return detail::interpreter_of(problem);
}

Example StencilSpecializer::example(const Problem& problem, std::uint64_t seed, long extent) const {
    return detail::example_of(problem, seed, extent);
}

std::vector<Tolerance> StencilSpecializer::tolerances(const Problem& problem) const {
    return detail::tolerances_of(problem);
}

}  // namespace asp::stencil

#include "asp/newton/newton.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/ir/differentiate.hpp"
#include "asp/ir/rewrite.hpp"
#include "asp/newton/detail/generate.hpp"
#include "asp/newton/detail/interpret.hpp"
#include "asp/newton/detail/sample.hpp"
#include "asp/newton/detail/system.hpp"
#include "asp/newton/kernels/newton.hpp"

namespace asp::newton {
namespace {

std::string place_of(const ir::Function& function) {
    return function.source ? function.source->place : "newton: " + function.name;
}

long given_or(const Constants& given, const std::string& name, long otherwise) {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : found->second;
}

/// Every equation must have an unknown and every unknown an equation.
void check_structure(const Problem& problem, Diagnostics& diagnostics) {
    const ir::Function& f = problem.function;
    const auto n = static_cast<std::size_t>(problem.constant("unknowns"));
    std::vector<char> is_used(n, false);
    for (std::size_t i = 0; i < n; ++i) {
        bool any = false;
        for (std::size_t j = 0; j < n; ++j)
            if (ir::depends_on(f.results[i].value, [&](std::size_t k) { return k == j; })) {
                any = true;
                is_used[j] = true;
            }
        if (!any)
            diagnostics.error(
                fmt::format("{}: residual {} depends on no unknown", place_of(f), i + 1));
    }
    for (std::size_t j = 0; j < n; ++j)
        if (!is_used[j])
            diagnostics.error(fmt::format("{}: no residual depends on the unknown '{}'",
                                          place_of(f), f.arguments[j].name));
}

}  // namespace

std::optional<Problem> NewtonRaphson::parse(const ir::Function& function, const Constants& given,
                                            Diagnostics& diagnostics) const {
    const std::size_t before = diagnostics.size();
    const auto error = [&](const std::string& text) {
        diagnostics.error(place_of(function) + ": " + text);
    };
    for (const auto& [name, value] : given)
        if (name != "unknowns" && name != "shared")
            error(fmt::format("unknown constant '{}'; newton knows 'unknowns' and 'shared'", name));
    const auto results = static_cast<long>(function.results.size());
    const auto arguments = static_cast<long>(function.arguments.size());
    const long unknowns = given_or(given, "unknowns", results);
    const long shared = given_or(given, "shared", 0);
    if (unknowns < 1 || unknowns > most_unknowns)
        error(fmt::format("{} unknowns: expected 1 to {}", unknowns, most_unknowns));
    else if (results != unknowns)
        error(fmt::format("{} residuals for {} unknowns: expected as many", results, unknowns));
    else if (shared < 0 || arguments < unknowns + shared)
        error(fmt::format("{} arguments: expected at least {} unknowns and {} shared parameters",
                          arguments, unknowns, shared));
    if (diagnostics.size() != before) return {};
    Problem problem{function, {{"unknowns", unknowns}, {"shared", shared}}};
    check_structure(problem, diagnostics);
    if (diagnostics.size() != before) return {};
    return problem;
}

Features NewtonRaphson::features(const Problem& problem, long extent) const {
    const Problem own = detached(problem);
    const auto n = static_cast<std::size_t>(own.constant("unknowns"));
    std::vector<ir::Expression> values;
    for (const ir::Result& result : own.function.results) values.push_back(result.value);
    return {{"unknowns", static_cast<double>(n)},
            {"entries", static_cast<double>(ir::jacobian(own.function, 0, n).size())},
            {"operations", static_cast<double>(ir::needed(values).size())},
            {"systems", static_cast<double>(extent)}};
}

Space NewtonRaphson::space(const Problem& problem, const jit::Platform& platform) const {
    const long width = jit::vector_width(platform.instruction_set);
    const bool is_straight = detail::default_pivoting(problem) == detail::Pivoting::none;
    // The straight line of a large full system would take seconds to compile.
    const std::vector<long> pivotings =
        is_straight ? std::vector<long>{0, 1} : std::vector<long>{1};
    // Two vectors hide each other's divisions; of many unknowns the chunk should stay in the L1.
    const long lanes = problem.constant("unknowns") <= 8 ? 2 * width : width;
    return {{{"lanes", {4, 8, 16, 32}, std::max(4L, lanes)},
             {"pivoting", pivotings, pivotings.front()}}};
}

Specialization NewtonRaphson::lower(const Problem& problem, const Variant& variant,
                                    Target target) const {
    return detail::generate(*this, problem, variant, target);
}

Interpreter NewtonRaphson::interpreter(const Problem& problem) const {
    return detail::interpreter_of(problem, detail::default_pivoting(problem));
}

Example NewtonRaphson::example(const Problem& problem, std::uint64_t seed, long extent) const {
    return detail::example_of(problem, interpreter(problem), seed, extent);
}

std::vector<Tolerance> NewtonRaphson::tolerances(const Problem&) const {
    // Each rung ends near the root as Newton's last step leaves it; the counts may differ by one
    // where a step is as large as the tolerance, to rounding.
    const Tolerance unknowns{1e-6, 1e-9}, exact{}, iterations{0.0, 1.0}, residual{0.0, 1e-8};
    return {unknowns, exact, exact, iterations, residual};
}

}  // namespace asp::newton

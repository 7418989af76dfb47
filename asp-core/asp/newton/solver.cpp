#include "asp/newton/solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "asp/base/error.hpp"

namespace asp::newton {
namespace {

/// Systems that one hart takes at a time: some ten microseconds' worth of the smallest.
constexpr std::size_t grain = 256;

void expect(const char* what, std::size_t found, std::size_t expected) {
    if (found != expected)
        throw InputError(fmt::format("newton: {} {}: expected {}", found, what, expected));
}

Problem checked(const Problem& problem) {
    Diagnostics diagnostics;
    const auto own = NewtonRaphson().parse(problem.function, problem.constants, diagnostics);
    diagnostics.throw_if_any();
    return *own;
}

}  // namespace

std::string_view name_of(Status status) {
    switch (status) {
        case Status::converged:
            return "converged";
        case Status::iteration_limit:
            return "iteration limit reached";
        case Status::singular:
            return "singular Jacobian";
        case Status::not_finite:
            return "residual is not finite at the guess";
        case Status::stalled:
            return "no step reduces the residual";
        case Status::outside:
            break;
    }
    return "guess outside the unknowns' ranges";
}

Solver::Solver(const Problem& problem, const Context& context)
    : Solver(Checked{checked(problem)}, context) {}

Solver::Solver(const Checked& own, const Context& context)
    : unknowns_(static_cast<std::size_t>(own.problem.constant("unknowns"))),
      shared_(static_cast<std::size_t>(own.problem.constant("shared"))),
      parameters_(own.problem.function.arguments.size() - unknowns_ - shared_),
      kernel_(make_kernel(specializer(), own.problem, context)) {}

const NewtonRaphson& Solver::specializer() {
    static const NewtonRaphson newton;  // kernels refer to it
    return newton;
}

Report Solver::solve(View<double, 2> unknowns, View<const double, 2> parameters,
                     std::span<const double> shared, const Options& options) const {
    return solve_on(nullptr, unknowns, parameters, shared, options);
}

Report Solver::solve(View<double, 2> unknowns, View<const double, 2> parameters,
                     std::span<const double> shared, const Options& options,
                     const Team& team) const {
    return solve_on(&team, unknowns, parameters, shared, options);
}

Report Solver::solve_on(const Team* team, View<double, 2> unknowns,
                        View<const double, 2> parameters, std::span<const double> shared,
                        const Options& options) const {
    const std::size_t systems = unknowns.extent(1);
    Report report;
    report.status.resize(systems);
    report.iterations.resize(systems);
    report.residual.resize(systems);
    solve(unknowns, parameters, shared, options,
          {report.status, report.iterations, report.residual}, team);
    for (const Status s : report.status) ++report.count[static_cast<std::size_t>(s)];
    return report;
}

void Solver::solve(View<double, 2> unknowns, View<const double, 2> parameters,
                   std::span<const double> shared, const Options& options, const Ending& ending,
                   const Team* team) const {
    const std::size_t systems = unknowns.extent(1);
    expect("rows of unknowns", unknowns.extent(0), unknowns_);
    expect("rows of parameters", parameters.extent(0), parameters_);
    if (parameters_ > 0) expect("columns of parameters", parameters.extent(1), systems);
    expect("shared parameters", shared.size(), shared_);
    if (!options.typical.empty()) expect("typical sizes", options.typical.size(), unknowns_);
    if (!(options.tolerance > 0.0) || options.most_iterations < 1)
        throw InputError("newton: expected a positive tolerance and at least one iteration");
    for (const std::size_t size :
         {ending.status.size(), ending.iterations.size(), ending.residual.size()})
        expect("systems to tell the ending of", size, systems);

    std::array<double, 64> few;  // no allocation for what is usual
    std::vector<double> many(2 + unknowns_ + shared_ > few.size() ? 2 + unknowns_ + shared_ : 0);
    double* const scalars = many.empty() ? few.data() : many.data();
    scalars[0] = options.tolerance;
    scalars[1] = static_cast<double>(options.most_iterations);
    std::fill_n(scalars + 2, unknowns_, 1.0);
    std::copy(options.typical.begin(), options.typical.end(), scalars + 2);
    std::copy(shared.begin(), shared.end(), scalars + 2 + unknowns_);
    const long sizes[]{static_cast<long>(systems)};

    const auto solve_block = [&](std::size_t begin, std::size_t end) {
        // Status and iterations stay in the cache: the kernel sees a batch that begins here.
        alignas(64) double status[grain], iterations[grain];
        const double* const p = parameters.data();
        void* const arrays[]{unknowns.data() + begin,
                             const_cast<double*>(p == nullptr ? p : p + begin), status, iterations,
                             ending.residual.data() + begin};
        kernel_.run({arrays, scalars, sizes, nullptr}, 0, static_cast<long>(end - begin));
        for (std::size_t s = begin; s < end; ++s) {
            ending.status[s] = static_cast<Status>(static_cast<int>(status[s - begin]));
            ending.iterations[s] = static_cast<int>(iterations[s - begin]);
        }
    };
    const auto solve_range = [&](std::size_t begin, std::size_t end) {
        for (; begin < end; begin += grain) solve_block(begin, std::min(begin + grain, end));
    };
    run_on(team, solve_range, 0, systems, grain);
}

}  // namespace asp::newton

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/harts/team.hpp"
#include "asp/newton/newton.hpp"
#include "asp/specialize/kernel.hpp"

namespace asp::newton {

enum class Status {
    converged,
    iteration_limit,  ///< the residual still fell, or circled
    singular,         ///< the Jacobian has no inverse at the returned point
    not_finite,       ///< the residual is NaN or infinite at the guess
    stalled,          ///< no step reduces the residual: perhaps there is no solution
    outside,          ///< the guess is not inside the unknowns' ranges
};
constexpr std::size_t status_count = 6;
std::string_view name_of(Status status);  ///< "converged", "singular Jacobian", ...

struct Options {
    /// Converged: each Newton step is at most this part of its unknown (of its size at the guess,
    /// if that is larger); the step is still taken, so that the error is about its square.
    double tolerance = 1e-8;
    long most_iterations = 50;
    std::vector<double> typical = {};  ///< [unknowns] size of one whose guess is 0; by default 1
};

/// How each system ended. Not converging is an answer, not an exception.
struct Report {
    std::vector<Status> status;    ///< [systems]
    std::vector<int> iterations;   ///< [systems] Newton steps computed
    std::vector<double> residual;  ///< [systems] each equation relative to its terms at the
                                   ///< guess; root of the sum of squares
    std::array<std::size_t, status_count> count{};  ///< of systems with each status
    bool all_converged() const { return count[0] == status.size(); }
};

/// Where a solve tells how each system ended: memory of the caller's, all of it [systems].
struct Ending {
    std::span<Status> status;
    std::span<int> iterations;
    std::span<double> residual;  ///< as in Report
};

/// A problem and its kernel.
class Solver {
public:
    /// Throws InputError where the problem is none of newton's; BackendError as make_kernel does.
    Solver(const Problem& problem, const Context& context);

    /// `unknowns` [n, systems]: guesses, then solutions (or the best point found); `parameters`
    /// [m, systems]; `shared` [s]. Throws InputError where a shape does not fit.
    Report solve(View<double, 2> unknowns, View<const double, 2> parameters,
                 std::span<const double> shared, const Options& options = {}) const;
    /// The same on a team's harts. The results are the same to the bit.
    Report solve(View<double, 2> unknowns, View<const double, 2> parameters,
                 std::span<const double> shared, const Options& options, const Team& team) const;

    /// The same without an allocation, for batches that take no longer than one. `team`: null for
    /// the calling thread alone.
    void solve(View<double, 2> unknowns, View<const double, 2> parameters,
               std::span<const double> shared, const Options& options, const Ending& ending,
               const Team* team) const;

    const Kernel& kernel() const noexcept { return kernel_; }

private:
    struct Checked {
        Problem problem;
    };
    Solver(const Checked& own, const Context& context);
    static const NewtonRaphson& specializer();
    Report solve_on(const Team* team, View<double, 2> unknowns, View<const double, 2> parameters,
                    std::span<const double> shared, const Options& options) const;

    std::size_t unknowns_, shared_, parameters_;
    Kernel kernel_;
};

}  // namespace asp::newton

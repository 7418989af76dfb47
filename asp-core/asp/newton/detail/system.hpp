#pragma once

#include <cstddef>
#include <vector>

#include "asp/ir/function.hpp"
#include "asp/specialize/problem.hpp"

namespace asp::newton::detail {

/// How Newton steps are computed.
enum class Pivoting {
    none,     ///< straight-line elimination in an order chosen for the Jacobian's pattern; lanes
              ///< with a tiny pivot are done again with pivoting
    partial,  ///< always
};

/// What a solver needs of a problem, as functions that share what they have in common.
struct System {
    std::size_t unknowns = 0;          ///< n
    std::size_t parameters = 0;        ///< m, one value for each system
    std::size_t shared = 0;            ///< s, one value for all
    std::size_t entries = 0;           ///< of the Jacobian that are not zero
    std::vector<ir::Interval> ranges;  ///< [n]

    /// What the functions below take besides unknowns: what does not change during a solve.
    struct Coefficient {
        enum class From { parameter, shared, computed } from;
        std::size_t number;  ///< of the parameter, of the shared one, of the result of `prepare`
    };
    std::vector<Coefficient> coefficients;
    /// Of the m parameters and s shared ones: q coefficients.
    ir::Function prepare;
    // Of the n unknowns, n sizes, n weights, the tolerance and the coefficients:
    ir::Function residual;  ///< n residuals
    ir::Function matrix;    ///< n residuals, the Jacobian row by row
    /// Pivoting::none only. n steps, sum (weight residual)^2, the number of unknowns whose step is
    /// larger than tolerance * max(|unknown|, size), the number of tiny pivots.
    ir::Function newton;

    std::size_t computed() const { return prepare.results.size(); }  ///< q
};

/// The functions in graphs of their own. Deterministic.
System make_system(const Problem& problem, Pivoting pivoting);

/// `none` unless the straight line would be so long that it takes seconds to compile.
Pivoting default_pivoting(const Problem& problem);

}  // namespace asp::newton::detail

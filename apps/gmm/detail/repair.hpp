#pragma once

#include <span>
#include <vector>

#include "gmm/m_step.hpp"

namespace gmm::detail {

bool is_finite(const Statistics& statistics);

/// Moments of all frames, whatever component they belong to.
struct Spread {
    std::vector<double> mean,
        variance;  ///< [D]; spherical: each variance is that of all directions
};
/// Precondition: the weights of `statistics` have a positive sum.
Spread spread_of(const Statistics& statistics);

/// Least variance in each direction [D], above 0.
std::vector<double> variance_floors(const Spread& spread, const MStepOptions& options);

/// Gives each component of a weight below `least` half of the heaviest. The weights of `mixture`
/// are still those of frames. Precondition: one of them is at least that.
void reseed_starved(Mixture& mixture, double least, std::vector<Repair>& repairs);

/// Raises variances (of matrices: what is on the diagonal) by `regularization`, then to `floors`
/// [D]; tells those that were below by themselves.
void raise_variances(Mixture& mixture, std::span<const double> floors, double regularization,
                     std::vector<Repair>& repairs);

/// Raises the diagonals of matrices, in proportion, until Cholesky's method works. Precondition:
/// they are positive.
void make_definite(Mixture& mixture, std::vector<Repair>& repairs);

}  // namespace gmm::detail

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gmm/statistics.hpp"

namespace gmm {

/// What had to be done so that a mixture stays one.
struct Repair {
    enum class Kind {
        variance_floor,    ///< a variance was below the floor
        jitter,            ///< a covariance was not positive definite: its diagonal was raised
        reseeded,          ///< a component with hardly a frame took half of the heaviest one
        fewer_components,  ///< there are fewer distinct frames than components
    };
    Kind kind;
    std::size_t component;  ///< tied covariances: 0
    int iteration;          ///< 0: at the start
    std::string what;       ///< for a person, one line
};
/// "variance_floor", "jitter", "reseeded", "fewer_components".
std::string_view name_of(Repair::Kind kind);

/// Relevance factors of maximum a posteriori adaptation: what a prior counts, in frames. Source:
/// Reynolds, Quatieri, Dunn, "Speaker verification using adapted Gaussian mixture models" (2000).
struct Relevance {
    double weights = 0.0, means = 0.0, variances = 0.0;  ///< 0: by the data alone
    bool keeps_weights = false, keeps_means = false, keeps_variances = false;  ///< the prior's
};

struct MStepOptions {
    double regularization = 1e-6;  ///< added to each variance, as scikit-learn's reg_covar
    /// Least variance, relative to that of all frames in that direction. Never less than 1e-16 of
    /// it, nor than what doubles can tell from the square of the mean (see difficult-data.md).
    double relative_floor = 0.0;
    /// A component with less than this weight of frames (or, where all of them weigh less than 1,
    /// than this part of their weight) is re-seeded.
    double least_weight = 1e-8;
};
/// Throws InputError where one is negative, infinite or not a number.
void check(const MStepOptions& options);

struct Update {
    Mixture mixture;
    std::vector<Repair> repairs;
};

/// The mixture of the greatest likelihood for these statistics, its variances raised by the
/// regularization and then to the floor. Never fails on finite statistics of a positive total
/// weight: what is degenerate is repaired, and told. Throws InputError for any others.
///
/// A component without frames takes half of the heaviest one: where the covariances are full or
/// diag the two lie half a standard deviation to both sides along the longest axis, and together
/// have the moments of the one before.
Update m_step(const Statistics& statistics, const MStepOptions& options = {});

/// Maximum a posteriori: between `prior` and the data. With n_m the weight of the frames of
/// component m and r a relevance factor, the data counts alpha = n / (n + r) and the prior the
/// rest:
///
///     weight = alpha n_m / sum n + (1 - alpha) weight', made to sum to 1;
///     mean   = alpha E_m[x] + (1 - alpha) mean';
///     cov    = alpha E_m[(x - mean)(x - mean)^T]
///              + (1 - alpha) (cov' + (mean' - mean)(mean' - mean)^T), mean being the new one.
///
/// For diag and equal factors of means and variances this is Reynolds's; where they differ his
/// depends on where the origin lies, and this does not. For spherical the covariance is averaged
/// over directions; for tied over components, sum n_m frames standing against M times r. The
/// regularization counts with the data. A component without frames stays as the prior has it.
/// Throws InputError for relevance below 0 or a prior of another kind than the statistics.
Update map_step(const Statistics& statistics, const Mixture& prior, const Relevance& relevance,
                const MStepOptions& options = {});

}  // namespace gmm

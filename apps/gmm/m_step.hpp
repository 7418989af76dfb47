#pragma once

#include <string>
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
    std::size_t component;
    int iteration;     ///< 0: at the start
    std::string what;  ///< for a person, one line
};

/// Relevance factors of maximum a posteriori adaptation: what a prior counts, in frames. Source:
/// Reynolds, Quatieri, Dunn, "Speaker verification using adapted Gaussian mixture models" (2000).
struct Relevance {
    double weights = 0.0, means = 0.0, variances = 0.0;  ///< 0: by the data alone
    bool keeps_weights = false, keeps_means = false, keeps_variances = false;  ///< the prior's
};

struct MStepOptions {
    double regularization = 1e-6;  ///< added to each variance, as scikit-learn's reg_covar
    /// Least variance, relative to that of all frames in that direction.
    double relative_floor = 0.0;
    /// A component with less than this weight of frames is re-seeded.
    double least_weight = 1e-8;
};

struct Update {
    Mixture mixture;
    std::vector<Repair> repairs;
};

/// The mixture of the greatest likelihood for these statistics. Never fails on finite statistics of
/// a positive total weight: what is degenerate is repaired, and told.
Update m_step(const Statistics& statistics, const MStepOptions& options = {});

/// Maximum a posteriori: between `prior` and the data.
Update map_step(const Statistics& statistics, const Mixture& prior, const Relevance& relevance,
                const MStepOptions& options = {});

}  // namespace gmm

#pragma once

#include <cstdint>

#include "gmm/m_step.hpp"
#include "gmm/mixture.hpp"

namespace gmm {

/// Where a fit begins. All but `random` choose M frames; each frame then belongs to the nearest of
/// these, and the mixture is that of the groups (scikit-learn, whose first mixture has tiny round
/// covariances instead, comes to the same after its first iteration).
enum class Start {
    kmeans,            ///< Lloyd's algorithm after k-means++
    kmeans_plus_plus,  ///< its seeds alone
    random,            ///< random responsibilities
    random_from_data,  ///< frames at random
};

struct FitOptions {
    Covariance covariance = Covariance::diag;
    std::size_t components = 1;
    Start start = Start::kmeans;
    int starts = 1;           ///< the best of so many counts
    int iterations = 100;     ///< at most
    double tolerance = 1e-3;  ///< [nats a frame] ends when the likelihood changes by less
    std::uint64_t seed = 0;
    MStepOptions m_step = {};
    /// Whether one more pass tells the likelihood of the mixture that came out.
    bool scores = false;
};
/// Throws InputError for no components, no starts, and numbers that are negative or not finite.
void check(const FitOptions& options);

}  // namespace gmm

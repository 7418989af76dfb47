#pragma once

#include <span>
#include <vector>

#include "gmm/fit_many.hpp"

namespace gmm {

/// Information criteria of a mixture; the smaller the better. `log_likelihood` [nats] is the sum
/// over frames, `count` their number, or their weight.
double bic(const Mixture& mixture, double log_likelihood, double count);
double aic(const Mixture& mixture, double log_likelihood);

enum class Criterion { bic, aic };

struct Candidate {
    FitState fit;
    double bic, aic;
};

struct Selection {
    std::vector<Candidate> candidates;  ///< one for each number of components asked for, in order
    std::size_t best;                   ///< place of the least criterion; the first of equals
};

/// Fits mixtures of each of the numbers of `components` and compares them. Few frames are fitted
/// side by side, many one mixture after the other, with the same result. Throws InputError as fit
/// does, for each number of components in the order given, and for no numbers.
template <class Real>
Selection select_components(const Frames<Real>& frames, std::span<const std::size_t> components,
                            const FitOptions& options, const Engine& engine,
                            Criterion criterion = Criterion::bic, const ManyWatch& watch = {});

}  // namespace gmm

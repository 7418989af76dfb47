#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace asp::tune::detail {

/// One variant's place in the search space: for each parameter, which of its values it has.
using Place = std::vector<std::size_t>;

struct Observation {
    Place place;
    double value;     ///< logarithm of a time
    double variance;  ///< of its noise, relative to the model's own noise level: 1 for one sample
};

struct Prediction {
    double mean;
    double deviation;  ///< standard deviation of the noiseless value
};

/// Gaussian-process model of the logarithm of the time. Its covariance has one term per
/// parameter, one per pair of them, and the product of all: what one parameter does is learnt from
/// few observations, what two do together from more. Values of a parameter that are neighbours are
/// alike, whatever their numbers: tile sizes double from one to the next. Source: Rasmussen and
/// Williams (2006), algorithm 2.1; Duvenaud et al. (2011) for the terms.
class Surrogate {
public:
    /// `values`: how many values each parameter has.
    explicit Surrogate(std::vector<std::size_t> values);

    /// Takes the observations; `adapt`: fits length scales, amplitudes and noise to them (maximum
    /// likelihood with weak priors), which takes some hundred times longer. Precondition: at least
    /// one observation.
    void fit(std::vector<Observation> observations, bool adapt);
    Prediction predict(const Place& place) const;

private:
    struct Scales {
        std::vector<double> length;  ///< of each parameter, the whole range being 1
        double additive;             ///< variance of each parameter's own term
        double pairs;                ///< variance of the term of each pair of parameters
        double product;              ///< variance of the product term
        double noise;                ///< variance of one sample
    };

    double covariance(const Place& a, const Place& b) const;
    /// Factorizes; returns the logarithm of the posterior density of the scales, without constants.
    double factorize();
    void adapt_scales();

    std::vector<std::size_t> values_;
    Scales scales_;
    std::vector<std::vector<double>> alike_;  ///< [parameter][distance] covariance for scales_
    std::vector<Observation> observations_;
    double mean_ = 0.0;
    std::vector<double> factor_;   ///< [n, n] lower Cholesky factor of the covariance
    std::vector<double> weights_;  ///< [n] covariance^-1 (values - mean)
};

}  // namespace asp::tune::detail

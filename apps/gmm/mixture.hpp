#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "asp/base/array.hpp"

namespace gmm {

/// What the covariances of a mixture's components may be.
enum class Covariance {
    full,       ///< each its own matrix
    tied,       ///< one matrix for all
    diag,       ///< each its own diagonal matrix
    spherical,  ///< each its own multiple of the unit matrix
};
std::string_view name_of(Covariance covariance);
/// "full", "tied", "diag", "spherical"; nothing for anything else.
std::optional<Covariance> parse_covariance(std::string_view name);

/// A mixture of M Gaussians in D dimensions.
struct Mixture {
    Covariance covariance = Covariance::diag;
    asp::Array<double, 1> weights;  ///< [M] not negative, sum 1
    asp::Array<double, 2> means;    ///< [M, D]
    /// diag: variances [M, D]; spherical: variances [M, 1]; full: matrices [M, D*D], row-major;
    /// tied: one of these, [1, D*D].
    asp::Array<double, 2> covariances;

    std::size_t components() const { return means.extent(0); }
    std::size_t dimension() const { return means.extent(1); }
};

/// Shape of `Mixture::covariances`.
asp::Extents<2> covariance_extents(Covariance covariance, std::size_t components,
                                   std::size_t dimension);

/// Variance of component m along coordinate i.
double variance_of(const Mixture& mixture, std::size_t m, std::size_t i);

/// Numbers that a fit is free to choose: what BIC and AIC count.
std::size_t free_parameters(const Mixture& mixture);

/// What multiplies x - mean to make it white, and what that does to a volume.
struct Whitening {
    /// diag, spherical: 1 / standard deviation, of the shape of the variances; full, tied:
    /// L^-1 of the covariance L L^T, lower triangular, row-major [M or 1, D*D].
    asp::Array<double, 2> factors;
    asp::Array<double, 1> log_determinant;  ///< [M] of L^-1 : minus half of the covariance's
};
/// Throws InputError where a covariance is not positive definite, naming the component.
Whitening whitening(const Mixture& mixture);

}  // namespace gmm

#pragma once

#include <cstdint>

#include "gmm/mixture.hpp"

namespace gmm {

/// Expected sufficient statistics of frames under a mixture: all that EM, MAP adaptation and online
/// fitting need of the data. They add: parts of data, threads and ranks are combined by +=, and
/// what has left a window goes by -=. With r_nm the responsibility times the weight of frame n:
struct Statistics {
    Covariance covariance = Covariance::diag;
    asp::Array<double, 2> about;   ///< [M, D] the points a_m that moments are taken about
    asp::Array<double, 1> weight;  ///< [M] sum_n r_nm
    asp::Array<double, 2> first;   ///< [M, D] sum_n r_nm (x_n - a_m)
    /// Of d = x_n - a_m: diag [M, D] sum_n r_nm d_i^2; spherical [M, 1], the sum of these over i;
    /// full [M, D(D+1)/2] sum_n r_nm d_i d_j, j <= i, rows of the lower triangle one after another;
    /// tied [1, D(D+1)/2], the sum of these over m.
    asp::Array<double, 2> second;
    double log_likelihood = 0.0;  ///< [nats] sum over frames, each by its weight
    double total_weight = 0.0;    ///< of all frames
    std::int64_t frames = 0;

    std::size_t components() const { return about.extent(0); }
    std::size_t dimension() const { return about.extent(1); }

    /// Those of no frame.
    static Statistics zero(Covariance covariance, const asp::Array<double, 2>& about);

    /// Takes other points into account. Precondition: the same covariance, M and D.
    Statistics& operator+=(const Statistics& other);
    Statistics& operator-=(const Statistics& other);
    /// As if each frame counted so often. `frames` stays.
    Statistics& operator*=(double factor);
};

/// The same statistics about other points; exact but for rounding. Where the points are close to
/// the means nothing is lost to cancellation.
Statistics moved(const Statistics& statistics, const asp::Array<double, 2>& about);

/// Shape of `Statistics::second`.
asp::Extents<2> second_extents(Covariance covariance, std::size_t components,
                               std::size_t dimension);

/// Place of (i, j), j <= i, in a packed lower triangle.
constexpr std::size_t packed(std::size_t i, std::size_t j) {
    return i * (i + 1) / 2 + j;
}

}  // namespace gmm

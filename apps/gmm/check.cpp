#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/fit.hpp"

namespace gmm {

void check(const FitOptions& options) {
    if (options.components == 0) throw asp::InputError("components = 0: expected at least 1");
    if (options.starts < 1)
        throw asp::InputError(fmt::format("starts = {}: expected at least 1", options.starts));
    if (options.iterations < 0)
        throw asp::InputError(
            fmt::format("iterations = {}: expected at least 0", options.iterations));
    if (!(options.tolerance >= 0.0) || !std::isfinite(options.tolerance))
        throw asp::InputError(
            fmt::format("tolerance = {}: expected a number that is at least 0", options.tolerance));
    check(options.m_step);
}

void check(const Mixture& mixture, std::size_t dimension) {
    const std::size_t M = mixture.components(), D = mixture.dimension();
    if (M == 0) throw asp::InputError("a mixture of no components: expected at least one");
    if (D != dimension)
        throw asp::InputError(
            fmt::format("a mixture of {} dimensions for frames of {}: expected "
                        "the same",
                        D, dimension));
    if (mixture.weights.size() != M)
        throw asp::InputError(
            fmt::format("{} weights for {} means: expected as many", mixture.weights.size(), M));
    const asp::Extents<2> expected = covariance_extents(mixture.covariance, M, D);
    if (mixture.covariances.extents() != expected)
        throw asp::InputError(fmt::format(
            "{} covariances of the shape ({}, {}): expected ({}, {}) for {} components of {} "
            "dimensions",
            name_of(mixture.covariance), mixture.covariances.extent(0),
            mixture.covariances.extent(1), expected[0], expected[1], M, D));
    double sum = 0.0;
    for (std::size_t m = 0; m < M; ++m) {
        sum += mixture.weights(m);
        if (!(mixture.weights(m) >= 0.0))  // written so that NaN fails too
            throw asp::InputError(
                fmt::format("component {}: weight {}: expected a number that is at least 0", m,
                            mixture.weights(m)));
        for (std::size_t i = 0; i < D; ++i)
            if (!std::isfinite(mixture.means(m, i)))
                throw asp::InputError(
                    fmt::format("component {}: mean {} in dimension {}: expected a finite number",
                                m, mixture.means(m, i), i));
    }
    if (!(std::abs(sum - 1.0) < 1e-6))  // weights that were kept in single precision pass
        throw asp::InputError(fmt::format("weights of a sum of {}: expected 1", sum));
    whitening(mixture);  // throws where a covariance is none
}

}  // namespace gmm

#include "gmm/mixture.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "asp/base/error.hpp"
#include "gmm/detail/linear_algebra.hpp"

namespace gmm {
namespace {

constexpr std::array<std::pair<Covariance, std::string_view>, 4> names{
    {{Covariance::full, "full"},
     {Covariance::tied, "tied"},
     {Covariance::diag, "diag"},
     {Covariance::spherical, "spherical"}}};

}  // namespace

std::string_view name_of(Covariance covariance) {
    for (const auto& [value, name] : names)
        if (value == covariance) return name;
    return "";
}

std::optional<Covariance> parse_covariance(std::string_view name) {
    for (const auto& [value, known] : names)
        if (known == name) return value;
    return std::nullopt;
}

asp::Extents<2> covariance_extents(Covariance covariance, std::size_t components,
                                   std::size_t dimension) {
    switch (covariance) {
        case Covariance::full:
            return {components, dimension * dimension};
        case Covariance::tied:
            return {1, dimension * dimension};
        case Covariance::diag:
            return {components, dimension};
        case Covariance::spherical:
            break;
    }
    return {components, 1};
}

double variance_of(const Mixture& mixture, std::size_t m, std::size_t i) {
    const std::size_t D = mixture.dimension();
    switch (mixture.covariance) {
        case Covariance::full:
            return mixture.covariances(m, i * D + i);
        case Covariance::tied:
            return mixture.covariances(0, i * D + i);
        case Covariance::diag:
            return mixture.covariances(m, i);
        case Covariance::spherical:
            break;
    }
    return mixture.covariances(m, 0);
}

std::size_t free_parameters(const Mixture& mixture) {
    const std::size_t M = mixture.components(), D = mixture.dimension();
    std::size_t of_covariances = M;
    if (mixture.covariance == Covariance::full) of_covariances = M * D * (D + 1) / 2;
    if (mixture.covariance == Covariance::tied) of_covariances = D * (D + 1) / 2;
    if (mixture.covariance == Covariance::diag) of_covariances = M * D;
    return of_covariances + M * D + M - 1;
}

Whitening whitening(const Mixture& mixture) {
    const std::size_t M = mixture.components(), D = mixture.dimension();
    const bool is_matrix =
        mixture.covariance == Covariance::full || mixture.covariance == Covariance::tied;
    Whitening result{asp::Array<double, 2>(mixture.covariances.extents()),
                     asp::Array<double, 1>({M})};
    const auto fail = [](std::size_t m) {
        throw asp::InputError(
            fmt::format("component {}: its covariance is not positive definite", m));
    };
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m) {
        double log_determinant = 0.0;
        if (is_matrix) {
            std::vector<double> factor(mixture.covariances[m].begin(),
                                       mixture.covariances[m].end());
            if (!detail::cholesky(factor, D)) fail(m);
            detail::invert_lower(factor, D);
            for (std::size_t i = 0; i < D; ++i) log_determinant += std::log(factor[i * D + i]);
            std::copy(factor.begin(), factor.end(), result.factors[m].begin());
        } else {
            const std::size_t count = mixture.covariances.extent(1);
            for (std::size_t i = 0; i < count; ++i) {
                const double variance = mixture.covariances(m, i);
                if (!(variance > 0.0)) fail(m);
                result.factors(m, i) = 1.0 / std::sqrt(variance);
                log_determinant -= 0.5 * std::log(variance);
            }
            if (mixture.covariance == Covariance::spherical)
                log_determinant *= static_cast<double>(D);
        }
        result.log_determinant(m) = log_determinant;
    }
    if (mixture.covariance == Covariance::tied)
        for (std::size_t m = 1; m < M; ++m) result.log_determinant(m) = result.log_determinant(0);
    return result;
}

}  // namespace gmm

#include "gmm/m_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/detail/repair.hpp"

namespace gmm {
namespace {

void check_number(double value, const char* name) {
    if (!(value >= 0.0) || !std::isfinite(value))  // written so that NaN fails too
        throw asp::InputError(
            fmt::format("{} = {}: expected a number that is at least 0", name, value));
}

/// The sum of the components' weights. Throws InputError where there is nothing to learn from.
double weight_of(const Statistics& statistics) {
    if (!detail::is_finite(statistics)) throw asp::InputError("statistics: expected finite sums");
    double sum = 0.0;
    for (const double weight : statistics.weight) sum += weight;
    if (!(sum > 0.0))
        throw asp::InputError("statistics: expected frames of a positive total weight");
    return sum;
}

/// Covariance of component m (tied: of all) about the points of `central`, into `values`. `count`
/// is the weight of the frames.
void divide_second(const Statistics& central, std::size_t m, double count,
                   asp::View<double, 1> values) {
    const std::size_t D = central.dimension();
    const auto second = central.second[m];
    switch (central.covariance) {
        case Covariance::diag:
            for (std::size_t i = 0; i < D; ++i) values[i] = second[i] / count;
            break;
        case Covariance::spherical:
            values[0] = second[0] / count / static_cast<double>(D);
            break;
        case Covariance::full:
        case Covariance::tied:
            for (std::size_t i = 0; i < D; ++i)
                for (std::size_t j = 0; j <= i; ++j)
                    values[i * D + j] = values[j * D + i] = second[packed(i, j)] / count;
            break;
    }
}

/// Means and covariances of the greatest likelihood; what has hardly a frame stays at its point,
/// without extent. The weights are those of frames.
Mixture likeliest(const Statistics& statistics, double total, double least) {
    const std::size_t M = statistics.components(), D = statistics.dimension();
    Mixture mixture{statistics.covariance, statistics.weight, statistics.about,
                    asp::Array<double, 2>(covariance_extents(statistics.covariance, M, D))};
    const auto is_fed = [&](std::size_t m) {
        return statistics.weight(m) >= least && statistics.weight(m) > 0.0;
    };
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t i = 0; is_fed(m) && i < D; ++i)
            mixture.means(m, i) += statistics.first(m, i) / statistics.weight(m);
    const Statistics central = moved(statistics, mixture.means);
    const bool is_tied = statistics.covariance == Covariance::tied;
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m)
        if (is_tied || is_fed(m))
            divide_second(central, m, is_tied ? total : statistics.weight(m),
                          mixture.covariances[m]);
    return mixture;
}

void normalize(asp::Array<double, 1>& weights) {
    double sum = 0.0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights) weight /= sum;
}

}  // namespace

std::string_view name_of(Repair::Kind kind) {
    switch (kind) {
        case Repair::Kind::variance_floor:
            return "variance_floor";
        case Repair::Kind::jitter:
            return "jitter";
        case Repair::Kind::reseeded:
            return "reseeded";
        case Repair::Kind::fewer_components:
            break;
    }
    return "fewer_components";
}

void check(const MStepOptions& options) {
    check_number(options.regularization, "regularization");
    check_number(options.relative_floor, "relative floor");
    check_number(options.least_weight, "least weight");
}

Update m_step(const Statistics& statistics, const MStepOptions& options) {
    const double total = weight_of(statistics);
    const double heaviest = *std::max_element(statistics.weight.begin(), statistics.weight.end());
    const double least = std::min(options.least_weight * std::min(1.0, total), heaviest);
    Update update{likeliest(statistics, total, least), {}};
    Mixture& mixture = update.mixture;
    detail::reseed_starved(mixture, least, update.repairs);
    normalize(mixture.weights);
    detail::raise_variances(mixture,
                            detail::variance_floors(detail::spread_of(statistics), options),
                            options.regularization, update.repairs);
    detail::make_definite(mixture, update.repairs);
    return update;
}

}  // namespace gmm

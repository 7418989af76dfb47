#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/detail/repair.hpp"
#include "gmm/m_step.hpp"

namespace gmm {
namespace {

void check(const Statistics& statistics, const Mixture& prior, const Relevance& relevance) {
    if (prior.covariance != statistics.covariance ||
        prior.means.extents() != statistics.about.extents())
        throw asp::InputError(fmt::format(
            "the prior has {} {} components of {} dimensions: expected {} {} components of {} "
            "dimensions, as the statistics have",
            prior.components(), name_of(prior.covariance), prior.dimension(),
            statistics.components(), name_of(statistics.covariance), statistics.dimension()));
    if (!detail::is_finite(statistics)) throw asp::InputError("statistics: expected finite sums");
    const auto check_factor = [](double value, const char* name) {
        if (!(value >= 0.0))  // written so that NaN fails too; infinite is the prior alone
            throw asp::InputError(fmt::format(
                "relevance of {} = {}: expected a number that is at least 0", name, value));
    };
    check_factor(relevance.weights, "weights");
    check_factor(relevance.means, "means");
    check_factor(relevance.variances, "variances");
}

/// What the data counts, the prior counting the rest.
double data_part(double count, double relevance, bool keeps_prior) {
    if (keeps_prior || !(count > 0.0)) return 0.0;
    return count / (count + relevance);
}

asp::Array<double, 1> adapted_weights(const Statistics& statistics, const Mixture& prior,
                                      const Relevance& relevance, double least) {
    const std::size_t M = prior.components();
    double total = 0.0, sum = 0.0;
    for (const double weight : statistics.weight) total += std::max(0.0, weight);
    asp::Array<double, 1> weights({M});
    for (std::size_t m = 0; m < M; ++m) {
        const double n = std::max(0.0, statistics.weight(m));
        const double alpha = data_part(n, relevance.weights, relevance.keeps_weights);
        // By the data alone what has no frames would have no weight at all, for ever.
        weights(m) = relevance.weights == 0.0 && !relevance.keeps_weights
                         ? std::max(n, least) / total
                         : alpha * n / total + (1.0 - alpha) * prior.weights(m);
        sum += weights(m);
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

asp::Array<double, 2> adapted_means(const Statistics& about_prior, const Mixture& prior,
                                    const Relevance& relevance) {
    asp::Array<double, 2> means = prior.means;
    for (std::size_t m = 0; m < means.extent(0); ++m) {
        const double n = about_prior.weight(m);
        const double alpha = data_part(n, relevance.means, relevance.keeps_means);
        for (std::size_t i = 0; alpha > 0.0 && i < means.extent(1); ++i)
            means(m, i) += alpha * about_prior.first(m, i) / n;
    }
    return means;
}

/// Adds `factor` times what `second` holds, as in Statistics, to a covariance as in Mixture.
void add_moments(Covariance covariance, double factor, asp::View<const double, 1> second,
                 asp::View<double, 1> values, std::size_t dimension) {
    switch (covariance) {
        case Covariance::diag:
            for (std::size_t i = 0; i < dimension; ++i) values[i] += factor * second[i];
            break;
        case Covariance::spherical:
            values[0] += factor * second[0] / static_cast<double>(dimension);
            break;
        case Covariance::full:
        case Covariance::tied:
            for (std::size_t i = 0; i < dimension; ++i)
                for (std::size_t j = 0; j < dimension; ++j)
                    values[i * dimension + j] +=
                        factor * second[packed(std::max(i, j), std::min(i, j))];
            break;
    }
}

/// Moments of one frame at prior mean m, about the new mean.
Statistics of_prior_mean(const Mixture& prior, const asp::Array<double, 2>& means) {
    Statistics statistics = Statistics::zero(prior.covariance, prior.means);
    for (double& weight : statistics.weight) weight = 1.0;
    return moved(statistics, means);
}

void adapt_covariances(const Statistics& data, Mixture& mixture, const Mixture& prior,
                       const Relevance& relevance, double regularization) {
    const std::size_t M = prior.components(), D = prior.dimension();
    const bool is_tied = prior.covariance == Covariance::tied;
    const Statistics of_means = of_prior_mean(prior, mixture.means);
    double total = 0.0;
    for (const double weight : data.weight) total += std::max(0.0, weight);
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m) {
        const double n = is_tied ? total : data.weight(m);
        const double prior_count = is_tied ? static_cast<double>(M) : 1.0;
        const double alpha =
            data_part(n, relevance.variances * prior_count, relevance.keeps_variances);
        if (relevance.keeps_variances) continue;
        auto values = mixture.covariances[m];
        for (double& value : values) value *= 1.0 - alpha;
        add_moments(prior.covariance, (1.0 - alpha) / prior_count, of_means.second[m], values, D);
        if (!(alpha > 0.0)) continue;
        add_moments(prior.covariance, alpha / n, data.second[m], values, D);
        const std::size_t stride = values.size() == D * D && D > 1 ? D + 1 : 1;
        for (std::size_t i = 0; i < values.size(); i += stride) values[i] += alpha * regularization;
    }
}

}  // namespace

Update map_step(const Statistics& statistics, const Mixture& prior, const Relevance& relevance,
                const MStepOptions& options) {
    check(statistics, prior, relevance);
    gmm::check(options);
    Update update{prior, {}};
    double total = 0.0;
    for (const double weight : statistics.weight) total += std::max(0.0, weight);
    if (!(total > 0.0)) return update;  // without frames all is as the prior has it
    const Statistics about_prior = moved(statistics, prior.means);
    Mixture& mixture = update.mixture;
    mixture.weights =
        adapted_weights(statistics, prior, relevance, options.least_weight * std::min(1.0, total));
    mixture.means = adapted_means(about_prior, prior, relevance);
    if (relevance.keeps_variances) return update;
    adapt_covariances(moved(about_prior, mixture.means), mixture, prior, relevance,
                      options.regularization);
    detail::raise_variances(mixture,
                            detail::variance_floors(detail::spread_of(statistics), options), 0.0,
                            update.repairs);
    detail::make_definite(mixture, update.repairs);
    return update;
}

}  // namespace gmm

#include "gmm/m_step.hpp"

namespace gmm {

Update m_step(const Statistics& statistics, const MStepOptions& options) {
    const std::size_t M = statistics.components(), D = statistics.dimension();
    Update update;
    Mixture& mixture = update.mixture;
    mixture.covariance = statistics.covariance;
    mixture.weights = asp::Array<double, 1>({M});
    mixture.means = statistics.about;
    mixture.covariances = asp::Array<double, 2>(covariance_extents(statistics.covariance, M, D));
    for (std::size_t m = 0; m < M; ++m) {
        mixture.weights(m) = statistics.weight(m) / statistics.total_weight;
        for (std::size_t i = 0; i < D; ++i)
            mixture.means(m, i) += statistics.first(m, i) / statistics.weight(m);
    }
    const Statistics central = moved(statistics, mixture.means);
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m) {
        switch (statistics.covariance) {
            case Covariance::diag:
                for (std::size_t i = 0; i < D; ++i)
                    mixture.covariances(m, i) =
                        central.second(m, i) / central.weight(m) + options.regularization;
                break;
            case Covariance::spherical:
                mixture.covariances(m, 0) =
                    central.second(m, 0) / central.weight(m) / static_cast<double>(D) +
                    options.regularization;
                break;
            case Covariance::full:
            case Covariance::tied: {
                const double n = statistics.covariance == Covariance::full ? central.weight(m)
                                                                           : central.total_weight;
                for (std::size_t i = 0; i < D; ++i)
                    for (std::size_t j = 0; j <= i; ++j)
                        mixture.covariances(m, i * D + j) = mixture.covariances(m, j * D + i) =
                            central.second(m, packed(i, j)) / n +
                            (i == j ? options.regularization : 0.0);
                break;
            }
        }
    }
    return update;
}

Update map_step(const Statistics& statistics, const Mixture& prior, const Relevance&,
                const MStepOptions& options) {
    static_cast<void>(prior);
    return m_step(statistics, options);
}

}  // namespace gmm

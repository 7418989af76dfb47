#include "gmm/detail/repair.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <string>

#include "gmm/detail/linear_algebra.hpp"

namespace gmm::detail {
namespace {

// A component this much narrower than the data (in standard deviations: a hundred-millionth) is a
// point of it: less would also be lost beside a single outlier of 1e8 standard deviations.
constexpr double least_part = 1e-16;
// Frames about a mean differ by 1e-16 of it at least; a hundred-thousandfold of that is still
// resolved to five digits when differences are taken.
constexpr double least_part_of_mean = 1e-20;
// How far the two halves of a split component go, in standard deviations.
constexpr double split_distance = 0.5;

bool is_matrix(const Mixture& mixture) {
    return mixture.covariance == Covariance::full || mixture.covariance == Covariance::tied;
}

std::string subject(const Mixture& mixture, std::size_t m) {
    if (mixture.covariance == Covariance::tied) return "the tied covariance";
    return fmt::format("component {}", m);
}

double average(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

/// A longest half axis of the covariance of component m [D]: a unit vector times its standard
/// deviation. Round ones have their `turn`-th axis.
std::vector<double> longest_axis(const Mixture& mixture, std::size_t m, std::size_t turn) {
    const std::size_t D = mixture.dimension();
    const auto values = mixture.covariances[mixture.covariance == Covariance::tied ? 0 : m];
    std::vector<double> axis(D, 0.0);
    if (mixture.covariance == Covariance::spherical) {
        axis[turn % D] = std::sqrt(std::max(0.0, values[0]));
    } else if (mixture.covariance == Covariance::diag) {
        const auto i = static_cast<std::size_t>(std::max_element(values.begin(), values.end()) -
                                                values.begin());
        axis[i] = std::sqrt(std::max(0.0, values[i]));
    } else {
        using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        const auto n = static_cast<Eigen::Index>(D);
        const Eigen::SelfAdjointEigenSolver<Matrix> solver(
            Eigen::Map<const Matrix>(values.data(), n, n));
        const Eigen::VectorXd vector = solver.eigenvectors().col(n - 1);
        Eigen::Index largest = 0;
        vector.cwiseAbs().maxCoeff(&largest);
        // Either sign would do: one, so that the same statistics give the same mixture.
        const double length =
            std::copysign(std::sqrt(std::max(0.0, solver.eigenvalues()(n - 1))), vector(largest));
        for (std::size_t i = 0; i < D; ++i) axis[i] = length * vector(static_cast<Eigen::Index>(i));
    }
    return axis;
}

/// Makes two of component `from`: itself and `to`.
void split(Mixture& mixture, std::size_t from, std::size_t to, std::size_t turn) {
    const std::size_t D = mixture.dimension();
    mixture.weights(from) *= 0.5;
    mixture.weights(to) = mixture.weights(from);
    const std::vector<double> axis = longest_axis(mixture, from, turn);
    for (std::size_t i = 0; i < D; ++i) {
        const double step = split_distance * axis[i];
        mixture.means(to, i) = mixture.means(from, i) - step;
        mixture.means(from, i) += step;
    }
    if (mixture.covariance == Covariance::tied) return;
    // What the distance of the halves adds to the variance along the axis is taken from their own.
    // A round one has no axis to take it from.
    auto values = mixture.covariances[from];
    constexpr double part = split_distance * split_distance;
    if (mixture.covariance == Covariance::diag)
        for (std::size_t i = 0; i < D; ++i) values[i] -= part * axis[i] * axis[i];
    if (mixture.covariance == Covariance::full)
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j < D; ++j) values[i * D + j] -= part * axis[i] * axis[j];
    std::copy(values.begin(), values.end(), mixture.covariances[to].begin());
}

/// Whether the factor exists and owes its pivots to more than rounding.
bool is_definite(asp::View<const double, 1> matrix, std::size_t dimension) {
    std::vector<double> factor(matrix.begin(), matrix.end());
    if (!cholesky(factor, dimension)) return false;
    const double least = 1e-14 * static_cast<double>(dimension);
    for (std::size_t i = 0; i < dimension; ++i) {
        const double pivot = factor[i * dimension + i];
        if (!(pivot * pivot > least * matrix[i * dimension + i])) return false;
    }
    return true;
}

}  // namespace

bool is_finite(const Statistics& statistics) {
    const auto are_finite = [](const auto& values) {
        return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    };
    return std::isfinite(statistics.log_likelihood) && are_finite(statistics.weight) &&
           are_finite(statistics.first) && are_finite(statistics.second);
}

Spread spread_of(const Statistics& statistics) {
    const std::size_t M = statistics.components(), D = statistics.dimension();
    Spread spread{std::vector<double>(D), std::vector<double>(D)};
    double total = 0.0;
    for (std::size_t m = 0; m < M; ++m) total += statistics.weight(m);
    for (std::size_t i = 0; i < D; ++i) {
        double sum = 0.0;
        for (std::size_t m = 0; m < M; ++m)
            sum += statistics.weight(m) * statistics.about(m, i) + statistics.first(m, i);
        spread.mean[i] = sum / total;
    }
    const auto second = [&](std::size_t m, std::size_t i) {
        switch (statistics.covariance) {
            case Covariance::full:
                return statistics.second(m, packed(i, i));
            case Covariance::tied:
                return m == 0 ? statistics.second(0, packed(i, i)) : 0.0;
            case Covariance::diag:
                return statistics.second(m, i);
            case Covariance::spherical:
                break;
        }
        return i == 0 ? statistics.second(m, 0) : 0.0;
    };
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t m = 0; m < M; ++m) {
            const double s = spread.mean[i] - statistics.about(m, i);
            spread.variance[i] +=
                (second(m, i) + s * (s * statistics.weight(m) - 2.0 * statistics.first(m, i))) /
                total;
        }
    if (statistics.covariance == Covariance::spherical)
        spread.variance.assign(D, average(spread.variance));
    for (double& variance : spread.variance) variance = std::max(0.0, variance);
    return spread;
}

std::vector<double> variance_floors(const Spread& spread, const MStepOptions& options) {
    std::vector<double> floors(spread.mean.size());
    const double part = std::max(options.relative_floor, least_part);
    double fallback = part * average(spread.variance);
    if (!(fallback > 0.0)) fallback = part;
    for (std::size_t i = 0; i < floors.size(); ++i) {
        floors[i] = std::max(part * spread.variance[i],
                             least_part_of_mean * spread.mean[i] * spread.mean[i]);
        if (!(floors[i] > 0.0)) floors[i] = fallback;
    }
    return floors;
}

void reseed_starved(Mixture& mixture, double least, std::vector<Repair>& repairs) {
    const std::size_t M = mixture.components();
    const auto heaviest = [&mixture] {
        return static_cast<std::size_t>(
            std::max_element(mixture.weights.begin(), mixture.weights.end()) -
            mixture.weights.begin());
    };
    std::vector<std::size_t> starved;
    for (std::size_t m = 0; m < M; ++m)
        if (!(mixture.weights(m) >= least)) starved.push_back(m);
    for (const std::size_t m : starved) mixture.weights(m) = 0.0;
    for (std::size_t turn = 0; turn < starved.size(); ++turn) {
        const std::size_t m = starved[turn], from = heaviest();
        split(mixture, from, m, turn);
        repairs.push_back({Repair::Kind::reseeded, m, 0,
                           fmt::format("component {} had no frames to speak of: it took half of "
                                       "component {}",
                                       m, from)});
    }
}

void raise_variances(Mixture& mixture, std::span<const double> floors, double regularization,
                     std::vector<Repair>& repairs) {
    const std::size_t D = mixture.dimension();
    const bool is_spherical = mixture.covariance == Covariance::spherical;
    const std::size_t count = is_spherical ? 1 : D, stride = is_matrix(mixture) ? D + 1 : 1;
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m) {
        auto values = mixture.covariances[m];
        std::size_t raised = 0, first = 0;
        double was = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            double& variance = values[i * stride];
            const double least = is_spherical ? average(floors) : floors[i];
            if (!(variance >= least)) {
                if (raised++ == 0) {
                    first = i;
                    was = variance;
                }
                if (is_matrix(mixture) && !(variance > 0.0))  // a constant goes with nothing
                    for (std::size_t j = 0; j < D; ++j) values[i * D + j] = values[j * D + i] = 0.0;
            }
            variance = std::max(std::max(0.0, variance) + regularization, least);
        }
        if (raised == 0) continue;
        const std::string where = is_spherical ? "" : fmt::format(" in dimension {}", first);
        const std::string others = raised > 1 ? fmt::format(" ({} dimensions in all)", raised) : "";
        repairs.push_back(
            {Repair::Kind::variance_floor, m, 0,
             fmt::format("{}: variance {:.3g}{} was raised to {:.3g}{}", subject(mixture, m), was,
                         where, values[first * stride], others)});
    }
}

void make_definite(Mixture& mixture, std::vector<Repair>& repairs) {
    if (!is_matrix(mixture)) return;
    const std::size_t D = mixture.dimension();
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m) {
        auto values = mixture.covariances[m];
        if (is_definite(values, D)) continue;
        const std::vector<double> diagonal = [&] {
            std::vector<double> result(D);
            for (std::size_t i = 0; i < D; ++i) result[i] = values[i * (D + 1)];
            return result;
        }();
        double jitter = 1e-13;
        bool is_hopeless = true;  // no covariance of any data, as after a subtraction
        for (int tries = 0; is_hopeless && tries < 18; ++tries) {
            jitter *= 10.0;
            for (std::size_t i = 0; i < D; ++i) values[i * (D + 1)] = diagonal[i] * (1.0 + jitter);
            is_hopeless = !is_definite(values, D);
        }
        if (is_hopeless)
            for (std::size_t i = 0; i < D * D; ++i)
                values[i] = i % (D + 1) == 0 ? diagonal[i / D] : 0.0;
        repairs.push_back(
            {Repair::Kind::jitter, m, 0,
             is_hopeless
                 ? fmt::format("{} was not positive definite: only its diagonal was kept",
                               subject(mixture, m))
                 : fmt::format("{} was not positive definite: its diagonal was raised by {:.0e} of "
                               "itself",
                               subject(mixture, m), jitter)});
    }
}

}  // namespace gmm::detail

#include "gmm/cross_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gmm/detail/repair.hpp"
#include "gmm/kernels/frames.hpp"
#include "gmm/reference.hpp"
#include "gmm/report.hpp"

namespace gmm {
namespace {

using Difference = CrossCheck::Difference;

/// The first frames, in memory.
template <class Real>
struct Sample {
    std::vector<Real> values, weights;
    std::size_t count = 0, dimension;

    Frames<Real> frames() const { return {{values.data(), {count, dimension}}, {}, weights}; }
};

template <class Real>
Sample<Real> sample_of(FrameSource<Real>& frames) {
    Sample<Real> sample;
    sample.dimension = frames.dimension();
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        const std::size_t count = std::min(block.size(), cross_check_frames - sample.count);
        sample.values.insert(sample.values.end(), block.rows.begin(),
                             block.rows.begin() + count * sample.dimension);
        if (!block.weights.empty())
            sample.weights.insert(sample.weights.end(), block.weights.begin(),
                                  block.weights.begin() + static_cast<std::ptrdiff_t>(count));
        sample.count += count;
    });
    return sample;
}

std::string problem_of(const Statistics& statistics, const std::string& whose) {
    if (!detail::is_finite(statistics)) return whose + " sums are not finite";
    if (!(statistics.total_weight > 0.0)) return "the frames have no weight";
    return "";
}

/// What rounding explains. A kernel sums a score of a frame from products of its coordinates.
class Allowance {
public:
    Allowance(const Mixture& before, const Statistics& plain, const Mixture& after, bool is_single)
        : before_(before), after_(after), centre_(before.dimension()) {
        epsilon_ = is_single ? static_cast<double>(std::numeric_limits<float>::epsilon())
                             : std::numeric_limits<double>::epsilon();
        for (std::size_t m = 0; m < before.components(); ++m)
            for (std::size_t i = 0; i < before.dimension(); ++i)
                centre_[i] += before.weights(m) * before.means(m, i);
        // What each precision is promised to keep of the likelihood; large numbers round coarser.
        const double mean = plain.log_likelihood / plain.total_weight;
        const double size = std::max(1.0, std::abs(mean) / 100.0);
        const bool is_diag = before.covariance == Covariance::diag;
        log_likelihood_ = (!is_single ? 1e-9 : is_diag ? 1e-5 : 1e-4) * size;
        // The form of a kernel is chosen to lose 6e-5 or 1e-9 nats of a frame's score in the mean
        // (suitable_form). To that comes, where directions nearly depend on one another, the loss
        // in y = L^-1 (x - mean), |y| = sqrt(D): sqrt(D) epsilon sum_j |L^-1_ij| |x_j|.
        const double depth = std::sqrt(static_cast<double>(before.dimension())) * reach();
        score_ = ((is_single ? 1e-4 : 1e-9) + epsilon_ * depth) * size;
    }

    double log_likelihood() const { return log_likelihood_; }
    /// Scores s off by d: responsibilities exp(s - log sum exp s) off by 2 d of themselves.
    double weight() const { return 2.0 * score_; }
    /// sum r (x - mean) / sum r, by Cauchy and Schwarz: 2 d deviations.
    double mean(std::size_t m, std::size_t i) const {
        return 2.0 * score_ + roundings_ * epsilon_ * std::sqrt(narrowing(m, i));
    }
    /// sum r ((x - mean) (x - mean)^T - covariance) / sum r: 2 d (1 + 1) variances.
    double covariance(std::size_t m, std::size_t i, std::size_t j) const {
        const double narrow = std::sqrt(narrowing(m, i) * narrowing(m, j));
        return 4.0 * score_ + roundings_ * epsilon_ * narrow;
    }

private:
    /// So many sums in a row are rounded: their root for errors of either sign, three for products.
    const double roundings_ = std::sqrt(static_cast<double>(frames_per_flush)) + 3.0;

    /// Squares of coordinates that the kernels sum up, in variances of the component that comes
    /// out.
    double narrowing(std::size_t m, std::size_t i) const {
        const bool is_tied = after_.covariance == Covariance::tied;  // one sum for all of them
        double off = 0.0;
        for (std::size_t k = is_tied ? 0 : m; k < (is_tied ? after_.components() : m + 1); ++k)
            off = std::max(off, std::abs(after_.means(k, i) - centre_[i]));
        const double variance = variance_of(after_, m, i);
        return (variance + variance_of(before_, m, i) + off * off) / variance;
    }
    /// The largest sum_j |L^-1_ij| |x_j - centre_j| of a frame one deviation off a mean.
    double reach() const {
        const Whitening white = whitening(before_);
        const std::size_t D = before_.dimension(), width = white.factors.extent(1);
        double largest = 0.0;
        for (std::size_t m = 0; m < before_.components(); ++m) {
            if (!(before_.weights(m) > 0.0)) continue;
            const auto factors = white.factors[std::min(m, white.factors.extent(0) - 1)];
            const auto off = [&](std::size_t j) {
                return std::sqrt(variance_of(before_, m, j)) +
                       std::abs(before_.means(m, j) - centre_[j]);
            };
            for (std::size_t i = 0; i < D; ++i) {
                double sum = 0.0;
                if (width == D * D)
                    for (std::size_t j = 0; j <= i; ++j)
                        sum += std::abs(factors[i * D + j]) * off(j);
                else
                    sum = factors[width == D ? i : 0] * off(i);
                largest = std::max(largest, sum);
            }
        }
        return largest;
    }

    const Mixture &before_, &after_;
    std::vector<double> centre_;  ///< of all components: what kernels count from
    double epsilon_, log_likelihood_, score_;
};

/// Keeps the worse of the two; NaN is the worst.
void keep_worst(Difference& worst, double value, double allowed) {
    const bool is_settled = std::isnan(worst.value) ||
                            (worst.allowed > 0.0 && value * worst.allowed <= worst.value * allowed);
    if (!is_settled) worst = {value, allowed};
}

/// Whether the M-step has put a component somewhere else than where its frames are: that at least
/// doubles or halves its weight.
bool is_placed_anew(double share_of_frames, double weight) {
    return weight < 0.75 * share_of_frames || weight > 1.5 * share_of_frames;
}

void compare_means(const Mixture& ours, const Mixture& plain, std::size_t m,
                   const Allowance& allowance, Difference& worst) {
    for (std::size_t i = 0; i < plain.dimension(); ++i) {
        const double deviation = std::sqrt(variance_of(plain, m, i));
        keep_worst(worst, std::abs(ours.means(m, i) - plain.means(m, i)) / deviation,
                   allowance.mean(m, i));
    }
}

void compare_covariances(const Mixture& ours, const Mixture& plain, std::size_t m,
                         const Allowance& allowance, Difference& worst) {
    const std::size_t D = plain.dimension(), width = plain.covariances.extent(1);
    const bool is_matrix = width == D * D && D > 1;
    for (std::size_t k = 0; k < width; ++k) {
        const std::size_t i = is_matrix ? k / D : k, j = is_matrix ? k % D : k;
        const double scale = std::sqrt(variance_of(plain, m, i) * variance_of(plain, m, j));
        keep_worst(worst, std::abs(ours.covariances(m, k) - plain.covariances(m, k)) / scale,
                   allowance.covariance(m, i, j));
    }
}

}  // namespace

bool CrossCheck::is_rounding() const {
    return problem.empty() && log_likelihood.is_rounding() && weights.is_rounding() &&
           means.is_rounding() && covariances.is_rounding();
}

std::string CrossCheck::text() const {
    const std::string what = fmt::format("one iteration over {} by kernels and by the plain code",
                                         counted(frames, "frame"));
    if (!problem.empty()) return what + ": " + problem;
    const auto told = [](const Difference& d) {
        return fmt::format("{:.1e} (rounding: {:.1e})", d.value, d.allowed);
    };
    return fmt::format(
        "{}: likelihood differs by {} nats a frame, weights {}, means {} deviations, "
        "covariances {} variances",
        what, told(log_likelihood), told(weights), told(means), told(covariances));
}

CrossCheck compare(const Mixture& mixture, const Statistics& ours, const Statistics& plain,
                   bool is_single, const MStepOptions& options) {
    CrossCheck check;
    check.frames = static_cast<std::size_t>(plain.frames);
    check.problem = problem_of(plain, "the plain");
    if (check.problem.empty()) check.problem = problem_of(ours, "the kernels'");
    if (!check.problem.empty()) return check;
    const Mixture a = m_step(ours, options).mixture, b = m_step(plain, options).mixture;
    const Allowance allowance(mixture, plain, b, is_single);
    check.log_likelihood = {std::abs(ours.log_likelihood / ours.total_weight -
                                     plain.log_likelihood / plain.total_weight),
                            allowance.log_likelihood()};
    const auto share = [](const Statistics& statistics, std::size_t m) {
        return statistics.weight(m) / statistics.total_weight;
    };
    for (std::size_t m = 0; m < b.components(); ++m) {
        const bool is_ours_anew = is_placed_anew(share(ours, m), a.weights(m));
        const bool is_plain_anew = is_placed_anew(share(plain, m), b.weights(m));
        if (!is_ours_anew || !is_plain_anew)
            keep_worst(check.weights, std::abs(share(ours, m) - share(plain, m)) / share(plain, m),
                       allowance.weight());
        if (is_ours_anew || is_plain_anew) continue;
        compare_means(a, b, m, allowance, check.means);
        if (b.covariance != Covariance::tied)
            compare_covariances(a, b, m, allowance, check.covariances);
    }
    if (b.covariance == Covariance::tied)
        compare_covariances(a, b, 0, allowance, check.covariances);
    return check;
}

template <class Real>
CrossCheck cross_check(const Mixture& mixture, FrameSource<Real>& frames, const Engine& engine,
                       const MStepOptions& options) {
    const Sample<Real> sample = sample_of(frames);
    return compare(mixture, engine.statistics<Real>(mixture, sample.frames()),
                   reference_statistics<Real>(mixture, sample.frames()),
                   sizeof(Real) == sizeof(float), options);
}
template CrossCheck cross_check(const Mixture&, FrameSource<float>&, const Engine&,
                                const MStepOptions&);
template CrossCheck cross_check(const Mixture&, FrameSource<double>&, const Engine&,
                                const MStepOptions&);

}  // namespace gmm

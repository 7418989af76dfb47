#include "asp/tune/detail/surrogate.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"

namespace asp::tune::detail {

namespace {

/// Matern covariance of smoothness 5/2, of variance 1: times have kinks, not steps.
double matern(double distance) {
    const double r = std::sqrt(5.0) * distance;
    return (1.0 + r + r * r / 3.0) * std::exp(-r);
}

/// Of a scale's logarithm: how far it may stray from its usual size.
double log_prior(double value, double usual) {
    const double z = std::log(value / usual) / 0.8;
    return -0.5 * z * z;
}

constexpr double usual_length = 0.7, usual_amplitude = 0.05, usual_noise = 0.005;

}  // namespace

Surrogate::Surrogate(std::vector<std::size_t> values)
    : values_(std::move(values)),
      scales_{std::vector<double>(values_.size(), usual_length), usual_amplitude, usual_amplitude,
              usual_amplitude, usual_noise} {
    for (const std::size_t count : values_) alike_.emplace_back(std::max<std::size_t>(count, 1));
}

double Surrogate::covariance(const Place& a, const Place& b) const {
    double sum = 0.0, squares = 0.0, product = 1.0;
    for (std::size_t p = 0; p < a.size(); ++p) {
        const double alike = alike_[p][a[p] < b[p] ? b[p] - a[p] : a[p] - b[p]];
        sum += alike;
        squares += alike * alike;
        product *= alike;
    }
    const double pairs = 0.5 * (sum * sum - squares);
    return scales_.additive * sum + scales_.pairs * pairs + scales_.product * product;
}

double Surrogate::factorize() {
    for (std::size_t p = 0; p < values_.size(); ++p) {
        const double range = static_cast<double>(std::max<std::size_t>(values_[p], 2) - 1);
        for (std::size_t d = 0; d < alike_[p].size(); ++d)
            alike_[p][d] = matern(static_cast<double>(d) / (range * scales_.length[p]));
    }
    const std::size_t n = observations_.size();
    factor_.assign(n * n, 0.0);
    double log_determinant = 0.0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = covariance(observations_[i].place, observations_[j].place);
            if (i == j) sum += scales_.noise * observations_[i].variance + 1e-8;
            for (std::size_t k = 0; k < j; ++k) sum -= factor_[i * n + k] * factor_[j * n + k];
            if (i == j) {
                factor_[i * n + i] = std::sqrt(std::max(sum, 1e-12));
                log_determinant += std::log(factor_[i * n + i]);
            } else {
                factor_[i * n + j] = sum / factor_[j * n + j];
            }
        }
    std::vector<double> half(n);  // L^-1 (values - mean)
    double fit = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        double sum = observations_[i].value - mean_;
        for (std::size_t k = 0; k < i; ++k) sum -= factor_[i * n + k] * half[k];
        half[i] = sum / factor_[i * n + i];
        fit += half[i] * half[i];
    }
    weights_ = half;
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t k = i + 1; k < n; ++k) weights_[i] -= factor_[k * n + i] * weights_[k];
        weights_[i] /= factor_[i * n + i];
    }
    double prior =
        log_prior(scales_.additive, usual_amplitude) + log_prior(scales_.product, usual_amplitude) +
        log_prior(scales_.pairs, usual_amplitude) + log_prior(scales_.noise, usual_noise);
    for (const double length : scales_.length) prior += log_prior(length, usual_length);
    return -0.5 * fit - log_determinant + prior;
}

void Surrogate::adapt_scales() {
    std::vector<double*> knobs{&scales_.noise, &scales_.additive, &scales_.pairs, &scales_.product};
    for (double& length : scales_.length) knobs.push_back(&length);
    double best = factorize();
    for (const double step : {2.0, 1.4}) {
        for (int sweep = 0, improved = true; improved && sweep < 8; ++sweep) {
            improved = false;
            for (double* knob : knobs) {
                for (const double factor : {step, 1.0 / step}) {
                    const double before = *knob;
                    *knob = before * factor;
                    const double now = factorize();
                    if (now > best + 1e-3) {
                        best = now;
                        improved = true;
                        break;
                    }
                    *knob = before;
                }
            }
        }
    }
}

void Surrogate::fit(std::vector<Observation> observations, bool adapt) {
    ASP_ASSERT(!observations.empty());
    observations_ = std::move(observations);
    mean_ = 0.0;
    for (const Observation& o : observations_) mean_ += o.value;
    mean_ /= static_cast<double>(observations_.size());
    if (adapt) adapt_scales();
    factorize();
}

Prediction Surrogate::predict(const Place& place) const {
    const std::size_t n = observations_.size();
    std::vector<double> half(n);
    double mean = mean_, variance = covariance(place, place);
    for (std::size_t i = 0; i < n; ++i) {
        const double k = covariance(place, observations_[i].place);
        mean += k * weights_[i];
        half[i] = k;
        for (std::size_t j = 0; j < i; ++j) half[i] -= factor_[i * n + j] * half[j];
        half[i] /= factor_[i * n + i];
        variance -= half[i] * half[i];
    }
    return {mean, std::sqrt(std::max(variance, 0.0))};
}

}  // namespace asp::tune::detail

#include "gmm/detail/prepared.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "asp/base/error.hpp"
#include "gmm/kernels/frames.hpp"

namespace gmm::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_matrix(Covariance covariance) {
    return covariance == Covariance::full || covariance == Covariance::tied;
}

/// Mean and variance of the whole mixture, in each direction.
struct Spread {
    std::vector<double> mean, variance;
};
Spread spread_of(const Mixture& mixture) {
    const std::size_t M = mixture.components(), D = mixture.dimension();
    Spread spread{std::vector<double>(D, 0.0), std::vector<double>(D, 0.0)};
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t i = 0; i < D; ++i)
            spread.mean[i] += mixture.weights(m) * mixture.means(m, i);
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t i = 0; i < D; ++i) {
            const double d = mixture.means(m, i) - spread.mean[i];
            spread.variance[i] += mixture.weights(m) * (variance_of(mixture, m, i) + d * d);
        }
    return spread;
}

/// The power of two next to 1 / sqrt(variance): multiplying by it rounds nothing.
double scale_for(double variance) {
    if (!(variance > 0.0) || !std::isfinite(variance)) return 1.0;
    return std::exp2(-std::round(0.5 * std::log2(variance)));
}

template <class Real>
void set_coordinates(Prepared<Real>& to, const Spread& spread) {
    double mean_variance = 0.0;
    for (const double v : spread.variance) mean_variance += v / static_cast<double>(to.dimension);
    for (std::size_t i = 0; i < to.dimension; ++i) {
        to.centre.push_back(static_cast<Real>(spread.mean[i]));
        // The norm needs one scale for all directions, but where a transform follows.
        const bool is_one = to.form == Form::norm && to.covariance != Covariance::tied;
        to.scale.push_back(
            static_cast<Real>(scale_for(is_one ? mean_variance : spread.variance[i])));
    }
}

/// How a form lays parameters out.
template <class Real>
class Layout {
public:
    explicit Layout(Prepared<Real>& to)
        : to_(to),
          is_by_vectors_(to.form == Form::whitened),
          lanes_(to.lanes),
          wide_(static_cast<std::size_t>(
              wide_of(static_cast<long>(to.components), static_cast<long>(to.lanes)))),
          rows_(is_by_vectors_             ? to.dimension + packed(to.dimension, 0)
                : to.form == Form::centred ? 2 * to.dimension
                                           : to.rows_of_sums() - 1) {
        to_.parameters.assign(rows_ * wide_, Real(0));
        to_.constants.assign(wide_, std::numeric_limits<Real>::lowest());
    }
    Real& operator()(std::size_t row, std::size_t m) {
        return to_.parameters[is_by_vectors_ ? (m / lanes_ * rows_ + row) * lanes_ + m % lanes_
                                             : row * wide_ + m];
    }

private:
    Prepared<Real>& to_;
    bool is_by_vectors_;
    std::size_t lanes_, wide_, rows_;
};

double log_normalizer(const Mixture& mixture, const Whitening& white, std::size_t m) {
    const double log_weight = mixture.weights(m) > 0.0 ? std::log(mixture.weights(m)) : -infinity;
    return log_weight + white.log_determinant(m) -
           0.5 * static_cast<double>(mixture.dimension()) * std::log(2.0 * std::numbers::pi);
}

/// Relative to the greatest normalizer, which would else cost digits; of no weight: next to
/// nothing.
template <class Real>
Real rounded_constant(const Prepared<Real>& p, double constant) {
    return static_cast<Real>(
        std::max(constant - p.shift, static_cast<double>(std::numeric_limits<Real>::lowest())));
}

/// Row i of a component's whitening matrix over z, up to the diagonal.
template <class Real>
double factor(const Prepared<Real>& p, const Mixture& mixture, const Whitening& white,
              std::size_t m, std::size_t i, std::size_t j) {
    const std::size_t row = mixture.covariance == Covariance::tied ? 0 : m;
    return white.factors(row, i * p.dimension + j) / static_cast<double>(p.scale[j]);
}

template <class Real>
double centred_mean(const Prepared<Real>& p, const Mixture& mixture, std::size_t m, std::size_t i) {
    return (mixture.means(m, i) - static_cast<double>(p.centre[i])) *
           static_cast<double>(p.scale[i]);
}

/// diag, spherical: -1/2 sum_i (z_i - mean_i)^2 / variance_i, multiplied out.
template <class Real>
void by_squares(Prepared<Real>& p, const Mixture& mixture, const Whitening& white) {
    Layout layout(p);
    const std::size_t D = p.dimension;
    const bool is_diag = mixture.covariance == Covariance::diag;
    for (std::size_t m = 0; m < p.components; ++m) {
        double constant = log_normalizer(mixture, white, m);
        for (std::size_t i = 0; i < D; ++i) {
            const double root = white.factors(m, is_diag ? i : 0) / static_cast<double>(p.scale[i]);
            const double mean = centred_mean(p, mixture, m, i), precision = root * root;
            constant -= 0.5 * mean * mean * precision;
            layout(i, m) = static_cast<Real>(mean * precision);
            if (is_diag)
                layout(D + i, m) = static_cast<Real>(-0.5 * precision);
            else
                layout(D, m) = static_cast<Real>(-0.5 * precision);
        }
        p.constants[m] = rounded_constant(p, constant);
    }
}

/// tied: y = L^-1 z by the transform, then as for spheres of radius 1.
template <class Real>
void by_transform(Prepared<Real>& p, const Mixture& mixture, const Whitening& white) {
    Layout layout(p);
    const std::size_t D = p.dimension;
    p.transform.assign(D * D, Real(0));
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            p.transform[i * D + j] = static_cast<Real>(factor(p, mixture, white, 0, i, j));
    for (std::size_t m = 0; m < p.components; ++m) {
        double constant = log_normalizer(mixture, white, m);
        for (std::size_t i = 0; i < D; ++i) {
            double mean = 0.0;
            for (std::size_t j = 0; j <= i; ++j)
                mean +=
                    static_cast<double>(p.transform[i * D + j]) * centred_mean(p, mixture, m, j);
            constant -= 0.5 * mean * mean;
            layout(i, m) = static_cast<Real>(mean);
        }
        layout(D, m) = Real(-0.5);
        p.constants[m] = rounded_constant(p, constant);
    }
}

/// full: -1/2 (z - mean)^T P (z - mean), multiplied out.
template <class Real>
void by_products(Prepared<Real>& p, const Mixture& mixture, const Whitening& white) {
    Layout layout(p);
    const std::size_t D = p.dimension;
    asp::Array<double, 2> precision({D, D});
    for (std::size_t m = 0; m < p.components; ++m) {
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j <= i; ++j) {
                double sum = 0.0;
                for (std::size_t k = i; k < D; ++k)
                    sum += factor(p, mixture, white, m, k, i) * factor(p, mixture, white, m, k, j);
                precision(i, j) = precision(j, i) = sum;
                layout(D + packed(i, j), m) = static_cast<Real>(i == j ? -0.5 * sum : -sum);
            }
        double constant = log_normalizer(mixture, white, m);
        for (std::size_t i = 0; i < D; ++i) {
            double linear = 0.0;
            for (std::size_t j = 0; j < D; ++j)
                linear += precision(i, j) * centred_mean(p, mixture, m, j);
            layout(i, m) = static_cast<Real>(linear);
            constant -= 0.5 * linear * centred_mean(p, mixture, m, i);
        }
        p.constants[m] = rounded_constant(p, constant);
    }
}

template <class Real>
void by_whitening(Prepared<Real>& p, const Mixture& mixture, const Whitening& white) {
    Layout layout(p);
    const std::size_t D = p.dimension;
    for (std::size_t m = 0; m < p.components; ++m) {
        for (std::size_t i = 0; i < D; ++i) {
            double offset = 0.0;
            for (std::size_t j = 0; j <= i; ++j) {
                Real& to = layout(D + packed(i, j), m);
                to = static_cast<Real>(factor(p, mixture, white, m, i, j));
                offset -= static_cast<double>(to) * centred_mean(p, mixture, m, j);
            }
            layout(i, m) = static_cast<Real>(offset);
        }
        p.constants[m] = rounded_constant(p, log_normalizer(mixture, white, m));
    }
}

template <class Real>
void by_differences(Prepared<Real>& p, const Mixture& mixture, const Whitening& white) {
    Layout layout(p);
    for (std::size_t m = 0; m < p.components; ++m) {
        for (std::size_t i = 0; i < p.dimension; ++i) {
            const std::size_t place = mixture.covariance == Covariance::diag ? i : 0;
            layout(2 * i, m) = static_cast<Real>(-centred_mean(p, mixture, m, i));
            layout(2 * i + 1, m) =
                static_cast<Real>(white.factors(m, place) / static_cast<double>(p.scale[i]));
        }
        p.constants[m] = rounded_constant(p, log_normalizer(mixture, white, m));
    }
}

/// By how much the terms of a component's scores, multiplied out, exceed the scores of its frames
/// in the mean: these lose epsilon times that. Over the rows of
/// its whitening, sum_k (sum_j |L^-1_kj| s_j)^2 - 1, s_j the root of the mean square distance of
/// its frames from the centre.
double excess_of(const Mixture& mixture, const Whitening& white, const Spread& spread,
                 std::size_t m) {
    const std::size_t D = mixture.dimension();
    std::vector<double> square(D);
    for (std::size_t i = 0; i < D; ++i) {
        const double d = mixture.means(m, i) - spread.mean[i];
        square[i] = variance_of(mixture, m, i) + d * d;
    }
    double sum = 0.0;
    for (std::size_t k = 0; k < D; ++k) {
        double row = 0.0;
        if (is_matrix(mixture.covariance)) {
            const auto factors = white.factors[mixture.covariance == Covariance::tied ? 0 : m];
            for (std::size_t j = 0; j <= k; ++j)
                row += std::abs(factors(k * D + j)) * std::sqrt(square[j]);
            row *= row;
        } else {
            row = square[k] / variance_of(mixture, m, k);
        }
        sum += row - 1.0;
    }
    return sum;
}

/// As measured: parameters and sums of more products leave the second cache; where frames may run
/// along the lanes, which takes a sum for each lane, sooner.
bool has_quick_products(const Mixture& mixture) {
    return mixture.dimension() <= (mixture.components() <= 24 ? 40 : 64);
}

Form quick_form(Covariance covariance) {
    switch (covariance) {
        case Covariance::full:
            return Form::products;
        case Covariance::diag:
            return Form::squares;
        case Covariance::tied:
        case Covariance::spherical:
            break;
    }
    return Form::norm;
}

}  // namespace

template <class Real>
std::size_t Prepared<Real>::rows_of_sums() const {
    switch (form) {
        case Form::squares:
        case Form::centred:
            return 1 + 2 * dimension;
        case Form::norm:
            return 2 + dimension;
        case Form::products:
        case Form::whitened:
            break;
    }
    return 1 + dimension + packed(dimension, 0);
}

bool is_bearable(double excess, bool is_single) {
    return is_single ? std::numeric_limits<float>::epsilon() * excess <= 6e-5
                     : std::numeric_limits<double>::epsilon() * excess <= 1e-9;
}

Form careful_form(Covariance covariance) {
    return is_matrix(covariance) ? Form::whitened : Form::centred;
}

Form suitable_form(const Mixture& mixture, const Whitening& white, bool is_single) {
    const Spread spread = spread_of(mixture);
    double worst = 0.0;
    for (std::size_t m = 0; m < mixture.components(); ++m)
        if (mixture.weights(m) > 0.0) worst = std::max(worst, excess_of(mixture, white, spread, m));
    const bool is_quick = mixture.covariance != Covariance::full || has_quick_products(mixture);
    return is_quick && is_bearable(worst, is_single) ? quick_form(mixture.covariance)
                                                     : careful_form(mixture.covariance);
}

template <class Real>
Prepared<Real> prepare(const Mixture& mixture, const Whitening& white, Form form,
                       std::size_t vector_bytes) {
    Prepared<Real> p{form,
                     mixture.covariance,
                     mixture.components(),
                     mixture.dimension(),
                     vector_bytes / sizeof(Real),
                     {},
                     {},
                     {},
                     {},
                     {}};
    set_coordinates(p, spread_of(mixture));
    p.shift = -infinity;
    for (std::size_t m = 0; m < p.components; ++m)
        p.shift = std::max(p.shift, log_normalizer(mixture, white, m));
    switch (form) {
        case Form::squares:
            by_squares(p, mixture, white);
            break;
        case Form::norm:
            if (is_matrix(mixture.covariance))
                by_transform(p, mixture, white);
            else
                by_squares(p, mixture, white);
            break;
        case Form::products:
            by_products(p, mixture, white);
            break;
        case Form::whitened:
            by_whitening(p, mixture, white);
            break;
        case Form::centred:
            by_differences(p, mixture, white);
            break;
    }
    return p;
}

template <class Real>
Prepared<Real> prepare_centres(asp::View<const double, 2> centres, std::size_t vector_bytes) {
    const std::size_t M = centres.extent(0), D = centres.extent(1);
    Prepared<Real> p{
        Form::norm, Covariance::spherical, M, D, vector_bytes / sizeof(Real), {}, {}, {}, {}, {}};
    Spread spread{std::vector<double>(D, 0.0), std::vector<double>(D, 0.0)};
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t i = 0; i < D; ++i)
            spread.mean[i] += centres(m, i) / static_cast<double>(M);
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t i = 0; i < D; ++i)
            spread.variance[i] += std::pow(centres(m, i) - spread.mean[i], 2);
    set_coordinates(p, spread);
    Layout layout(p);
    for (std::size_t m = 0; m < M; ++m) {
        double square = 0.0;
        for (std::size_t i = 0; i < D; ++i) {
            const double mean = (centres(m, i) - static_cast<double>(p.centre[i])) *
                                static_cast<double>(p.scale[i]);
            layout(i, m) = static_cast<Real>(mean);
            square += mean * mean;
        }
        p.constants[m] = static_cast<Real>(-0.5 * square);
    }
    return p;
}

template struct Prepared<float>;
template struct Prepared<double>;
template Prepared<float> prepare(const Mixture&, const Whitening&, Form, std::size_t);
template Prepared<double> prepare(const Mixture&, const Whitening&, Form, std::size_t);
template Prepared<float> prepare_centres(asp::View<const double, 2>, std::size_t);
template Prepared<double> prepare_centres(asp::View<const double, 2>, std::size_t);
}  // namespace gmm::detail

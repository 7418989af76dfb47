#include "gmm/detail/moments.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "gmm/detail/linear_algebra.hpp"
#include "gmm/kernels/frames.hpp"
#include "gmm/m_step.hpp"

namespace gmm::detail {
namespace {

template <class Real>
double sum_at(const Prepared<Real>& p, std::span<const double> sums, std::size_t row,
              std::size_t m) {
    const auto wide = static_cast<std::size_t>(
        wide_of(static_cast<long>(p.components), static_cast<long>(p.lanes)));
    return p.form == Form::whitened
               ? sums[(m / p.lanes * p.rows_of_sums() + row) * p.lanes + m % p.lanes]
               : sums[row * wide + m];
}

/// `to` += A S A^T for a symmetric S, all as packed lower triangles but for A [D, D].
void add_transformed(std::span<double> to, const std::vector<double>& A,
                     const asp::Array<double, 2>& S) {
    const std::size_t D = S.extent(0);
    asp::Array<double, 2> half({D, D});
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t k = 0; k <= i; ++k)
            for (std::size_t j = 0; j < D; ++j) half(i, j) += A[i * D + k] * S(k, j);
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0.0;
            for (std::size_t k = 0; k <= j; ++k) sum += half(i, k) * A[j * D + k];
            to[packed(i, j)] += sum;
        }
}

/// x - about = A y for the y of a component: A lower triangular, of the parameters as they were
/// rounded, so that moments are those of what the kernel has computed.
template <class Real>
std::vector<double> unwhitening(const Prepared<Real>& p, std::size_t m) {
    const std::size_t D = p.dimension;
    std::vector<double> A(D * D, 0.0);
    if (p.form == Form::norm) {
        for (std::size_t i = 0; i < D * D; ++i) A[i] = static_cast<double>(p.transform[i]);
    } else {
        const std::size_t rows = D + packed(D, 0), first = m / p.lanes * rows;
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                A[i * D + j] = static_cast<double>(
                    p.parameters[(first + D + packed(i, j)) * p.lanes + m % p.lanes]);
    }
    invert_lower(A, D);
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j) A[i * D + j] /= static_cast<double>(p.scale[i]);
    return A;
}

/// The point that the moments of component m are about. `A`: its unwhitening() where it has one.
template <class Real>
void set_about(const Prepared<Real>& p, const std::vector<double>& A, std::size_t m,
               std::span<double> about) {
    const std::size_t D = p.dimension;
    for (std::size_t i = 0; i < D; ++i) about[i] = static_cast<double>(p.centre[i]);
    if (p.form == Form::whitened) {
        // Where the rounded y is 0: z = -L o, x = centre + z / scale.
        const std::size_t rows = D + packed(D, 0), first = m / p.lanes * rows;
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                about[i] -= A[i * D + j] *
                            static_cast<double>(p.parameters[(first + j) * p.lanes + m % p.lanes]);
    } else if (p.form == Form::centred) {
        for (std::size_t i = 0; i < D; ++i)
            about[i] -= static_cast<double>(p.parameters[2 * i * p.constants.size() + m]) /
                        static_cast<double>(p.scale[i]);
    }
}

/// Sums of r y and r y y^T of component m, back in the frames' coordinates.
void add_whitened(Statistics& to, std::size_t m, const std::vector<double>& A,
                  const asp::Array<double, 2>& S) {
    const auto second = to.second[to.covariance == Covariance::tied ? 0 : m];
    add_transformed({second.data(), second.size()}, A, S);
}

/// A component's row of sums as a symmetric matrix [D, D].
template <class At>
asp::Array<double, 2> symmetric(std::size_t D, At at) {
    asp::Array<double, 2> S({D, D});
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j) S(i, j) = S(j, i) = at(i, j);
    return S;
}

/// Of forms whose numbers are those of the frame, each times a factor.
template <class Real>
void set_scaled(const Prepared<Real>& p, std::span<const double> sums, std::size_t m,
                Statistics& to) {
    const std::size_t D = p.dimension;
    const auto factor = [&p, m](std::size_t i) {
        const auto scale = static_cast<double>(p.scale[i]);
        return p.form == Form::centred
                   ? scale * static_cast<double>(p.parameters[(2 * i + 1) * p.constants.size() + m])
                   : scale;
    };
    const auto sum = [&](std::size_t row) { return sum_at(p, sums, row, m); };
    for (std::size_t i = 0; i < D; ++i) to.first(m, i) = sum(1 + i) / factor(i);
    if (p.form == Form::norm) {
        to.second(m, 0) = sum(1 + D) / (factor(0) * factor(0));
    } else if (p.form == Form::products) {
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                to.second(m, packed(i, j)) = sum(1 + D + packed(i, j)) / (factor(i) * factor(j));
    } else {
        for (std::size_t i = 0; i < D; ++i)
            to.second(m, p.covariance == Covariance::diag ? i : 0) +=
                sum(1 + D + i) / (factor(i) * factor(i));
    }
}

}  // namespace

template <class Real>
Statistics statistics_of(const Prepared<Real>& p, std::span<const double> sums,
                         std::span<const double> scatter) {
    const std::size_t D = p.dimension;
    const bool is_white = p.form == Form::whitened || p.needs_scatter();
    Statistics result = Statistics::zero(p.covariance, asp::Array<double, 2>({p.components, D}));
    std::vector<double> A;
    if (p.needs_scatter()) A = unwhitening(p, 0);
    for (std::size_t m = 0; m < p.components; ++m) {
        if (p.form == Form::whitened) A = unwhitening(p, m);
        const auto about = result.about[m];
        set_about(p, A, m, {about.data(), about.size()});
        result.weight(m) = sum_at(p, sums, 0, m);
        if (!is_white) {
            set_scaled(p, sums, m, result);
            continue;
        }
        for (std::size_t i = 0; i < D; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                result.first(m, i) += A[i * D + j] * sum_at(p, sums, 1 + j, m);
        if (p.form == Form::whitened)
            add_whitened(result, m, A, symmetric(D, [&](std::size_t i, std::size_t j) {
                             return sum_at(p, sums, 1 + D + packed(i, j), m);
                         }));
    }
    if (p.needs_scatter())
        add_whitened(result, 0, A, symmetric(D, [&](std::size_t i, std::size_t j) {
                         return scatter[i * D + j];
                     }));
    return result;
}

namespace {

/// For one row of second moments, of weight n: `outer(i, j)` is what the means take from them.
template <class Outer>
double excess_of_matrix(std::span<const double> second, std::size_t D, double n,
                        double regularization, Outer outer) {
    std::vector<double> factor(D * D);
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            factor[i * D + j] = factor[j * D + i] =
                (second[packed(i, j)] - outer(i, j)) / n + (i == j ? regularization : 0.0);
    if (!cholesky(factor, D)) return std::numeric_limits<double>::infinity();
    double sum = 0.0;
    for (std::size_t k = 0; k < D; ++k) {
        const double root = factor[k * D + k];
        sum += second[packed(k, k)] / (n * root * root) - 1.0;
    }
    return sum;
}

double excess_of_variance(double moment, double variance) {
    if (moment <= 0.0) return 0.0;
    return variance > 0.0 ? moment / variance - 1.0 : std::numeric_limits<double>::infinity();
}

double excess_of_component(const Statistics& s, std::size_t m, double regularization) {
    const std::size_t D = s.dimension();
    const auto first = s.first[m];
    const auto second = s.second[m];
    const double n = s.weight(m);
    if (s.covariance == Covariance::full)
        return excess_of_matrix(
            {second.data(), second.size()}, D, n, regularization,
            [&](std::size_t i, std::size_t j) { return first(i) * first(j) / n; });
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < D; ++i) {
        const double square = first(i) / n * (first(i) / n);
        squares += square;
        if (s.covariance == Covariance::diag)
            sum += excess_of_variance(second(i) / n, second(i) / n - square + regularization);
    }
    if (s.covariance == Covariance::diag) return sum;
    const auto dimension = static_cast<double>(D);
    return dimension * excess_of_variance(second(0) / n / dimension,
                                          (second(0) / n - squares) / dimension + regularization);
}

}  // namespace

double excess(const Statistics& s, double regularization) {
    if (s.covariance == Covariance::tied) {
        const double n = std::reduce(s.weight.begin(), s.weight.end());
        if (!(n > 0.0)) return 0.0;
        return excess_of_matrix({s.second.data(), s.second.size()}, s.dimension(), n,
                                regularization, [&](std::size_t i, std::size_t j) {
                                    double sum = 0.0;
                                    for (std::size_t m = 0; m < s.components(); ++m)
                                        if (s.weight(m) > 0.0)
                                            sum += s.first(m, i) * s.first(m, j) / s.weight(m);
                                    return sum;
                                });
    }
    const double starved = MStepOptions{}.least_weight;  // such are re-seeded
    double worst = 0.0;
    for (std::size_t m = 0; m < s.components(); ++m)
        if (s.weight(m) > starved)
            worst = std::max(worst, excess_of_component(s, m, regularization));
    return worst;
}

template Statistics statistics_of(const Prepared<float>&, std::span<const double>,
                                  std::span<const double>);
template Statistics statistics_of(const Prepared<double>&, std::span<const double>,
                                  std::span<const double>);

}  // namespace gmm::detail

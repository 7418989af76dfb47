#include "gmm/reference.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>
#include <numbers>

namespace gmm {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

template <class Real>
Vector frame(const Frames<Real>& frames, std::size_t n) {
    const auto row = frames.rows[frames.row(n)];
    Vector x(static_cast<Eigen::Index>(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
        x(static_cast<Eigen::Index>(i)) = static_cast<double>(row[i]);
    return x;
}

Vector mean(const Mixture& mixture, std::size_t m) {
    return Eigen::Map<const Vector>(mixture.means[m].data(),
                                    static_cast<Eigen::Index>(mixture.dimension()));
}

/// As a full matrix, whatever is stored.
Matrix covariance(const Mixture& mixture, std::size_t m) {
    const auto D = static_cast<Eigen::Index>(mixture.dimension());
    switch (mixture.covariance) {
        case Covariance::full:
            return Eigen::Map<const Matrix>(mixture.covariances[m].data(), D, D);
        case Covariance::tied:
            return Eigen::Map<const Matrix>(mixture.covariances[0].data(), D, D);
        case Covariance::diag:
            return Eigen::Map<const Vector>(mixture.covariances[m].data(), D).asDiagonal();
        case Covariance::spherical:
            break;
    }
    return mixture.covariances(m, 0) * Matrix::Identity(D, D);
}

double log_sum_exp(asp::View<const double, 1> values) {
    double largest = values[0];
    for (const double value : values) largest = std::max(largest, value);
    double sum = 0.0;
    for (const double value : values) sum += std::exp(value - largest);
    return largest + std::log(sum);
}

void add_second(Statistics& to, std::size_t m, double r, const Vector& d) {
    const std::size_t D = to.dimension();
    const auto at = [&d](std::size_t i) { return d(static_cast<Eigen::Index>(i)); };
    const std::size_t row = to.covariance == Covariance::tied ? 0 : m;
    for (std::size_t i = 0; i < D; ++i) {
        if (to.covariance == Covariance::diag) to.second(m, i) += r * at(i) * at(i);
        if (to.covariance == Covariance::spherical) to.second(m, 0) += r * at(i) * at(i);
        if (to.covariance == Covariance::full || to.covariance == Covariance::tied)
            for (std::size_t j = 0; j <= i; ++j) to.second(row, packed(i, j)) += r * at(i) * at(j);
    }
}

}  // namespace

template <class Real>
asp::Array<double, 2> reference_log_joint(const Mixture& mixture, const Frames<Real>& frames) {
    const std::size_t N = frames.size(), M = mixture.components();
    asp::Array<double, 2> result({N, M});
    for (std::size_t m = 0; m < M; ++m) {
        const Eigen::LLT<Matrix> factors(covariance(mixture, m));
        const Matrix L = factors.matrixL();
        const double constant =
            std::log(mixture.weights(m)) - L.diagonal().array().log().sum() -
            0.5 * static_cast<double>(mixture.dimension()) * std::log(2.0 * std::numbers::pi);
        for (std::size_t n = 0; n < N; ++n) {
            const Vector d = frame(frames, n) - mean(mixture, m);
            result(n, m) = constant - 0.5 * factors.matrixL().solve(d).squaredNorm();
        }
    }
    return result;
}

template <class Real>
Statistics reference_statistics(const Mixture& mixture, const Frames<Real>& frames) {
    const asp::Array<double, 2> log_joint = reference_log_joint(mixture, frames);
    Statistics result = Statistics::zero(mixture.covariance, mixture.means);
    for (std::size_t n = 0; n < frames.size(); ++n) {
        const double w = frames.weight(n), log_likelihood = log_sum_exp(log_joint[n]);
        for (std::size_t m = 0; m < mixture.components(); ++m) {
            const double r = w * std::exp(log_joint(n, m) - log_likelihood);
            const Vector d = frame(frames, n) - mean(mixture, m);
            result.weight(m) += r;
            for (std::size_t i = 0; i < mixture.dimension(); ++i)
                result.first(m, i) += r * d(static_cast<Eigen::Index>(i));
            add_second(result, m, r, d);
        }
        result.log_likelihood += w * log_likelihood;
        result.total_weight += w;
    }
    result.frames = static_cast<std::int64_t>(frames.size());
    return result;
}

template asp::Array<double, 2> reference_log_joint(const Mixture&, const Frames<float>&);
template asp::Array<double, 2> reference_log_joint(const Mixture&, const Frames<double>&);
template Statistics reference_statistics(const Mixture&, const Frames<float>&);
template Statistics reference_statistics(const Mixture&, const Frames<double>&);

}  // namespace gmm

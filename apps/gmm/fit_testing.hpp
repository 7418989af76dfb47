#pragma once
// For tests only: frames of either precision, harts of a test's own, and mixtures compared.

#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "asp/base/testing.hpp"
#include "asp/harts/team.hpp"
#include "gmm/fit.hpp"
#include "gmm/reference.hpp"
#include "gmm/testing.hpp"

namespace gmm::testing {

using asp::testing::message_of;

/// Harts of a test's own, at most 8, each with a thread however few processors there are.
struct Harts {
    explicit Harts(std::size_t count) : pool(count), lease(pool.request(count)), team(lease) {
        static const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, 8);
    }

    asp::HartPool pool;
    asp::Lease lease;
    asp::Team team;
};

inline Covariance any_covariance() {
    return GENERATE(Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical);
}

/// An engine without compiling: the kernels that are built in.
inline asp::Context plain_context() {
    asp::Context context;
    context.mode = asp::Mode::off;
    return context;
}

template <class Real>
asp::Array<Real, 2> rounded(const asp::Array<double, 2>& values) {
    asp::Array<Real, 2> result(values.extents());
    std::transform(values.begin(), values.end(), result.begin(),
                   [](double value) { return static_cast<Real>(value); });
    return result;
}

/// points * scale + shift in each coordinate.
inline asp::Array<double, 2> mapped(asp::Array<double, 2> points, double scale, double shift) {
    for (double& value : points) value = scale * value + shift;
    return points;
}

inline asp::Array<double, 2> rows(std::initializer_list<std::vector<double>> values) {
    asp::Array<double, 2> result({values.size(), values.begin()->size()});
    std::size_t n = 0;
    for (const std::vector<double>& row : values)
        std::copy(row.begin(), row.end(), result[n++].begin());
    return result;
}

template <std::size_t Rank>
bool is_same(const asp::Array<double, Rank>& a, const asp::Array<double, Rank>& b) {
    return a.extents() == b.extents() &&
           std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

inline bool is_same(const Mixture& a, const Mixture& b) {
    return a.covariance == b.covariance && is_same(a.weights, b.weights) &&
           is_same(a.means, b.means) && is_same(a.covariances, b.covariances);
}

inline bool is_same(const Statistics& a, const Statistics& b) {
    return is_same(a.about, b.about) && is_same(a.weight, b.weight) && is_same(a.first, b.first) &&
           is_same(a.second, b.second) && a.log_likelihood == b.log_likelihood &&
           a.total_weight == b.total_weight && a.frames == b.frames;
}

/// Largest difference of two arrays.
template <std::size_t Rank>
double difference(const asp::Array<double, Rank>& a, const asp::Array<double, Rank>& b) {
    REQUIRE(a.extents() == b.extents());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::isnan(a.data()[i] - b.data()[i])) return INFINITY;
        largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    }
    return largest;
}

inline double difference(const Mixture& a, const Mixture& b) {
    return std::max({difference(a.weights, b.weights), difference(a.means, b.means),
                     difference(a.covariances, b.covariances)});
}

/// Whether all is finite, the weights sum to 1 and the covariances are such: what check() says.
inline bool is_sound(const Mixture& mixture) {
    check(mixture, mixture.dimension());
    return true;
}

inline std::size_t count_of(const std::vector<Repair>& repairs, Repair::Kind kind) {
    return static_cast<std::size_t>(
        std::count_if(repairs.begin(), repairs.end(),
                      [kind](const Repair& repair) { return repair.kind == kind; }));
}

template <class Real>
FitState fit_in_memory(const asp::Array<Real, 2>& points, const FitOptions& options,
                       const std::vector<Real>& weights = {}) {
    const Engine engine(nullptr, plain_context());
    FramesInMemory<Real> frames({points, std::nullopt, weights});
    return fit<Real>(frames, options, engine);
}

}  // namespace gmm::testing

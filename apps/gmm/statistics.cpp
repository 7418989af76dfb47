#include "gmm/statistics.hpp"

#include <algorithm>

#include "asp/base/error.hpp"

namespace gmm {
namespace {

template <std::size_t Rank>
void add(asp::Array<double, Rank>& to, const asp::Array<double, Rank>& what, double factor) {
    ASP_ASSERT(to.extents() == what.extents());
    for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] += factor * what.data()[i];
}

template <std::size_t Rank>
void scale(asp::Array<double, Rank>& values, double factor) {
    for (double& value : values) value *= factor;
}

bool is_same(const asp::Array<double, 2>& a, const asp::Array<double, 2>& b) {
    return a.extents() == b.extents() && std::equal(a.begin(), a.end(), b.begin());
}

void accumulate(Statistics& to, const Statistics& what, double sign) {
    ASP_ASSERT(to.covariance == what.covariance);
    ASP_ASSERT(to.about.extents() == what.about.extents());
    if (!is_same(to.about, what.about)) return accumulate(to, moved(what, to.about), sign);
    add(to.weight, what.weight, sign);
    add(to.first, what.first, sign);
    add(to.second, what.second, sign);
    to.log_likelihood += sign * what.log_likelihood;
    to.total_weight += sign * what.total_weight;
    to.frames += sign > 0.0 ? what.frames : -what.frames;
}

}  // namespace

asp::Extents<2> second_extents(Covariance covariance, std::size_t components,
                               std::size_t dimension) {
    switch (covariance) {
        case Covariance::full:
            return {components, packed(dimension, 0)};
        case Covariance::tied:
            return {1, packed(dimension, 0)};
        case Covariance::diag:
            return {components, dimension};
        case Covariance::spherical:
            break;
    }
    return {components, 1};
}

Statistics Statistics::zero(Covariance covariance, const asp::Array<double, 2>& about) {
    const std::size_t M = about.extent(0), D = about.extent(1);
    Statistics result;
    result.covariance = covariance;
    result.about = about;
    result.weight = asp::Array<double, 1>({M});
    result.first = asp::Array<double, 2>({M, D});
    result.second = asp::Array<double, 2>(second_extents(covariance, M, D));
    return result;
}

Statistics& Statistics::operator+=(const Statistics& other) {
    accumulate(*this, other, 1.0);
    return *this;
}

Statistics& Statistics::operator-=(const Statistics& other) {
    accumulate(*this, other, -1.0);
    return *this;
}

Statistics& Statistics::operator*=(double factor) {
    scale(weight, factor);
    scale(first, factor);
    scale(second, factor);
    log_likelihood *= factor;
    total_weight *= factor;
    return *this;
}

// With d = x - a and s = b - a, where b are the new points:
// sum r (x - b)(x - b)^T = sum r d d^T - s f^T - f s^T + n s s^T.
Statistics moved(const Statistics& from, const asp::Array<double, 2>& about) {
    ASP_ASSERT(from.about.extents() == about.extents());
    Statistics to = from;
    to.about = about;
    const std::size_t M = from.components(), D = from.dimension();
    const bool is_matrix =
        from.covariance == Covariance::full || from.covariance == Covariance::tied;
    for (std::size_t m = 0; m < M; ++m) {
        const double n = from.weight(m);
        const std::size_t row = from.covariance == Covariance::tied ? 0 : m;
        const auto shift = [&](std::size_t i) { return about(m, i) - from.about(m, i); };
        for (std::size_t i = 0; i < D; ++i) {
            const double s = shift(i), f = from.first(m, i);
            to.first(m, i) -= n * s;
            if (is_matrix) {
                for (std::size_t j = 0; j <= i; ++j)
                    to.second(row, packed(i, j)) +=
                        n * s * shift(j) - s * from.first(m, j) - f * shift(j);
            } else {
                const std::size_t place = from.covariance == Covariance::diag ? i : 0;
                to.second(row, place) += (n * s - 2.0 * f) * s;
            }
        }
    }
    return to;
}

}  // namespace gmm

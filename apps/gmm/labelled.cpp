#include "gmm/labelled.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <vector>

#include "asp/base/error.hpp"
#include "gmm/detail/random.hpp"
#include "gmm/detail/slab_sum.hpp"

namespace gmm {
namespace {

/// The products of a frame's distances that Statistics::second sums up [second_extents].
void second_products(Covariance covariance, const double* d, std::size_t dimension,
                     double* products) {
    switch (covariance) {
        case Covariance::diag:
            for (std::size_t i = 0; i < dimension; ++i) products[i] = d[i] * d[i];
            break;
        case Covariance::spherical:
            products[0] = 0.0;
            for (std::size_t i = 0; i < dimension; ++i) products[0] += d[i] * d[i];
            break;
        case Covariance::full:
        case Covariance::tied:
            for (std::size_t i = 0; i < dimension; ++i)
                for (std::size_t j = 0; j <= i; ++j) *products++ = d[i] * d[j];
            break;
    }
}

template <class Real>
void add_labelled(Statistics& to, const Frames<Real>& slab, std::span<const std::int32_t> labels) {
    const std::size_t D = to.dimension(), P = to.second.extent(1);
    std::vector<double> d(D), products(P);
    for (std::size_t n = 0; n < slab.size(); ++n) {
        const auto m = static_cast<std::size_t>(labels[n]);
        const auto x = slab.rows[slab.row(n)];
        const double w = slab.weight(n);
        for (std::size_t i = 0; i < D; ++i) d[i] = static_cast<double>(x[i]) - to.about(m, i);
        second_products(to.covariance, d.data(), D, products.data());
        double* const first = to.first[m].data();
        double* const second = to.second[to.covariance == Covariance::tied ? 0 : m].data();
        for (std::size_t i = 0; i < D; ++i) first[i] += w * d[i];
        for (std::size_t p = 0; p < P; ++p) second[p] += w * products[p];
        to.weight(m) += w;
        to.total_weight += w;
    }
    to.frames += static_cast<std::int64_t>(slab.size());
}

void check_labels(std::span<const std::int32_t> labels, std::size_t frames,
                  std::size_t components) {
    if (labels.size() != frames)
        throw asp::InputError(
            fmt::format("{} labels for {} frames: expected one for each", labels.size(), frames));
    for (std::size_t n = 0; n < labels.size(); ++n)
        if (labels[n] < 0 || static_cast<std::size_t>(labels[n]) >= components)
            throw asp::InputError(fmt::format("label of frame {} = {}: expected one from 0 to {}",
                                              n, labels[n], components - 1));
}

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<Matrix> map(asp::Array<double, 2>& values) {
    return {values.data(), static_cast<Eigen::Index>(values.extent(0)),
            static_cast<Eigen::Index>(values.extent(1))};
}

constexpr std::size_t tile_frames = 128;  // responsibilities and products stay in the second cache

/// Responsibilities [T, M] of frames from number `first` on, by their weights.
template <class Real>
void draw_responsibilities(const Frames<Real>& tile, std::size_t first, std::uint64_t seed,
                           Eigen::Ref<Matrix> responsibilities) {
    const auto M = static_cast<std::uint64_t>(responsibilities.cols());
    for (std::size_t t = 0; t < tile.size(); ++t) {
        auto row = responsibilities.row(static_cast<Eigen::Index>(t));
        for (std::uint64_t m = 0; m < M; ++m)
            row(static_cast<Eigen::Index>(m)) = detail::random_uniform(seed, (first + t) * M + m);
        row *= tile.weight(t) / row.sum();
    }
}

template <class Real>
void add_random(Statistics& to, const Frames<Real>& slab, std::size_t first, std::uint64_t seed) {
    const std::size_t D = to.dimension();
    const bool is_tied = to.covariance == Covariance::tied;
    Matrix r(tile_frames, to.components()), d(tile_frames, D),
        products(tile_frames, to.second.extent(1));
    for (std::size_t lo = 0; lo < slab.size(); lo += tile_frames) {
        const Frames<Real> tile = slab.part(lo, std::min(slab.size(), lo + tile_frames));
        const auto T = static_cast<Eigen::Index>(tile.size());
        draw_responsibilities<Real>(tile, first + lo, seed, r.topRows(T));
        for (Eigen::Index t = 0; t < T; ++t) {
            const auto x = tile.rows[tile.row(static_cast<std::size_t>(t))];
            for (std::size_t i = 0; i < D; ++i)
                d(t, static_cast<Eigen::Index>(i)) = static_cast<double>(x[i]) - to.about(0, i);
            second_products(to.covariance, &d(t, 0), D, &products(t, 0));
        }
        const auto R = r.topRows(T);
        for (std::size_t m = 0; m < to.components(); ++m)
            to.weight(m) += R.col(static_cast<Eigen::Index>(m)).sum();
        map(to.first).noalias() += R.transpose() * d.topRows(T);
        if (is_tied)
            map(to.second).noalias() += R.rowwise().sum().transpose() * products.topRows(T);
        else
            map(to.second).noalias() += R.transpose() * products.topRows(T);
        for (std::size_t t = 0; t < tile.size(); ++t) to.total_weight += tile.weight(t);
    }
    to.frames += static_cast<std::int64_t>(slab.size());
}

}  // namespace

template <class Real>
Statistics labelled_statistics(const Frames<Real>& frames, std::span<const std::int32_t> labels,
                               Covariance covariance, const asp::Array<double, 2>& about,
                               const asp::Team* team) {
    check_labels(labels, frames.size(), about.extent(0));
    detail::SlabSum sum(Statistics::zero(covariance, about), team);
    sum.take(frames, 0, [&](Statistics& to, const Frames<Real>& slab, std::size_t first) {
        add_labelled(to, slab, labels.subspan(first, slab.size()));
    });
    return std::move(sum).total();
}

template <class Real>
Statistics nearest_statistics(FrameSource<Real>& frames, const asp::Array<double, 2>& centres,
                              Covariance covariance, const Engine& engine) {
    constexpr std::size_t at_once = 64 * slab_frames;  // labels of half a MiB
    std::vector<std::int32_t> labels(std::min(frames.size(), at_once));
    detail::SlabSum sum(Statistics::zero(covariance, centres), engine.team());
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        for (std::size_t lo = 0; lo < block.size(); lo += at_once) {
            FramesInMemory<Real> part(block.part(lo, std::min(block.size(), lo + at_once)));
            engine.assign<Real>(centres, part, std::span(labels).first(part.size()));
            part.visit([&](const Frames<Real>& all, std::size_t) {
                sum.take(all, 0, [&](Statistics& to, const Frames<Real>& slab, std::size_t first) {
                    add_labelled(to, slab, std::span(labels).subspan(first, slab.size()));
                });
            });
        }
    });
    return std::move(sum).total();
}

template <class Real>
Statistics random_statistics(FrameSource<Real>& frames, std::size_t components,
                             std::span<const double> about, Covariance covariance,
                             std::uint64_t seed, const asp::Team* team) {
    asp::Array<double, 2> points({components, about.size()});
    for (std::size_t m = 0; m < components; ++m)
        std::copy(about.begin(), about.end(), points[m].begin());
    detail::SlabSum sum(Statistics::zero(covariance, points), team);
    frames.visit([&](const Frames<Real>& block, std::size_t number) {
        sum.take(block, number, [&](Statistics& to, const Frames<Real>& slab, std::size_t first) {
            add_random(to, slab, first, seed);
        });
    });
    return std::move(sum).total();
}

template Statistics labelled_statistics(const Frames<float>&, std::span<const std::int32_t>,
                                        Covariance, const asp::Array<double, 2>&, const asp::Team*);
template Statistics labelled_statistics(const Frames<double>&, std::span<const std::int32_t>,
                                        Covariance, const asp::Array<double, 2>&, const asp::Team*);
template Statistics nearest_statistics(FrameSource<float>&, const asp::Array<double, 2>&,
                                       Covariance, const Engine&);
template Statistics nearest_statistics(FrameSource<double>&, const asp::Array<double, 2>&,
                                       Covariance, const Engine&);
template Statistics random_statistics(FrameSource<float>&, std::size_t, std::span<const double>,
                                      Covariance, std::uint64_t, const asp::Team*);
template Statistics random_statistics(FrameSource<double>&, std::size_t, std::span<const double>,
                                      Covariance, std::uint64_t, const asp::Team*);

}  // namespace gmm

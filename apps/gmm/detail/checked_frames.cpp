#include "gmm/detail/checked_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/fit.hpp"

namespace gmm::detail {
namespace {

template <class Real>
void check_weights(const Frames<Real>& block, std::size_t first) {
    if (block.weights.empty()) return;
    for (std::size_t n = 0; n < block.size(); ++n) {
        const double weight = block.weight(n);
        if (!(weight >= 0.0) || !std::isfinite(weight))  // written so that NaN fails too
            throw asp::InputError(
                fmt::format("weight of row {} = {}: expected a finite number that is at least 0",
                            row_number(block, first, n), weight));
    }
}

}  // namespace

template <class Real>
void CheckedFrames<Real>::visit(const typename FrameSource<Real>::Take& take) {
    if (is_checked_) return frames_.visit(take);
    frames_.visit([&take](const Frames<Real>& block, std::size_t first) {
        check_weights(block, first);
        take(block, first);
    });
    is_checked_ = true;
}

template <class Real>
HeldFrames<Real>* CheckedFrames<Real>::held() {
    HeldFrames<Real>* const all = frames_.held();
    if (all == nullptr || is_checked_) return all;
    check_weights(all->frames, 0);
    is_checked_ = true;
    return all;
}

template <class Real>
void require_frames(const FrameSource<Real>& frames) {
    if (frames.size() == 0) throw asp::InputError("no frames: expected at least one");
    if (frames.dimension() == 0)
        throw asp::InputError("frames of 0 dimensions: expected at least one");
}

template <class Real>
void require_finite(const Frames<Real>& block, std::size_t first, std::size_t n) {
    const auto x = block.rows[block.row(n)];
    for (std::size_t i = 0; i < x.size(); ++i)
        if (!std::isfinite(x[i]))
            throw asp::InputError(fmt::format("row {}, column {}: {}: expected a finite number",
                                              row_number(block, first, n), i, x[i]));
}

template <class Real>
void explain_overflow(FrameSource<Real>& frames) {
    double largest = -1.0, heaviest = 0.0;
    std::size_t row = 0, column = 0;
    frames.visit([&](const Frames<Real>& block, std::size_t first) {
        for (std::size_t n = 0; n < block.size(); ++n) {
            require_finite(block, first, n);
            heaviest = std::max(heaviest, block.weight(n));
            const auto x = block.rows[block.row(n)];
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double size = std::abs(static_cast<double>(x[i]));
                if (size <= largest) continue;
                largest = size;
                row = row_number(block, first, n);
                column = i;
            }
        }
    });
    throw asp::InputError(fmt::format(
        "values up to {:.3g}, in row {}, column {} (weights up to {:.3g}): their "
        "squares leave the range of {} precision; scale them",
        largest, row, column, heaviest, sizeof(Real) == sizeof(float) ? "single" : "double"));
}

template <class Real>
Statistics weighed_statistics(const Mixture& mixture, FrameSource<Real>& frames,
                              const Engine& engine, double regularization) {
    Statistics statistics = finite_statistics<Real>(mixture, frames, engine, regularization);
    if (!(statistics.total_weight > 0.0))
        throw asp::InputError("all weights are 0: expected one above 0");
    return statistics;
}

template class CheckedFrames<float>;
template class CheckedFrames<double>;
template void require_frames(const FrameSource<float>&);
template void require_frames(const FrameSource<double>&);
template void require_finite(const Frames<float>&, std::size_t, std::size_t);
template void require_finite(const Frames<double>&, std::size_t, std::size_t);
template void explain_overflow(FrameSource<float>&);
template void explain_overflow(FrameSource<double>&);
template Statistics weighed_statistics(const Mixture&, FrameSource<float>&, const Engine&, double);
template Statistics weighed_statistics(const Mixture&, FrameSource<double>&, const Engine&, double);

}  // namespace gmm::detail

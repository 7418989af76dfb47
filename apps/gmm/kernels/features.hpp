#pragma once
// Features of frames that scores are linear in. Freestanding.

#include "gmm/kernels/block.hpp"

namespace gmm {

/// What is made of a frame x [D] beside its own numbers.
enum class Features {
    squares,   ///< x_i^2
    norm,      ///< their sum
    products,  ///< x_i x_j, j <= i
};
constexpr long features_of(Features kind, long D) {
    return kind == Features::squares ? 2 * D : kind == Features::norm ? D + 1 : D + D * (D + 1) / 2;
}

/// Features in two segments, one behind the other: the frame's own numbers (0) and what is made of
/// them (1).
constexpr long length_of(Features kind, long D, long segment) {
    return segment == 0 ? D : features_of(kind, D) - D;
}

/// Adds weight * y y^T to the lower triangle `to` [D, D], for `frames` frames y [., stride].
template <class Real>
ASP_FN void add_scatter(const Real* y, long stride, long D, const Real* weight, long frames,
                        Real* to) {
    for (long t = 0; t < frames; ++t, y += stride)
        for (long i = 0; i < D; ++i) {
            const Real scaled = weight[t] * y[i];
            Real* ASP_RESTRICT row = to + i * D;
            const Real* ASP_RESTRICT from = y;
            ASP_SIMD_FOR(j, 0, i + 1) row[j] = fused(scaled, from[j], row[j]);
        }
}

}  // namespace gmm

#pragma once
// Scores that are linear in features of a frame, and the sums of these: two matrix products by
// blocks of registers. Freestanding.

#include "gmm/kernels/cuda/tile.hpp"

namespace gmm::cuda {

/// What is made of frames beside their own numbers; squares are there already.
template <class T>
GMM_DEVICE void make_features(const T& tile) {
    using Real = typename T::Real;
    const int D = tile.D, at = tile.t.thread() % T::tile, helper = tile.t.thread() / T::tile;
    if constexpr (T::form == Form::norm) {
        if (tile.call.transform) {
            for (int e = tile.t.thread(); e < D * T::tile; e += tile.t.threads()) {
                const int i = e / T::tile, frame = e % T::tile;
                Real sum = 0;
                for (int j = 0; j <= i; ++j)
                    sum += tile.call.transform[i * D + j] * tile.row(tile.first_row() + j)[frame];
                tile.row(1 + i)[frame] = sum;
            }
            tile.t.barrier();
        }
        if (helper == 0) {
            Real sum = 0;
            for (int i = 0; i < D; ++i) sum += tile.row(1 + i)[at] * tile.row(1 + i)[at];
            tile.row(1 + D)[at] = sum;
        }
        tile.t.barrier();
    } else if constexpr (T::form == Form::products) {
        for (int i = helper; i < D; i += helpers)
            for (int j = 0; j <= i; ++j)
                tile.row(1 + D + long(i) * (i + 1) / 2 + j)[at] =
                    tile.row(1 + i)[at] * tile.row(1 + j)[at];
        tile.t.barrier();
    }
}

/// constants[m] + sum_k phi_k parameters[k, m].
template <class T>
GMM_DEVICE void score_features(const T& tile) {
    using Real = typename T::Real;
    tile.template score_panels<1>(
        features_of(T::form, tile.D),
        [&](Real(&sum)[4][4], long k, const Real* parameters, int at) {
            const Four<Real> x = load_four(tile.row(1 + k) + at), p = load_four(parameters);
            for (int c = 0; c < 4; ++c)
                for (int f = 0; f < 4; ++f) sum[c][f] += p.at[c] * x.at[f];
        },
        [](Real constant, Real sum) { return constant + sum; });
}

/// Sums of r phi_k, the constant 1 first. A thread has four rows by four components, each a
/// fourth of the way apart, so that neighbours read neighbouring rows.
template <class T>
GMM_DEVICE void sum_features(const T& tile) {
    using Real = typename T::Real;
    const long rows = 1 + features_of(T::form, tile.D);
    const long down = (rows + 3) / 4, across = (tile.M + 3) / 4;
    for (long b = tile.t.thread(); b < down * across; b += tile.t.threads()) {
        const Real *x[4], *r[4];
        for (int a = 0; a < 4; ++a) {  // what lies outside reads something and is dropped
            const long k = b % down + a * down, m = b / down + a * across;
            x[a] = tile.row(k < rows ? k : 0);
            r[a] = tile.scores + (m < tile.M ? m : 0) * T::stride;
        }
        Real sum[4][4] = {};
        for (int at = 0; at < T::tile; at += 4) {
            Four<Real> phi[4];
            for (int a = 0; a < 4; ++a) phi[a] = load_four(x[a] + at);
            for (int c = 0; c < 4; ++c) {
                const Four<Real> share = load_four(r[c] + at);
                for (int a = 0; a < 4; ++a)
                    for (int f = 0; f < 4; ++f) sum[a][c] += phi[a].at[f] * share.at[f];
            }
        }
        for (int a = 0; a < 4; ++a)
            for (int c = 0; c < 4; ++c) {
                const long k = b % down + a * down, m = b / down + c * across;
                if (k < rows && m < tile.M) tile.add(k * tile.wide + m, sum[a][c]);
            }
    }
}

}  // namespace gmm::cuda

#pragma once
// Full covariances, whitened: y = L^-1 (x - mean) of each component gives its score, and the
// moments of y the new covariance. No room holds y of all components, so it is made again for the
// sums: half as many products more. Freestanding.

#include "gmm/kernels/cuda/tile.hpp"

namespace gmm::cuda {

/// The place of (i, j), j <= i, in a packed lower triangle.
ASP_FN constexpr long in_triangle(long i, long j) {
    return i * (i + 1) / 2 + j;
}

/// sum[a][b] += weight x_a y_b, over the frames of a tile.
template <class T, class Real>
GMM_DEVICE void add_moments(Real (&sum)[4][4], const Real* weight, const Real* const (&x)[4],
                            const Real* const (&y)[4]) {
    for (int at = 0; at < T::tile; at += 4) {
        const Four<Real> r = load_four(weight + at);
        Four<Real> down[4];
        for (int a = 0; a < 4; ++a) {
            down[a] = load_four(x[a] + at);
            for (int f = 0; f < 4; ++f) down[a].at[f] *= r.at[f];
        }
        for (int b = 0; b < 4; ++b) {
            const Four<Real> across = load_four(y[b] + at);
            for (int a = 0; a < 4; ++a)
                for (int f = 0; f < 4; ++f) sum[a][b] += down[a].at[f] * across.at[f];
        }
    }
}

/// Blocks of a triangle in their order: what stands at `place`.
struct BlockOfTriangle {
    int down = 0, across;
    GMM_DEVICE explicit BlockOfTriangle(long place) {
        while (in_triangle(down + 1, 0) <= place) ++down;
        across = int(place - in_triangle(down, 0));
    }
};

/// constants[m] - |y|^2 / 2. Parameters [M, D + D (D + 1) / 2]: offsets o, then L^-1, so that
/// y_i = o_i + sum_j L^-1_ij x_j. A thread has four frames of one component; its neighbours have
/// others of the same, so that parameters are read for all of them at once.
template <class T>
GMM_DEVICE void score_whitened(const T& tile) {
    using Real = typename T::Real;
    const int D = tile.D;
    const long apart = D + in_triangle(D, 0);
    for (int e = tile.t.thread(); e < tile.M * T::quads; e += tile.t.threads()) {
        const int at = 4 * (e % T::quads), m = e / T::quads;
        const Real* const offset = tile.call.parameters + m * apart;
        const Real* const factor = offset + D;
        Real square[4] = {};
        for (int i = 0; i < D; i += 4) {
            const int rows = D - i < 4 ? D - i : 4;
            Real y[4][4];
            for (int a = 0; a < 4; ++a)
                for (int f = 0; f < 4; ++f) y[a][f] = a < rows ? offset[i + a] : Real(0);
            for (int j = 0; j < i + rows; ++j) {
                const Four<Real> x = load_four(tile.row(1 + j) + at);
                for (int a = 0; a < 4; ++a) {
                    if (a >= rows || j > i + a) continue;
                    const Real l = factor[in_triangle(i + a, j)];
                    for (int f = 0; f < 4; ++f) y[a][f] += l * x.at[f];
                }
            }
            for (int a = 0; a < 4; ++a)
                for (int f = 0; f < 4; ++f) square[f] += y[a][f] * y[a][f];
        }
        Four<Real> score;
        for (int f = 0; f < 4; ++f) score.at[f] = tile.call.constants[m] - Real(0.5) * square[f];
        store_four(tile.scores + long(m) * T::stride + at, score);
    }
    tile.t.barrier();
}

/// Rows 1, y_0, ... of so many components from m on, in `white`: every fourth side by side, since
/// those are what neighbours read.
template <class T>
GMM_DEVICE void whiten(const T& tile, int m, int components) {
    using Real = typename T::Real;
    const int D = tile.D, rows = int(in_fours(D + 1)), items = (D + 1) * T::quads;
    for (int e = tile.t.thread(); e < components * items; e += tile.t.threads()) {
        const int g = e / items, i = e % items / T::quads, at = 4 * (e % T::quads);
        const Real* const offset = tile.call.parameters + (m + g) * (D + in_triangle(D, 0));
        Four<Real> y;
        for (int f = 0; f < 4; ++f) y.at[f] = i == 0 ? Real(1) : offset[i - 1];
        const Real* const factor = offset + D + in_triangle(i - 1, 0);
        for (int j = 0; j < i; ++j) {
            const Four<Real> x = load_four(tile.row(1 + j) + at);
            const Real l = factor[j];
            for (int f = 0; f < 4; ++f) y.at[f] += l * x.at[f];
        }
        const int place = i % 4 * (rows / 4) + i / 4;
        store_four(tile.white + (long(g) * rows + place) * T::stride + at, y);
    }
    tile.t.barrier();
}

/// Sums [M, 1 + D + D (D + 1) / 2] of r, r y_i, r y_i y_j.
template <class T>
GMM_DEVICE void sum_whitened(const T& tile) {
    using Real = typename T::Real;
    const int D = tile.D, rows = int(in_fours(D + 1)), edge = rows / 4;
    const long blocks = in_triangle(edge, 0), apart = 1 + D + in_triangle(D, 0);
    for (int first = 0; first < tile.M; first += T::shape.together) {
        const int components =
            tile.M - first < T::shape.together ? tile.M - first : T::shape.together;
        whiten(tile, first, components);
        for (long e = tile.t.thread(); e < components * blocks; e += tile.t.threads()) {
            const int g = int(e / blocks);
            const BlockOfTriangle block(e % blocks);
            const Real* const y = tile.white + long(g) * rows * T::stride;
            const Real *down[4], *across[4];
            for (int a = 0; a < 4; ++a) {
                down[a] = y + (a * edge + block.down) * T::stride;
                across[a] = y + (a * edge + block.across) * T::stride;
            }
            Real sum[4][4] = {};
            add_moments<T>(sum, tile.scores + long(first + g) * T::stride, down, across);
            for (int a = 0; a < 4; ++a)
                for (int b = 0; b < 4; ++b) {
                    const int i = 4 * block.down + a, j = 4 * block.across + b;
                    if (i > D || j > i) continue;
                    const long place = i == 0 ? 0 : j == 0 ? i : 1 + D + in_triangle(i - 1, j - 1);
                    tile.add((first + g) * apart + place, sum[a][b]);
                }
        }
        tile.t.barrier();
    }
}

/// Sums [D, D] of w x_i x_j, j <= i, beside those of the components: what tied covariances need.
template <class T>
GMM_DEVICE void sum_scatter(const T& tile) {
    using Real = typename T::Real;
    const int D = tile.D;
    const long blocks = in_triangle((D + 3) / 4, 0);
    double* const to = tile.record + tile.call.sums(T::form);
    for (long e = tile.t.thread(); e < blocks; e += tile.t.threads()) {
        const BlockOfTriangle block(e);
        const Real *down[4], *across[4];
        for (int a = 0; a < 4; ++a) {  // what lies outside reads something and is dropped
            down[a] = tile.row(4 * block.down + a < D ? 1 + 4 * block.down + a : 0);
            across[a] = tile.row(4 * block.across + a < D ? 1 + 4 * block.across + a : 0);
        }
        Real sum[4][4] = {};
        add_moments<T>(sum, tile.weight, down, across);
        for (int a = 0; a < 4; ++a)
            for (int b = 0; b < 4; ++b) {
                const int i = 4 * block.down + a, j = 4 * block.across + b;
                if (i < D && j <= i) to[i * D + j] += double(sum[a][b]);
            }
    }
}

}  // namespace gmm::cuda

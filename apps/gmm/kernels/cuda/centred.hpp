#pragma once
// Diagonal covariances by differences from the means: y_i = (x_i + parameters[2 i, m])
// parameters[2 i + 1, m]. Right where components are much narrower than the data. Freestanding.

#include "gmm/kernels/cuda/tile.hpp"

namespace gmm::cuda {

/// constants[m] - |y|^2 / 2.
template <class T>
GMM_DEVICE void score_centred(const T& tile) {
    using Real = typename T::Real;
    tile.template score_panels<2>(
        2L * tile.D,
        [&](Real(&sum)[4][4], long k, const Real* parameters, int at) {
            const Four<Real> x = load_four(tile.row(1 + k / 2) + at), o = load_four(parameters),
                             s = load_four(parameters + panel);
            for (int c = 0; c < 4; ++c)
                for (int f = 0; f < 4; ++f) {
                    const Real y = (x.at[f] + o.at[c]) * s.at[c];
                    sum[c][f] += y * y;
                }
        },
        [](Real constant, Real sum) { return constant - Real(0.5) * sum; });
}

/// Sums of r, r y_i, r y_i^2. A thread has four dimensions of two components.
template <class T>
GMM_DEVICE void sum_centred(const T& tile) {
    using Real = typename T::Real;
    const int D = tile.D, M = tile.M, down = (D + 3) / 4, across = (M + 1) / 2;
    for (long b = tile.t.thread(); b < long(down) * across; b += tile.t.threads()) {
        int dimension[4], component[2];
        Real offset[4][2], factor[4][2];
        for (int c = 0; c < 2; ++c) component[c] = int(b / down) + c * across;
        for (int a = 0; a < 4; ++a) {
            dimension[a] = int(b % down) + a * down;
            for (int c = 0; c < 2; ++c) {  // what lies outside reads something and is dropped
                const long i = dimension[a] < D ? dimension[a] : 0;
                const long m = component[c] < M ? component[c] : 0;
                offset[a][c] = tile.call.parameters[2 * i * tile.wide + m];
                factor[a][c] = tile.call.parameters[(2 * i + 1) * tile.wide + m];
            }
        }
        Real zeroth[2] = {}, first[4][2] = {}, second[4][2] = {};
        for (int at = 0; at < T::tile; at += 4) {
            Four<Real> r[2];
            for (int c = 0; c < 2; ++c) {
                r[c] = load_four(tile.scores +
                                 long(component[c] < M ? component[c] : 0) * T::stride + at);
                for (int f = 0; f < 4; ++f) zeroth[c] += r[c].at[f];
            }
            for (int a = 0; a < 4; ++a) {
                const Four<Real> x =
                    load_four(tile.row(1 + (dimension[a] < D ? dimension[a] : 0)) + at);
                for (int c = 0; c < 2; ++c)
                    for (int f = 0; f < 4; ++f) {
                        const Real y = (x.at[f] + offset[a][c]) * factor[a][c];
                        const Real ry = r[c].at[f] * y;
                        first[a][c] += ry;
                        second[a][c] += ry * y;
                    }
            }
        }
        for (int c = 0; c < 2; ++c) {
            if (component[c] >= M) continue;
            if (b % down == 0) tile.add(component[c], zeroth[c]);
            for (int a = 0; a < 4; ++a) {
                if (dimension[a] >= D) continue;
                tile.add(long(1 + dimension[a]) * tile.wide + component[c], first[a][c]);
                tile.add(long(1 + D + dimension[a]) * tile.wide + component[c], second[a][c]);
            }
        }
    }
}

}  // namespace gmm::cuda

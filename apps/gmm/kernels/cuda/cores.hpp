#pragma once
// The two products of features by tensor cores: each number is split into two of TF32 (10 bits
// behind the point), and three of the four products of halves are taken: about as many digits as
// single precision has, at a third of the cores' speed. Freestanding; threads are also asked for
//
//     to_tf32(x)            rounded to nearest, as bits
//     multiply(c, a, b)     c [16, 8] += a [16, 8] b [8, 8] by the 32 threads of a warp, with what
//                           each has of them: PTX ISA, mma.m16n8k8 for .tf32

#include "gmm/kernels/cuda/tile.hpp"

namespace gmm::cuda {

/// A thread's part of a matrix, in two halves.
template <int count>
struct Split {
    unsigned high[count], low[count];

    template <class AnyThread>
    GMM_DEVICE void set(AnyThread t, int place, float x) {
        high[place] = t.to_tf32(x);
        low[place] = t.to_tf32(x - asp::same_bits<float>(high[place]));
    }
};

/// The smaller products first.
template <class AnyThread>
GMM_DEVICE void add_product(AnyThread t, float (&c)[4], const Split<4>& a, const Split<2>& b) {
    t.multiply(c, a.low, b.high);
    t.multiply(c, a.high, b.low);
    t.multiply(c, a.high, b.high);
}

/// Where a thread is in its warp: element (row, 2 column) of what it has of c.
struct Place {
    int warp, row, column;
    GMM_DEVICE explicit Place(int thread)
        : warp(thread / 32), row(thread % 32 / 4), column(thread % 4) {}
};

/// As score_features(). A warp has 32 components of 16 frames.
template <class T>
GMM_DEVICE void score_by_cores(const T& tile) {
    const Place at(tile.t.thread());
    constexpr int pairs = T::tile / 16;  // of eight frames
    const int frame = at.warp % pairs * 16, across = at.warp / pairs * 32;
    const long rows = features_of(T::form, tile.D);
    for (int first = 0; first < tile.M; first += panel) {
        float sum[2][2][4] = {};  // [components][frames]
        for (long k = 0; k < rows; k += chunk) {
            for (int e = tile.t.thread(); e < chunk * panel; e += tile.t.threads()) {
                const int m = first + e % panel;
                const long row = k + e / panel;
                tile.stage[e / panel * T::stage_stride + e % panel] =
                    row < rows && m < tile.wide ? tile.call.parameters[row * tile.wide + m] : 0.0F;
            }
            tile.t.barrier();
            for (int s = 0; s < chunk && first + across < tile.M; s += 8) {
                Split<4> a[2];
                Split<2> b[2];
                for (int half = 0; half < 2; ++half) {
                    const int column = at.column + 4 * half;
                    const float* const p = tile.stage + (s + column) * T::stage_stride + across;
                    // What is past the last row meets zeros.
                    const float* const x =
                        tile.row(k + s + column < rows ? 1 + k + s + column : 0) + frame;
                    for (int i = 0; i < 2; ++i) {
                        a[i].set(tile.t, 2 * half, p[16 * i + at.row]);
                        a[i].set(tile.t, 2 * half + 1, p[16 * i + at.row + 8]);
                        b[i].set(tile.t, half, x[8 * i + at.row]);
                    }
                }
                for (int i = 0; i < 2; ++i)
                    for (int j = 0; j < 2; ++j) add_product(tile.t, sum[i][j], a[i], b[j]);
            }
            tile.t.barrier();
        }
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
                for (int c = 0; c < 4; ++c) {
                    const int m = first + across + 16 * i + at.row + 8 * (c / 2);
                    const int to = frame + 8 * j + 2 * at.column + c % 2;
                    if (m < tile.M)
                        tile.scores[long(m) * T::stride + to] =
                            tile.call.constants[m] + sum[i][j][c];
                }
    }
    tile.t.barrier();
}

/// As sum_features(). A warp has 32 rows of 16 components.
template <class T>
GMM_DEVICE void sum_by_cores(const T& tile) {
    const Place at(tile.t.thread());
    const long rows = 1 + features_of(T::form, tile.D);
    const long down = (rows + 31) / 32, across = (tile.M + 15) / 16;
    for (long b = at.warp; b < down * across; b += tile.t.threads() / 32) {
        const long k = b % down * 32, m = b / down * 16;
        const float *x[4], *r[2];  // what lies outside reads something and is dropped
        for (int i = 0; i < 4; ++i) {
            const long row = k + 8 * i + at.row;
            x[i] = tile.row(row < rows ? row : 0);
        }
        for (int j = 0; j < 2; ++j) {
            const long component = m + 8 * j + at.row;
            r[j] = tile.scores + (component < tile.M ? component : 0) * T::stride;
        }
        float sum[2][2][4] = {};
        for (int t = 0; t < T::tile; t += 8) {
            Split<4> a[2];
            Split<2> share[2];
            for (int half = 0; half < 2; ++half)
                for (int i = 0; i < 2; ++i) {
                    const int frame = t + at.column + 4 * half;
                    a[i].set(tile.t, 2 * half, x[2 * i][frame]);
                    a[i].set(tile.t, 2 * half + 1, x[2 * i + 1][frame]);
                    share[i].set(tile.t, half, r[i][frame]);
                }
            for (int i = 0; i < 2; ++i)
                for (int j = 0; j < 2; ++j) add_product(tile.t, sum[i][j], a[i], share[j]);
        }
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
                for (int c = 0; c < 4; ++c) {
                    const long row = k + 16 * i + at.row + 8 * (c / 2);
                    const long component = m + 8 * j + 2 * at.column + c % 2;
                    if (row < rows && component < tile.M)
                        tile.add(row * tile.wide + component, sum[i][j][c]);
                }
    }
}

}  // namespace gmm::cuda

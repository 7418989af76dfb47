#pragma once
// Inner products of the vectors of a basis over a block of rows. Freestanding.

#include "krylov/kernels/step.hpp"

namespace krylov {

/// A sum and what its rounding lost; `low` stays 0 in the plain precision.
template <class Real>
struct GramSum {
    Real high, low;
};

/// Inner products of `vectors` with each other over rows [lo, hi), summed in an order that only the
/// rows decide: eight partial sums, each over every eighth row, then pairwise. With is_doubled each
/// product and each sum keeps its rounding error (processors with fused multiply-add only).
/// Source: Ogita, Rump and Oishi (2005), algorithm 5.3, for eight sums at once.
template <class Real, bool is_doubled>
struct Gram {
    static constexpr int lanes = 8, most = 64;
    typedef Real Vector __attribute__((vector_size(lanes * sizeof(Real))));

    struct Sums {
        Vector high, low;
    };

    ASP_FN static Vector load(const Real* from) {
        Vector v;
        __builtin_memcpy(&v, from, sizeof v);
        return v;
    }
    ASP_FN static Vector fused_lanes(Vector a, Vector b, Vector c) {
        Vector r;
        for (int l = 0; l < lanes; ++l) r[l] = fused(a[l], b[l], c[l]);
        return r;
    }
    ASP_FN static void add_error_free(Vector& high, Vector& low, Vector more) {
        const Vector sum = high + more;
        const Vector rest = sum - high;
        low += (high - (sum - rest)) + (more - rest);
        high = sum;
    }
    ASP_FN static void add(Sums& sums, Vector a, Vector b) {
        if constexpr (is_doubled) {
            // Through memory, lest the product be fused into what follows.
            Real product[lanes];
            for (int l = 0; l < lanes; ++l) product[l] = a[l] * b[l];
            const Vector p = load(product);
            sums.low += fused_lanes(a, b, -p);
            add_error_free(sums.high, sums.low, p);
        } else {
            sums.high = fused_lanes(a, b, sums.high);
        }
    }
    ASP_FN static GramSum<Real> total(Sums s) {
        for (int half = lanes / 2; half > 0; half /= 2)
            for (int l = 0; l < half; ++l) {
                if constexpr (is_doubled) {
                    const Real sum = s.high[l] + s.high[l + half], rest = sum - s.high[l];
                    s.low[l] +=
                        s.low[l + half] + ((s.high[l] - (sum - rest)) + (s.high[l + half] - rest));
                    s.high[l] = sum;
                } else {
                    s.high[l] += s.high[l + half];
                }
            }
        return {s.high[0], is_doubled ? s.low[0] : Real(0)};
    }

    /// `left` with `count` others, at most 4, side by side.
    template <int count>
    ASP_FN static void products(const Real* left, const Real* const* right, long lo, long hi,
                                GramSum<Real>* to) {
        Sums sums[count] = {};
        long i = lo;
        for (; i + lanes <= hi; i += lanes) {
            const Vector a = load(left + i);
            for (int j = 0; j < count; ++j) add(sums[j], a, load(right[j] + i));
        }
        if (i < hi) {
            Vector a = {};
            for (long l = 0; l < hi - i; ++l) a[l] = left[i + l];
            for (int j = 0; j < count; ++j) {
                Vector b = {};
                for (long l = 0; l < hi - i; ++l) b[l] = right[j][i + l];
                add(sums[j], a, b);
            }
        }
        for (int j = 0; j < count; ++j) to[j] = total(sums[j]);
    }

    /// `to` [count, count]: the upper triangle. Nothing here may be left as a function that the
    /// linker would merge with that of another instruction set.
    ASP_FN static void run(const Real* const* vectors, int count, long lo, long hi,
                           GramSum<Real>* to) {
        for (int i = 0; i < count; ++i) {
            GramSum<Real>* const row = to + i * count;
            int j = i;
            for (; j + 4 <= count; j += 4) products<4>(vectors[i], vectors + j, lo, hi, row + j);
            for (; j < count; ++j) products<1>(vectors[i], vectors + j, lo, hi, row + j);
        }
    }
};

}  // namespace krylov

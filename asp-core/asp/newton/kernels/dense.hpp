#pragma once
#include "asp/kernel/prelude.hpp"

/// Not inlined, so that the number of unknowns is not known inside: a compiler that unrolls these
/// loops for 16 of them takes ten seconds. Static: see ASP_INLINE_LAMBDA.
#if defined(__CUDACC__)
#define ASP_OUT_OF_LINE static __host__ __device__ __noinline__
#else
#define ASP_OUT_OF_LINE static __attribute__((noinline))
#endif

namespace asp::newton {

/// Rows of one double for each lane.
template <int lanes>
struct Rows {
    double* data;
    ASP_FN double* operator[](long row) const { return data + row * lanes; }
};

/// The Newton step -J^-1 f of each lane for which `wanted` is not 0, by Gaussian elimination with
/// partial pivoting of the scaled system (weight_i J_ij size_j): rows are exchanged lane by lane.
/// `matrix` [n * n] is used up, `f` stays. `flaw`: 1 where the matrix is singular to rounding or
/// not finite (the step is then 0), else 0; 0 where not wanted.
template <int lanes>
ASP_OUT_OF_LINE void eliminate(long n, Rows<lanes> matrix, Rows<lanes> f, Rows<lanes> weight,
                               Rows<lanes> size, const double* wanted, Rows<lanes> step,
                               double* flaw) {
    constexpr long most = 16;
    alignas(64) double right_side[most * lanes];
    alignas(64) double exchange[lanes];
    const Rows<lanes> b{right_side};
    const auto a = [=](long i, long j) ASP_INLINE_LAMBDA { return matrix[i * n + j]; };
    ASP_SIMD_FOR(l, 0, lanes) flaw[l] = 0.0;
    for (long i = 0; i < n; ++i) {
        ASP_SIMD_FOR(l, 0, lanes) b[i][l] = -weight[i][l] * f[i][l];
        for (long j = 0; j < n; ++j) {
            ASP_SIMD_FOR(l, 0, lanes) a(i, j)[l] *= weight[i][l] * size[j][l];
        }
    }
    for (long k = 0; k < n; ++k) {
        // The largest of the column rises to row k.
        for (long i = k + 1; i < n; ++i) {
            ASP_SIMD_FOR(l, 0, lanes)
            exchange[l] = asp::abs(a(i, k)[l]) > asp::abs(a(k, k)[l]) ? 1.0 : 0.0;
            for (long j = k; j <= n; ++j) {
                double* const upper = j < n ? a(k, j) : b[k];
                double* const lower = j < n ? a(i, j) : b[i];
                ASP_SIMD_FOR(l, 0, lanes) {
                    const double u = upper[l], v = lower[l];
                    upper[l] = exchange[l] != 0.0 ? v : u;
                    lower[l] = exchange[l] != 0.0 ? u : v;
                }
            }
        }
        // Rows were scaled to a sum of about one.
        const double tiny = 4e-16 * static_cast<double>(n);
        ASP_SIMD_FOR(l, 0, lanes) {
            const double pivot = asp::abs(a(k, k)[l]);
            flaw[l] = pivot > tiny && pivot < asp::infinity<double> ? flaw[l] : 1.0;
        }
        for (long i = k + 1; i < n; ++i) {
            ASP_SIMD_FOR(l, 0, lanes) exchange[l] = a(i, k)[l] / a(k, k)[l];
            for (long j = k + 1; j <= n; ++j) {
                const double* const upper = j < n ? a(k, j) : b[k];
                double* const lower = j < n ? a(i, j) : b[i];
                ASP_SIMD_FOR(l, 0, lanes) lower[l] -= exchange[l] * upper[l];
            }
        }
    }
    for (long k = n - 1; k >= 0; --k) {
        for (long j = k + 1; j < n; ++j) {
            ASP_SIMD_FOR(l, 0, lanes) b[k][l] -= a(k, j)[l] * b[j][l];
        }
        ASP_SIMD_FOR(l, 0, lanes) b[k][l] /= a(k, k)[l];
    }
    for (long k = 0; k < n; ++k) {
        ASP_SIMD_FOR(l, 0, lanes) {
            const double value = flaw[l] == 0.0 ? size[k][l] * b[k][l] : 0.0;
            step[k][l] = wanted[l] != 0.0 ? value : step[k][l];
        }
    }
    ASP_SIMD_FOR(l, 0, lanes) flaw[l] = wanted[l] != 0.0 ? flaw[l] : 0.0;
}

}  // namespace asp::newton

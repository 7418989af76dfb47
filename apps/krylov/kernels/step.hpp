#pragma once
// What becomes of a row's product: the end of every kernel of the matrix powers. Freestanding.
//
//     x_{p+1} = a A x_p + b x_p + c x_{p-1},    sum = sum + w x_{p+1}
//
// Each operation that rounds is written out, so that all kernels round alike.

#include "asp/kernel/arguments.hpp"
#include "asp/kernel/prelude.hpp"

namespace krylov {

/// Terms of the recurrence that a kernel knows.
constexpr int product_only = 1;  ///< a = 1, b = c = 0
constexpr int two_terms = 2;     ///< c = 0
constexpr int three_terms = 3;

/// What the arrays of a call are, after these of the matrix.
constexpr int matrix_arrays = 4;
struct Operands {
    static constexpr int x = 0;         ///< [vectors, stride] x_p
    static constexpr int previous = 1;  ///< the same, x_{p-1}; read with three terms
    static constexpr int y = 2;         ///< the same, x_{p+1}; may be where x_{p-1} is
    static constexpr int sum = 3;       ///< the same; written by kernels that add up
    static constexpr int count = 4;
};
/// scalars: a, b, c, w, and w0: where it is not zero, sum begins as w0 x_p.
/// sizes: rows, and scalars from one vector to the next.

#if defined(__CUDACC__)  // NVRTC knows no __builtin_fma
ASP_FN double fused(double a, double b, double c) {
    return ::fma(a, b, c);
}
ASP_FN float fused(float a, float b, float c) {
    return ::fmaf(a, b, c);
}
#elif defined(__FMA__)
ASP_FN double fused(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}
ASP_FN float fused(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}
#else
ASP_FN double fused(double a, double b, double c) {
    return a * b + c;
}
ASP_FN float fused(float a, float b, float c) {
    return a * b + c;
}
#endif

template <class Real>
struct Coefficients {
    Real a, b, c, w, w0;

    ASP_FN explicit Coefficients(const double* s)
        : a(Real(s[0])), b(Real(s[1])), c(Real(s[2])), w(Real(s[3])), w0(Real(s[4])) {}
};

/// Ends `count` numbers' rows: `product` holds A x_p there, the other pointers stand at the first
/// of them. Complex numbers are pairs of reals here: all coefficients are real. With a constant
/// `count` the loops become vectors.
template <class Configuration, int most>
ASP_FN void finish_rows(const Coefficients<typename Configuration::Real>& s,
                        const typename Configuration::Real* product,
                        const typename Configuration::Real* x,
                        const typename Configuration::Real* previous,
                        typename Configuration::Real* y, typename Configuration::Real* sum,
                        long count) {
    using Real = typename Configuration::Real;
    // All is read before anything is written: y may be where `previous` is.
    Real next[most], total[most];
    ASP_SIMD_FOR(j, 0, count) {
        Real value = product[j];
        if (Configuration::terms >= two_terms) value = fused(s.b, x[j], s.a * value);
        if (Configuration::terms == three_terms) value = fused(s.c, previous[j], value);
        next[j] = value;
    }
    if (Configuration::adds_up) {
        if (s.w0 != Real(0)) {
            ASP_SIMD_FOR(j, 0, count) total[j] = fused(s.w, next[j], s.w0 * x[j]);
        } else {
            ASP_SIMD_FOR(j, 0, count) total[j] = fused(s.w, next[j], sum[j]);
        }
        ASP_SIMD_FOR(j, 0, count) sum[j] = total[j];
    }
    ASP_SIMD_FOR(j, 0, count) y[j] = next[j];
}

}  // namespace krylov

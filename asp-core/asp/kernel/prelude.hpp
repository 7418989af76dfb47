#pragma once
// What a kernel template may use: function qualifiers, elementary functions, index loops.
// Freestanding: g++, clang, nvcc and NVRTC compile it without any other header.

#if defined(__CUDACC__)
#define ASP_FN __host__ __device__ __forceinline__
#define ASP_RESTRICT __restrict__
#else
#define ASP_FN inline __attribute__((always_inline))
#define ASP_RESTRICT __restrict__
#endif

/// A range function: works on [lo, hi) of its index space and never starts a thread.
#define ASP_KERNEL ASP_FN

/// After a lambda's parameters: kernels are compiled for several instruction sets, so that nothing
/// may be left as a function that the linker would merge.
#if defined(__CUDACC__)
#define ASP_INLINE_LAMBDA
#else
#define ASP_INLINE_LAMBDA __attribute__((always_inline))
#endif

#if defined(__CUDACC__)
#define ASP_SIMD
#else
#define ASP_SIMD _Pragma("omp simd")
#endif

/// Vectorized loop over [begin, end). A constant trip count that is a multiple of the vector width
/// leaves no scalar remainder, so that a value does not depend on its place in the array.
#define ASP_SIMD_FOR(i, begin, end) ASP_SIMD for (long i = (begin); i < (end); ++i)

namespace asp {

ASP_FN double sqrt(double x) {
    return __builtin_sqrt(x);
}
ASP_FN double abs(double x) {
    return __builtin_fabs(x);
}
// As selects: calls of fmin and fmax keep g++ from vectorizing.
ASP_FN double min(double a, double b) {
    return a < b ? a : b;
}
ASP_FN double max(double a, double b) {
    return a > b ? a : b;
}
/// 1 / (2 sqrt(x)) to a relative error below 2e-3, x > 0: an integer guess (3.5 %) and one Newton
/// step, for places where only a bound or a scale is needed. It leaves the divide and root unit
/// free.
ASP_FN double approximate_half_inverse_sqrt(double x) {
    long bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    bits = 0x5fe6eb50c7b537a9L - (bits >> 1);
    double y;
    __builtin_memcpy(&y, &bits, sizeof y);
    return y * (0.75 - 0.25 * x * y * y);
}

}  // namespace asp

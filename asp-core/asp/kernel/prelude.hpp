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

/// The C library's functions. Each stands under a name of its own, so that no declaration clashes
/// with <cmath>, and is constant: nobody here reads errno.
///
/// g++ on x86-64 takes their vector versions from glibc's libmvec (all of these from glibc 2.35 on;
/// libm.so links it as needed) in loops that it vectorizes, without -ffast-math.
/// Worst found in a million arguments each, glibc 2.36: 3.4 ulp (cos) in double, 3.9 ulp (logf) in
/// float, where libm has 0.5 to 3.2 ulp (cbrt); 1.4 to 3.4 ns a value with AVX-512 where libm takes
/// 4 to 20 ns. A loop's scalar remainder is libm's, so that a value may depend on its place. Where
/// that matters, or libmvec is missing (glibc before 2.35, musl): define ASP_SCALAR_MATH.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(ASP_SCALAR_MATH)
#define ASP_LIBM __attribute__((const, simd("notinbranch")))
#else
#define ASP_LIBM __attribute__((const))
#endif

namespace asp::libm {

#if defined(__CUDACC__)
using ::acos;
using ::acosf;
using ::asin;
using ::asinf;
using ::atan;
using ::atan2;
using ::atan2f;
using ::atanf;
using ::cbrt;
using ::cbrtf;
using ::cos;
using ::cosf;
using ::cosh;
using ::coshf;
using ::exp;
using ::expf;
using ::fabs;
using ::fabsf;
using ::floor;
using ::floorf;
using ::log;
using ::logf;
using ::pow;
using ::powf;
using ::sin;
using ::sinf;
using ::sinh;
using ::sinhf;
using ::sqrt;
using ::sqrtf;
using ::tan;
using ::tanf;
using ::tanh;
using ::tanhf;
#else
ASP_LIBM double exp(double) noexcept __asm__("exp");
ASP_LIBM float expf(float) noexcept __asm__("expf");
ASP_LIBM double log(double) noexcept __asm__("log");
ASP_LIBM float logf(float) noexcept __asm__("logf");
ASP_LIBM double sin(double) noexcept __asm__("sin");
ASP_LIBM float sinf(float) noexcept __asm__("sinf");
ASP_LIBM double cos(double) noexcept __asm__("cos");
ASP_LIBM float cosf(float) noexcept __asm__("cosf");
ASP_LIBM double tan(double) noexcept __asm__("tan");
ASP_LIBM float tanf(float) noexcept __asm__("tanf");
ASP_LIBM double asin(double) noexcept __asm__("asin");
ASP_LIBM float asinf(float) noexcept __asm__("asinf");
ASP_LIBM double acos(double) noexcept __asm__("acos");
ASP_LIBM float acosf(float) noexcept __asm__("acosf");
ASP_LIBM double atan(double) noexcept __asm__("atan");
ASP_LIBM float atanf(float) noexcept __asm__("atanf");
ASP_LIBM double sinh(double) noexcept __asm__("sinh");
ASP_LIBM float sinhf(float) noexcept __asm__("sinhf");
ASP_LIBM double cosh(double) noexcept __asm__("cosh");
ASP_LIBM float coshf(float) noexcept __asm__("coshf");
ASP_LIBM double tanh(double) noexcept __asm__("tanh");
ASP_LIBM float tanhf(float) noexcept __asm__("tanhf");
ASP_LIBM double cbrt(double) noexcept __asm__("cbrt");
ASP_LIBM float cbrtf(float) noexcept __asm__("cbrtf");
ASP_LIBM double pow(double, double) noexcept __asm__("pow");
ASP_LIBM float powf(float, float) noexcept __asm__("powf");
ASP_LIBM double atan2(double, double) noexcept __asm__("atan2");
ASP_LIBM float atan2f(float, float) noexcept __asm__("atan2f");
ASP_FN double fabs(double x) {
    return __builtin_fabs(x);
}
ASP_FN float fabsf(float x) {
    return __builtin_fabsf(x);
}
ASP_FN double floor(double x) {
    return __builtin_floor(x);
}
ASP_FN float floorf(float x) {
    return __builtin_floorf(x);
}
ASP_FN double sqrt(double x) {
    return __builtin_sqrt(x);
}
ASP_FN float sqrtf(float x) {
    return __builtin_sqrtf(x);
}
#endif

}  // namespace asp::libm

namespace asp {

template <class Real>
constexpr Real infinity = static_cast<Real>(__builtin_bit_cast(double, 0x7ff0000000000000L));
template <class Real>
constexpr Real not_a_number = static_cast<Real>(__builtin_bit_cast(double, 0x7ff8000000000000L));

ASP_FN double sqrt(double x) {
    return libm::sqrt(x);
}
ASP_FN float sqrt(float x) {
    return libm::sqrtf(x);
}
ASP_FN double abs(double x) {
    return libm::fabs(x);
}
ASP_FN float abs(float x) {
    return libm::fabsf(x);
}
ASP_FN double floor(double x) {
    return libm::floor(x);
}
ASP_FN float floor(float x) {
    return libm::floorf(x);
}
ASP_FN double exp(double x) {
    return libm::exp(x);
}
ASP_FN float exp(float x) {
    return libm::expf(x);
}
ASP_FN double log(double x) {
    return libm::log(x);
}
ASP_FN float log(float x) {
    return libm::logf(x);
}
ASP_FN double sin(double x) {
    return libm::sin(x);
}
ASP_FN float sin(float x) {
    return libm::sinf(x);
}
ASP_FN double cos(double x) {
    return libm::cos(x);
}
ASP_FN float cos(float x) {
    return libm::cosf(x);
}
ASP_FN double tan(double x) {
    return libm::tan(x);
}
ASP_FN float tan(float x) {
    return libm::tanf(x);
}
ASP_FN double asin(double x) {
    return libm::asin(x);
}
ASP_FN float asin(float x) {
    return libm::asinf(x);
}
ASP_FN double acos(double x) {
    return libm::acos(x);
}
ASP_FN float acos(float x) {
    return libm::acosf(x);
}
ASP_FN double atan(double x) {
    return libm::atan(x);
}
ASP_FN float atan(float x) {
    return libm::atanf(x);
}
ASP_FN double sinh(double x) {
    return libm::sinh(x);
}
ASP_FN float sinh(float x) {
    return libm::sinhf(x);
}
ASP_FN double cosh(double x) {
    return libm::cosh(x);
}
ASP_FN float cosh(float x) {
    return libm::coshf(x);
}
ASP_FN double tanh(double x) {
    return libm::tanh(x);
}
ASP_FN float tanh(float x) {
    return libm::tanhf(x);
}
ASP_FN double cbrt(double x) {
    return libm::cbrt(x);
}
ASP_FN float cbrt(float x) {
    return libm::cbrtf(x);
}
ASP_FN double pow(double base, double exponent) {
    return libm::pow(base, exponent);
}
ASP_FN float pow(float base, float exponent) {
    return libm::powf(base, exponent);
}
ASP_FN double atan2(double y, double x) {
    return libm::atan2(y, x);
}
ASP_FN float atan2(float y, float x) {
    return libm::atan2f(y, x);
}
// As selects: calls of fmin and fmax keep g++ from vectorizing. Of 0 and -0, and where one is NaN,
// the second.
ASP_FN double min(double a, double b) {
    return a < b ? a : b;
}
ASP_FN float min(float a, float b) {
    return a < b ? a : b;
}
ASP_FN double max(double a, double b) {
    return a > b ? a : b;
}
ASP_FN float max(float a, float b) {
    return a > b ? a : b;
}
template <class To, class From>
ASP_FN To same_bits(From x) {
    static_assert(sizeof(To) == sizeof(From));
    To y;
#if defined(__CUDACC__)
    memcpy(&y, &x, sizeof y);
#else
    __builtin_memcpy(&y, &x, sizeof y);
#endif
    return y;
}
/// 1 / (2 sqrt(x)) to a relative error below 2e-3, x > 0: an integer guess (3.5 %) and one Newton
/// step, for places where only a bound or a scale is needed. It leaves the divide and root unit
/// free.
ASP_FN double approximate_half_inverse_sqrt(double x) {
    const long bits = 0x5fe6eb50c7b537a9L - (same_bits<long>(x) >> 1);
    const double y = same_bits<double>(bits);
    return y * (0.75 - 0.25 * x * y * y);
}

}  // namespace asp

#pragma once

#include <cmath>
#include <complex>

namespace krylov::detail {

template <class Scalar>
struct RealOf {
    using type = Scalar;
};
template <class Real>
struct RealOf<std::complex<Real>> {
    using type = Real;
};
template <class Scalar>
using Real = typename RealOf<Scalar>::type;

inline bool has_fused_multiply_add() {
    static const bool has = __builtin_cpu_supports("fma") != 0;
    return has;
}

/// sum + a x, rounded as all kernels do: once where the processor can.
inline double multiply_add(double a, double x, double sum) {
    return has_fused_multiply_add() ? std::fma(a, x, sum) : a * x + sum;
}
inline float multiply_add(float a, float x, float sum) {
    return has_fused_multiply_add() ? std::fma(a, x, sum) : a * x + sum;
}
template <class R>
std::complex<R> multiply_add(std::complex<R> a, std::complex<R> x, std::complex<R> sum) {
    return {multiply_add(-a.imag(), x.imag(), multiply_add(a.real(), x.real(), sum.real())),
            multiply_add(a.imag(), x.real(), multiply_add(a.real(), x.imag(), sum.imag()))};
}
template <class R>
std::complex<R> multiply_add(R a, std::complex<R> x, std::complex<R> sum) {
    return {multiply_add(a, x.real(), sum.real()), multiply_add(a, x.imag(), sum.imag())};
}

}  // namespace krylov::detail

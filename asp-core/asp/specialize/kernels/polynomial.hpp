#pragma once
#include "asp/kernel/arguments.hpp"
#include "asp/kernel/prelude.hpp"

namespace asp {

/// c[0] + c[1] x + ... by Horner's rule: as few operations as there can be, one after the other.
template <int degree>
ASP_FN double horner(const double* c, double x) {
    double y = c[degree];
    for (int k = degree - 1; k >= 0; --k) y = y * x + c[k];
    return y;
}

/// The same in halves, low + x^half * high (Estrin): more operations, fewer that wait for others.
template <int degree>
ASP_FN double estrin(const double* c, double x) {
    if constexpr (degree < 2) {
        return horner<degree>(c, x);
    } else {
        constexpr int half = (degree + 1) / 2;
        double power = x;
        for (int k = 1; k < half; ++k) power *= x;
        return estrin<half - 1>(c, x) + power * estrin<degree - half>(c + half, x);
    }
}

/// y[i] = p(x[i]) for i in [lo, hi). Array 0: x, array 1: y, scalars: what the coefficients depend
/// on. Polynomial: `degree` and `coefficients(scalars, c)`; Configuration: `in_halves`. Always 0.
/// A chunk has a constant trip count, so that a value does not depend on its place.
template <class Polynomial, class Configuration>
ASP_KERNEL int evaluate_polynomial(const Arguments& arguments, long lo, long hi) {
    constexpr long chunk = 16;
    constexpr int degree = Polynomial::degree;
    const double* const x = static_cast<const double*>(arguments.arrays[0]);
    double* const y = static_cast<double*>(arguments.arrays[1]);
    double c[degree + 1];
    Polynomial::coefficients(arguments.scalars, c);
    for (long first = lo; first < hi; first += chunk) {
        const long count = first + chunk < hi ? chunk : hi - first;
        double in[chunk], out[chunk];
        for (long i = 0; i < chunk; ++i) in[i] = x[first + (i < count ? i : 0)];
        ASP_SIMD_FOR(i, 0, chunk)
        out[i] = Configuration::in_halves ? estrin<degree>(c, in[i]) : horner<degree>(c, in[i]);
        for (long i = 0; i < count; ++i) y[first + i] = out[i];
    }
    return 0;
}

}  // namespace asp

#pragma once
// Short vectors of one instruction set's width, and what EM's kernels do with them. Freestanding.
// All sums over lanes are made in one order, so that a result depends on the width alone.

#include "asp/kernel/prelude.hpp"

namespace gmm {

template <class Real, int lanes>
struct LanesOf {
    using Whole = decltype([] {
        if constexpr (sizeof(Real) == 4)
            return unsigned{};
        else
            return 0UL;
    }());
    typedef Real Vector __attribute__((vector_size(lanes * sizeof(Real))));
    typedef Whole Mask __attribute__((vector_size(lanes * sizeof(Real))));
    /// Of memory that is aligned for its elements alone.
    typedef Real Unaligned
        __attribute__((vector_size(lanes * sizeof(Real)), aligned(sizeof(Real)), may_alias));
};

template <class V, class Real>
ASP_FN V load(const Real* from) {
    constexpr int lanes = sizeof(V) / sizeof(Real);
    return *reinterpret_cast<const typename LanesOf<Real, lanes>::Unaligned*>(from);
}
template <class V, class Real>
ASP_FN void store(Real* to, V value) {
    constexpr int lanes = sizeof(V) / sizeof(Real);
    *reinterpret_cast<typename LanesOf<Real, lanes>::Unaligned*>(to) = value;
}

template <class V, class Real>
ASP_FN V all_lanes(Real value) {
    return V{} + value;
}

/// a b + c, rounded once where the machine can: left to itself the compiler decides that anew with
/// every loop, and kernels would differ in the last bit.
#if defined(__FMA__)
ASP_FN double fused(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}
ASP_FN float fused(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}
#else
template <class Real>
ASP_FN Real fused(Real a, Real b, Real c) {
    return a * b + c;
}
#endif

/// The larger of two; `b` where `a` is NaN.
template <class V>
ASP_FN V larger(V a, V b) {
    return a > b ? a : b;
}

/// `a`, but no less than `least`, and `least` for NaN.
template <class Real, class V>
ASP_FN V at_least(V a, Real least) {
    return larger(a, all_lanes<V>(least));
}

template <int... place>
struct Places {};
template <int count, int... place>
struct PlacesTo : PlacesTo<count - 1, count - 1, place...> {};
template <int... place>
struct PlacesTo<0, place...> {
    using type = Places<place...>;
};

/// Of each stretch of 2 `half` lanes of `a` and `b`: the halves at `from` side by side.
template <int half, int from, class V, int... place>
ASP_FN V halves(V a, V b, Places<place...>) {
    constexpr int lanes = sizeof...(place);
    return __builtin_shufflevector(
        a, b, (place % (2 * half) < half ? place + from : place - half + from + lanes)...);
}

/// Lane i of the result is `op` over the lanes of rows[i], combined half with half. `rows` is
/// spent.
template <int half, int lanes, class V, class Op>
ASP_FN V over_lanes(V (&rows)[lanes], Op op) {
    if constexpr (half == 0) {
        return rows[0];
    } else {
        using All = typename PlacesTo<lanes>::type;
        for (int i = 0; i < half; ++i)
            rows[i] = op(halves<half, 0>(rows[i], rows[i + half], All()),
                         halves<half, half>(rows[i], rows[i + half], All()));
        return over_lanes<half / 2>(rows, op);
    }
}

/// Rows become columns. Begin with half = lanes / 2.
template <int half, int lanes, class V>
ASP_FN void transpose(V (&rows)[lanes]) {
    if constexpr (half > 0) {
        using All = typename PlacesTo<lanes>::type;
        for (int i = 0; i < lanes; ++i) {
            if (i % (2 * half) >= half) continue;
            const V a = rows[i], b = rows[i + half];
            rows[i] = halves<half, 0>(a, b, All());
            rows[i + half] = halves<half, half>(a, b, All());
        }
        transpose<half / 2>(rows);
    }
}

template <class To, class From>
ASP_FN To same_bits_of(From value) {
    static_assert(sizeof(To) == sizeof(From));
    return reinterpret_cast<To>(value);
}

template <class Real>
inline constexpr Real infinity = static_cast<Real>(__builtin_inf());

/// What exp_of_negative() works with. The polynomials are 1 + r q(r), q interpolating in
/// Chebyshev's points for |r| <= ln(2)/2: relative errors 5.1e-9 and 8.9e-18 before rounding.
template <class Real>
struct Exponential;
template <>
struct Exponential<float> {
    static constexpr float round = 0x1.8p23F, least = -64.0F, lowest = -0x1.fffffep127F;
    static constexpr int mantissa = 23, terms = 7;
    static constexpr float coefficient[terms] = {1.0F,
                                                 1.0000000108039524F,
                                                 0.50000000134981781F,
                                                 0.16666504936963597F,
                                                 0.041666464602026547F,
                                                 0.0083691843822919654F,
                                                 0.0013933685862616884F};
};
template <>
struct Exponential<double> {
    static constexpr double round = 0x1.8p52, least = -600.0, lowest = -0x1.fffffffffffffp1023;
    static constexpr int mantissa = 52, terms = 12;
    static constexpr double coefficient[terms] = {1.0,
                                                  1.0,
                                                  0.50000000000000056,
                                                  0.16666666666666846,
                                                  0.041666666666572809,
                                                  0.0083333333332440522,
                                                  0.0013888888932608169,
                                                  0.00019841270031051365,
                                                  2.4801504191698559e-05,
                                                  2.7557125251084513e-06,
                                                  2.7626422897241256e-07,
                                                  2.5144646989611771e-08};
};

/// e^x for x <= 0, to an ulp or two near 0 (ln 2 is in one part, so that n 1.9e-9 and n 2.3e-17
/// come on top, n = -x / ln 2); 0 below Exponential::least (1.6e-28 and 2.7e-261), so that no
/// product with it becomes subnormal, which would be slow.
template <class Real, int lanes, class V>
ASP_FN V exp_of_negative(V x) {
    using E = Exponential<Real>;
    using Mask = typename LanesOf<Real, lanes>::Mask;
    const V shifted = x * Real(1.4426950408889634) + E::round;
    const V n = shifted - E::round;
    const V r = x - n * Real(0.69314718055994531);
    V p = all_lanes<V>(E::coefficient[E::terms - 1]);
    for (int i = E::terms - 2; i >= 0; --i) p = p * r + E::coefficient[i];
    // The whole number n stands in the low bits of `shifted`.
    const Mask bits = same_bits_of<Mask>(p) + (same_bits_of<Mask>(shifted) << E::mantissa);
    return x > E::least ? same_bits_of<V>(bits) : V{};
}

}  // namespace gmm

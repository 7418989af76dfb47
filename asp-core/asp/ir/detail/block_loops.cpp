// Compiled once for each instruction set, with ASP_BLOCK_LOOPS and ASP_INSTRUCTION_SET set by
// CMake. No function of a standard header is called: the linker would merge its copies, and the
// one kept may be of a set that the machine lacks.
#include "asp/ir/detail/block_loops.hpp"

#include <utility>

namespace asp::ir::detail {
namespace {

#define ASP_INLINE inline __attribute__((always_inline))

/// The C library's function in double, whatever the type: the float nearest to it, the same as
/// evaluate() gives. Not vectorized: libmvec is up to 4 ulp off, and not the same on all machines.
template <Op op>
ASP_INLINE double library(double a, double b) {
    if constexpr (op == Op::cube_root) return __builtin_cbrt(a);
    if constexpr (op == Op::exponential) return __builtin_exp(a);
    if constexpr (op == Op::logarithm) return __builtin_log(a);
    if constexpr (op == Op::sine) return __builtin_sin(a);
    if constexpr (op == Op::cosine) return __builtin_cos(a);
    if constexpr (op == Op::tangent) return __builtin_tan(a);
    if constexpr (op == Op::arc_sine) return __builtin_asin(a);
    if constexpr (op == Op::arc_cosine) return __builtin_acos(a);
    if constexpr (op == Op::arc_tangent) return __builtin_atan(a);
    if constexpr (op == Op::hyperbolic_sine) return __builtin_sinh(a);
    if constexpr (op == Op::hyperbolic_cosine) return __builtin_cosh(a);
    if constexpr (op == Op::hyperbolic_tangent) return __builtin_tanh(a);
    if constexpr (op == Op::power) return __builtin_pow(a, b);
    if constexpr (op == Op::arc_tangent_2) return __builtin_atan2(a, b);
}

template <Op op>
ASP_INLINE double absolute_or_root(double a) {
    if constexpr (op == Op::absolute) return __builtin_fabs(a);
    if constexpr (op == Op::square_root) return __builtin_sqrt(a);
    if constexpr (op == Op::round_down) return __builtin_floor(a);
}
template <Op op>
ASP_INLINE float absolute_or_root(float a) {
    if constexpr (op == Op::absolute) return __builtin_fabsf(a);
    if constexpr (op == Op::square_root) return __builtin_sqrtf(a);
    if constexpr (op == Op::round_down) return __builtin_floorf(a);
}

template <Op op, class Real>
ASP_INLINE Real apply(Real a, Real b, Real c) {
    if constexpr (op == Op::constant || op == Op::argument)
        return a;
    else if constexpr (op == Op::negate)
        return -a;
    else if constexpr (op == Op::absolute || op == Op::square_root || op == Op::round_down)
        return absolute_or_root<op>(a);
    else if constexpr (op == Op::add)
        return a + b;
    else if constexpr (op == Op::subtract)
        return a - b;
    else if constexpr (op == Op::multiply)
        return a * b;
    else if constexpr (op == Op::divide)
        return a / b;
    else if constexpr (op == Op::minimum)
        return a < b ? a : b;
    else if constexpr (op == Op::maximum)
        return a > b ? a : b;
    else if constexpr (op == Op::logical_not)
        return a == 0 ? Real{1} : Real{0};
    else if constexpr (op == Op::less)
        return a < b ? Real{1} : Real{0};
    else if constexpr (op == Op::less_equal)
        return a <= b ? Real{1} : Real{0};
    else if constexpr (op == Op::equal)
        return a == b ? Real{1} : Real{0};
    else if constexpr (op == Op::not_equal)
        return a != b ? Real{1} : Real{0};
    else if constexpr (op == Op::logical_and)
        return ((a != 0) & (b != 0)) ? Real{1} : Real{0};
    else if constexpr (op == Op::logical_or)
        return ((a != 0) | (b != 0)) ? Real{1} : Real{0};
    else if constexpr (op == Op::select)
        return a != 0 ? b : c;
    else
        return static_cast<Real>(library<op>(a, b));
}

template <OpCode code, class Real>
ASP_INLINE Real result(Real a, Real b, Real c) {
    if constexpr (is_fused(code)) {
        const Real inner = apply<operation(inner_of(code))>(a, b, Real{});
        if constexpr (outer_of(code) == Outer::subtract_from)
            return c - inner;
        else
            return apply<operation(outer_of(code))>(inner, c, Real{});
    } else {
        return apply<static_cast<Op>(code)>(a, b, c);
    }
}

template <OpCode code, unsigned one, class Real>
void loop(Real* out, const Real* a, const Real* b, const Real* c, std::size_t count) {
    const Real a0 = *a, b0 = *b, c0 = *c;
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i)
        out[i] = result<code, Real>(one & 1 ? a0 : a[i], one & 2 ? b0 : b[i], one & 4 ? c0 : c[i]);
}

template <OpCode code>
constexpr std::size_t modes = is_fused(code) || code == code_of(Op::select) ? 7
                              : code >= code_of(Op::add)                    ? 3
                                                                            : 1;

template <class Real, OpCode code, std::size_t... one>
constexpr void fill(std::array<Loop<Real>, 7>& row, std::index_sequence<one...>) {
    ((row[one] = one < modes<code> ? loop < code, one < modes<code> ? one : 0, Real > : nullptr),
     ...);
}

template <class Real, std::size_t... code>
constexpr Loops<Real> loops(std::index_sequence<code...>) {
    Loops<Real> table{};
    (fill<Real, static_cast<OpCode>(code)>(table[code], std::make_index_sequence<7>{}), ...);
    return table;
}

}  // namespace

extern constexpr BlockLoops ASP_BLOCK_LOOPS{
    ASP_INSTRUCTION_SET,
    loops<double>(std::make_index_sequence<code_count>{}),
    loops<float>(std::make_index_sequence<code_count>{}),
};

}  // namespace asp::ir::detail

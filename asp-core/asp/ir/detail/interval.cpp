#include "asp/ir/detail/interval.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace asp::ir::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Interval all{-infinity, infinity};
constexpr double pi = std::numbers::pi;

// Units in the last place by which bounds are widened: IEEE arithmetic is exact to half of one, the
// mathematical library to about two.
constexpr int arithmetic = 1, library = 4;

bool empty(const Interval& x) {
    return !(x.low <= x.high);
}
bool is_point(const Interval& x) {
    return x.low == x.high;
}
bool has_zero(const Interval& x) {
    return x.contains(0.0);
}
bool has_infinity(const Interval& x) {
    return !empty(x) && !x.bounded();
}

Interval hull(const Interval& x, const Interval& y) {
    return {std::min(x.low, y.low), std::max(x.high, y.high)};
}
Interval with(const Interval& x, double y) {
    return hull(x, {y, y});
}
Interval clipped(const Interval& x, double low, double high) {
    return {std::max(x.low, low), std::min(x.high, high)};
}

/// A bound 0 stays: it is exact, or rounded from where 0 is the value computed.
Interval widened(Interval x, int places) {
    for (int i = 0; i < places; ++i) {
        if (x.low != 0.0) x.low = std::nextafter(x.low, -infinity);
        if (x.high != 0.0) x.high = std::nextafter(x.high, infinity);
    }
    return x;
}

/// The hull of f at the corners of two intervals; where a corner has no value others bound it.
template <class F>
Interval over_corners(const Interval& x, const Interval& y, const F& f) {
    Interval result = no_values;
    for (const double a : {x.low, x.high})
        for (const double b : {y.low, y.high})
            if (const double value = f(a, b); !std::isnan(value)) result = with(result, value);
    return result;
}

Enclosure rising(Op op, const Interval& x, int places = library) {
    return {widened({evaluate(op, x.low), evaluate(op, x.high)}, places), false};
}

/// f where it is defined, from `low` to `high`.
Enclosure partial(Op op, const Interval& x, double low, double high, int places = library) {
    const Interval domain = clipped(x, low, high);
    Enclosure result{no_values, x.low < low || x.high > high};
    if (empty(domain)) return result;
    result.values = rising(op, domain, places).values;
    if (op == Op::arc_cosine)
        result.values = widened({std::acos(domain.high), std::acos(domain.low)}, places);
    return result;
}

/// Whether offset + k * period lies between the bounds for some whole k; rather too often.
bool passes(const Interval& x, double offset, double period) {
    const double slack = 1e-9;
    return std::floor((x.high - offset) / period + slack) >=
           std::ceil((x.low - offset) / period - slack);
}

Enclosure wave(Op op, const Interval& x) {
    const bool nan = has_infinity(x);
    // beyond 1e6 the slack above would have to grow
    if (!x.bounded() || std::max(std::abs(x.low), std::abs(x.high)) > 1e6)
        return {{-1.0, 1.0}, nan};
    Interval values =
        widened(with({evaluate(op, x.low), evaluate(op, x.low)}, evaluate(op, x.high)), library);
    const double peak = op == Op::sine ? pi / 2.0 : 0.0;
    if (passes(x, peak, 2.0 * pi)) values.high = 1.0;
    if (passes(x, peak + pi, 2.0 * pi)) values.low = -1.0;
    return {clipped(values, -1.0, 1.0), false};
}

Enclosure tangent(const Interval& x) {
    if (!x.bounded()) return {all, true};
    if (std::max(std::abs(x.low), std::abs(x.high)) > 1e6 || passes(x, pi / 2.0, pi))
        return {{-1e30, 1e30}, false};  // no double is a pole: tan stays below 1e20
    return rising(Op::tangent, x);
}

Interval magnitude(const Interval& x) {
    const double low = std::abs(x.low), high = std::abs(x.high);
    return {has_zero(x) ? 0.0 : std::min(low, high), std::max(low, high)};
}

Enclosure of_unary(Op op, const Interval& x) {
    switch (op) {
        case Op::negate:
            return {{-x.high, -x.low}, false};
        case Op::absolute:
            return {magnitude(x), false};
        case Op::square_root:
            return partial(op, x, 0.0, infinity, arithmetic);
        case Op::logarithm:
            return partial(op, x, 0.0, infinity);
        case Op::arc_sine:
        case Op::arc_cosine:
            return partial(op, x, -1.0, 1.0);
        case Op::sine:
        case Op::cosine:
            return wave(op, x);
        case Op::tangent:
            return tangent(x);
        case Op::hyperbolic_cosine: {
            const Interval values = rising(op, magnitude(x)).values;
            return {clipped(values, 1.0, infinity), false};
        }
        case Op::hyperbolic_tangent:
            return {clipped(rising(op, x).values, -1.0, 1.0), false};
        case Op::exponential:
            return {clipped(rising(op, x).values, 0.0, infinity), false};
        case Op::round_down:
            return rising(op, x, 0);
        case Op::logical_not:
            return {{1.0 - x.high, 1.0 - x.low}, false};
        default:
            return rising(op, x);
    }
}

Enclosure of_sum(const Interval& x, const Interval& y) {
    Interval sum{x.low + y.low, x.high + y.high};
    if (std::isnan(sum.low)) sum.low = -infinity;
    if (std::isnan(sum.high)) sum.high = infinity;
    const bool nan =
        (x.low == -infinity && y.high == infinity) || (x.high == infinity && y.low == -infinity);
    return {widened(sum, arithmetic), nan};
}

Enclosure of_product(const Interval& x, const Interval& y, bool same) {
    if (same) {
        const Interval size = magnitude(x);
        return {widened({size.low * size.low, size.high * size.high}, arithmetic), false};
    }
    const bool nan = (has_zero(x) && has_infinity(y)) || (has_infinity(x) && has_zero(y));
    Interval values = over_corners(x, y, [](double a, double b) { return a * b; });
    if (nan) values = with(values, 0.0);
    return {widened(values, arithmetic), nan};
}

Enclosure of_quotient(const Interval& x, const Interval& y, bool same) {
    const bool zeros = has_zero(x) && has_zero(y);
    const bool nan = zeros || (has_infinity(x) && has_infinity(y));
    if (same) return {is_point(x) && nan ? no_values : Interval{1.0, 1.0}, nan};
    if (has_zero(y)) {  // which may be -0
        if (x != Interval{0.0, 0.0}) return {all, nan};
        return {is_point(y) ? no_values : x, nan};
    }
    return {widened(over_corners(x, y, [](double a, double b) { return a / b; }), arithmetic), nan};
}

/// x^y of bases that are not negative: monotone in each of the two.
Interval of_positive_power(const Interval& x, const Interval& y) {
    return widened(over_corners(x, y, [](double a, double b) { return std::pow(a, b); }), library);
}

Enclosure of_power(const Interval& x, const Interval& y) {
    const bool constant = is_point(y) && y.bounded();
    const bool whole = constant && y.low == std::floor(y.low);
    if (whole && std::fmod(y.low, 2.0) == 0.0) return {of_positive_power(magnitude(x), y), false};
    if (whole && y.low > 0.0)
        return {widened({std::pow(x.low, y.low), std::pow(x.high, y.low)}, library), false};
    if (whole && has_zero(x)) return {all, false};  // the sign of 0 decides that of the pole
    if (whole && x.high < 0.0) {
        const Interval size = of_positive_power(magnitude(x), y);
        return {{-size.high, -size.low}, false};
    }
    Interval values = no_values;
    if (x.high >= 0.0) values = of_positive_power(magnitude(clipped(x, 0.0, infinity)), y);
    bool nan = false;
    if (x.low < 0.0) {
        // -inf has powers, other negative numbers whole ones only
        const Interval size = of_positive_power(magnitude(x), y);
        if (!constant || x.low == -infinity) values = hull(values, {-size.high, size.high});
        nan = x.high > -infinity;
    } else if (has_zero(x) && y.low < 0.0 && !constant) {
        values = with(values, -infinity);  // (-0)^-1
    }
    return {values, nan};
}

Enclosure of_angle(const Interval& y, const Interval& x) {
    const bool beside_cut = x.low > 0.0 || y.low > 0.0 || y.high < 0.0;
    const double most = std::nextafter(pi, 4.0);
    if (!beside_cut) return {{-most, most}, false};
    const auto angle = [](double a, double b) { return std::atan2(a, b); };
    return {clipped(widened(over_corners(y, x, angle), library), -most, most), false};
}

Enclosure truth(bool can_be_true, bool can_be_false) {
    return {{can_be_false ? 0.0 : 1.0, can_be_true ? 1.0 : 0.0}, false};
}

/// With NaN no comparison holds but "not equal".
Enclosure of_comparison(Op op, const Enclosure& x, const Enclosure& y, bool same) {
    const Interval &a = x.values, &b = y.values;
    const bool nan = x.may_be_nan || y.may_be_nan, numbers = !empty(a) && !empty(b);
    const bool meet = numbers && a.low <= b.high && b.low <= a.high;
    const bool apart = numbers && !same && !(is_point(a) && a == b);
    switch (op) {
        case Op::less:
            return truth(numbers && !same && a.low < b.high,
                         nan || (numbers && (same || a.high >= b.low)));
        case Op::less_equal:
            return truth(numbers && (same || a.low <= b.high),
                         nan || (numbers && !same && a.high > b.low));
        case Op::equal:
            return truth(meet, nan || apart);
        default:
            return truth(nan || apart, meet);
    }
}

/// a < b ? a : b, and so b where one of them is NaN
Enclosure of_least(const Enclosure& x, const Enclosure& y) {
    const Interval &a = x.values, &b = y.values;
    if (empty(a) || empty(b)) return y;
    const Interval least{std::min(a.low, b.low), std::min(a.high, b.high)};
    return {x.may_be_nan ? hull(least, b) : least, y.may_be_nan};
}

Enclosure negated(const Enclosure& x) {
    if (empty(x.values)) return x;
    return {{-x.values.high, -x.values.low}, x.may_be_nan};
}

Enclosure of_binary(Op op, const Interval& x, const Interval& y, bool same) {
    switch (op) {
        case Op::add:
            return same ? of_sum(x, x) : of_sum(x, y);
        case Op::subtract:
            if (same) return {{0.0, 0.0}, has_infinity(x)};
            return of_sum(x, {-y.high, -y.low});
        case Op::multiply:
            return of_product(x, y, same);
        case Op::divide:
            return of_quotient(x, y, same);
        case Op::power:
            return of_power(x, y);
        case Op::arc_tangent_2:
            return of_angle(x, y);
        case Op::logical_and:
            return truth(x.high == 1.0 && y.high == 1.0, x.low == 0.0 || y.low == 0.0);
        default:  // logical_or
            return truth(x.high == 1.0 || y.high == 1.0, x.low == 0.0 && y.low == 0.0);
    }
}

}  // namespace

Enclosure enclosure(Op op, const Enclosure& a, const Enclosure& b, const Enclosure& c, bool same) {
    switch (op) {
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal:
            return of_comparison(op, a, b, same);
        case Op::minimum:
            return of_least(a, b);
        case Op::maximum:
            return negated(of_least(negated(a), negated(b)));
        case Op::select:
            if (is_point(a.values)) return a.values.low != 0.0 ? b : c;
            return {hull(b.values, c.values), b.may_be_nan || c.may_be_nan};
        default:
            break;
    }
    const bool unary = operand_count(op) == 1;
    const bool nan = a.may_be_nan || (!unary && b.may_be_nan);
    Enclosure result{no_values, true};
    if (!empty(a.values) && (unary || !empty(b.values)))
        result = unary ? of_unary(op, a.values) : of_binary(op, a.values, b.values, same);
    result.may_be_nan = result.may_be_nan || nan;
    if (op == Op::power && nan) result.values = with(result.values, 1.0);  // NaN^0, 1^NaN
    return result;
}

}  // namespace asp::ir::detail

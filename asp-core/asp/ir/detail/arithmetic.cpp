#include <cmath>
#include <limits>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lowering.hpp"

namespace asp::ir::detail {
namespace {

std::string plural(const Value& value) {
    return value.kind == Value::Kind::field   ? "fields"
           : value.kind == Value::Kind::point ? "points"
                                              : "sets of points";
}

/// Why values cannot be alternatives of each other, as "x and y"; empty if they can.
std::string mismatch(const Value& a, const Value& b) {
    if (a.is_wrong() || b.is_wrong() || a == b) return {};
    if (a.kind == b.kind && a.kind >= Value::Kind::field) return "two " + plural(a);
    const bool lists = a.is_sequence() && b.is_sequence();
    if (a.kind != b.kind || (lists && a.size() != b.size()))
        return describe(a) + " and " + describe(b);
    if (a.is_number() && !fit(a.unit, b.unit)) return describe(a.unit) + " and " + describe(b.unit);
    return {};
}

}  // namespace

Expression Lowering::real(const Value& value, Span span) {
    if (value.is_number())
        return value.whole ? graph_.constant(static_cast<double>(*value.whole)) : value.expression;
    if (value.is_condition())
        wrong(span, "this is a condition, not a number; write '1.0 if condition else 0.0'");
    else if (value.is_sequence())
        wrong(span, "this is " + describe(value) + ", not a number; compute with its elements");
    else if (value.kind == Value::Kind::field)
        wrong(span, "this is a field, not a number; read it at a point: u[p]");
    else if (value.kind == Value::Kind::point)
        wrong(span, "this is a point, not a number; its indices are p[0], p[1], ...");
    else if (value.kind == Value::Kind::reduced)
        wrong(span, "this is known after the last point only; return it, and compute with that");
    else if (value.kind == Value::Kind::region)
        wrong(span, "these are points of a grid, not a number; they are for a loop: for p in ...");
    return {};
}

Expression Lowering::condition(const Value& value, Span span) {
    if (value.is_condition()) return value.expression;
    if (value.is_number())
        wrong(span, "this is a number, not a condition; write a comparison such as '!= 0'");
    else if (value.is_sequence())
        wrong(span, "this is " + describe(value) + ", not a condition");
    else if (!value.is_wrong())
        real(value, span);
    return {};
}

bool Lowering::both_numbers(const Value& a, const Value& b, Span left, Span right) {
    const bool a_is = static_cast<bool>(real(a, left));
    return static_cast<bool>(real(b, right)) && a_is;
}

bool Lowering::same_unit(const Value& a, const Value& b, Span span, std::string_view what) {
    if (fit(a.unit, b.unit)) return true;
    const bool adds = what == "add", subtracts = what == "subtract";
    const std::string one = describe(a.unit), other = describe(b.unit);
    if (adds || subtracts)
        wrong(span, "cannot " + std::string(what) + " " + other + (adds ? " to " : " from ") + one);
    else
        wrong(span, "cannot " + std::string(what) + " " + one + " and " + other);
    return false;
}

void Lowering::refuse_operator(const Operator& operation) {
    const std::string_view text = operation.text;
    std::string hint;
    if (text == "^") hint = "; a power is written '**'";
    if (text == "&") hint = "; write 'and'";
    if (text == "|") hint = "; write 'or'";
    if (text == "@") hint = "; write the sums out";
    wrong(operation.span, quoted(text) + " is not supported here" + hint);
}

Value Lowering::binary(std::string_view operation, const Value& a, const Value& b, Span left,
                       Span right) {
    if (std::optional<Value> value = shifted(operation, a, b, left, right)) return *value;
    if (!both_numbers(a, b, left, right)) return {};
    const bool divides = operation == "/" || operation == "//" || operation == "%";
    if (divides && a.is_constant() && b.is_constant() && b.constant() == 0.0)
        return wrong(right, "division by zero");
    if (a.whole && b.whole && operation != "/")
        return whole_arithmetic(operation, *a.whole, *b.whole, right);
    return real_arithmetic(operation, a, b, left, right);
}

/// As Python's, but what no longer fits 64 bits becomes a real number.
Value Lowering::whole_arithmetic(std::string_view operation, std::int64_t a, std::int64_t b,
                                 Span right) {
    std::int64_t result = 0;
    bool overflow = false;
    if (operation == "+") {
        overflow = __builtin_add_overflow(a, b, &result);
    } else if (operation == "-") {
        overflow = __builtin_sub_overflow(a, b, &result);
    } else if (operation == "*") {
        overflow = __builtin_mul_overflow(a, b, &result);
    } else if (b == -1) {  // the most negative number divided by it overflows
        if (operation == "%") return whole_value(0);
        overflow = __builtin_sub_overflow(std::int64_t{0}, a, &result);
    } else {
        const std::int64_t rest = a % b;
        const bool below = rest != 0 && (rest < 0) != (b < 0);  // Python rounds down
        result = operation == "%" ? rest + (below ? b : 0) : a / b - (below ? 1 : 0);
    }
    if (!overflow) return whole_value(result);
    const auto real_number = [&](std::int64_t x) {
        return number_value(graph_.constant(static_cast<double>(x)), Dimension{});
    };
    return real_arithmetic(operation, real_number(a), real_number(b), right, right);
}

Value Lowering::real_arithmetic(std::string_view operation, const Value& a, const Value& b,
                                Span left, Span right) {
    const Expression x = real(a, left), y = real(b, right);
    const bool known = a.unit && b.unit;
    if (operation == "+") {
        if (!same_unit(a, b, right, "add")) return {};
        return number_value(x + y, common(a.unit, b.unit));
    }
    if (operation == "-") {
        if (!same_unit(a, b, right, "subtract")) return {};
        return number_value(x - y, common(a.unit, b.unit));
    }
    if (operation == "*") return number_value(x * y, known ? Unit(*a.unit * *b.unit) : Unit{});
    if (operation == "/") return number_value(x / y, known ? Unit(*a.unit / *b.unit) : Unit{});
    return floor_division(operation == "%", a, b, right);
}

Value Lowering::floor_division(bool remainder, const Value& a, const Value& b, Span span) {
    if (!a.is_constant() || !b.is_constant())
        return wrong(span, remainder ? "'%' is for constants only; write a - b * floor(a / b)"
                                     : "'//' is for constants only; write floor(a / b)");
    // as CPython's float_divmod
    const double x = a.constant(), y = b.constant();
    double rest = std::fmod(x, y), quotient = (x - rest) / y;
    if (rest == 0.0) {
        rest = std::copysign(0.0, y);
    } else if ((y < 0.0) != (rest < 0.0)) {
        rest += y;
        quotient -= 1.0;
    }
    if (quotient == 0.0) {
        quotient = std::copysign(0.0, x / y);
    } else {
        const double floored = std::floor(quotient);
        quotient = quotient - floored > 0.5 ? floored + 1.0 : floored;
    }
    if (remainder) return number_value(graph_.constant(rest), common(a.unit, b.unit));
    return number_value(graph_.constant(quotient), Dimension{});
}

Value Lowering::negated(const Value& value, Span span) {
    if (value.whole && *value.whole != std::numeric_limits<std::int64_t>::min())
        return whole_value(-*value.whole);
    const Expression operand = real(value, span);
    return operand ? number_value(-operand, value.unit) : Value{};
}

Value Lowering::whole_power(std::int64_t base, std::int64_t exponent, Span span) {
    const double approximate = std::pow(static_cast<double>(base), static_cast<double>(exponent));
    if (exponent < 0) {
        if (base == 0) return wrong(span, "division by zero");
        return number_value(graph_.constant(approximate), Dimension{});
    }
    std::int64_t result = 1, square = base;
    bool overflow = false;
    for (std::int64_t rest = exponent; rest != 0 && !overflow; rest >>= 1) {
        if (rest & 1) overflow = __builtin_mul_overflow(result, square, &result);
        if (rest > 1) overflow = overflow || __builtin_mul_overflow(square, square, &square);
    }
    return overflow ? number_value(graph_.constant(approximate), Dimension{}) : whole_value(result);
}

Value Lowering::power(const Value& base, const Value& exponent, Span left, Span right) {
    if (!both_numbers(base, exponent, left, right)) return {};
    if (base.whole && exponent.whole) return whole_power(*base.whole, *exponent.whole, right);
    if (!fit(exponent.unit, Dimension{}))
        return wrong(right, "an exponent must be a plain number, not " + describe(exponent.unit));
    const Expression result = ir::power(real(base, left), real(exponent, right));
    if (!base.unit || base.unit->is_number()) return number_value(result, base.unit);
    if (!exponent.is_constant())
        return wrong(left, "a power with a variable exponent wants a plain number, not " +
                               describe(base.unit));
    const auto unit = ir::power(*base.unit, exponent.constant());
    if (!unit) return wrong(right, describe(base.unit) + " to this power is no unit");
    return number_value(result, *unit);
}

Value Lowering::chosen(Expression decides, const Value& a, const Value& b, Span span) {
    spend(1, span);
    if (a.is_wrong() || b.is_wrong()) return {};
    if (const std::string pair = mismatch(a, b); !pair.empty())
        return wrong(span, "cannot choose between " + pair);
    if (a == b) return a;
    if (a.is_condition()) return condition_value(select(decides, a.expression, b.expression));
    if (a.is_number())
        return number_value(select(decides, real(a, span), real(b, span)), common(a.unit, b.unit));
    std::vector<Value> elements;
    for (std::size_t i = 0; i < a.size(); ++i)
        elements.push_back(chosen(decides, (*a.elements)[i], (*b.elements)[i], span));
    return sequence_value(std::move(elements));
}

/// The value of a variable behind an if statement. What does not fit together is only complained
/// about where the variable is used.
Value Lowering::joined(Expression decides, const Value& yes, const Value& no,
                       std::string_view name) {
    if (yes == no || yes.kind == Value::Kind::missing) return yes;
    if (no.kind == Value::Kind::missing) return no;
    if (const std::string pair = mismatch(yes, no); !pair.empty())
        return missing_value(quoted(name) + " is one of " + pair + ", depending on the path");
    return chosen(decides, yes, no, {});
}

std::string describe(const Value& value) {
    switch (value.kind) {
        case Value::Kind::number:
            return "a number";
        case Value::Kind::condition:
            return "a condition";
        case Value::Kind::sequence:
            return "a list of " + std::to_string(value.size());
        case Value::Kind::field:
            return "a field";
        case Value::Kind::point:
            return "a point";
        case Value::Kind::region:
            return "the points of a grid";
        case Value::Kind::reduced:
            return "a sum or an extreme over points";
        default:
            return "nothing";
    }
}

std::string describe(const Unit& unit) {
    if (!unit) return "an unknown unit";
    return unit->is_number() ? "a plain number" : to_string(*unit);
}

}  // namespace asp::ir::detail

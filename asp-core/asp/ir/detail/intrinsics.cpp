#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/lowering.hpp"

namespace asp::ir::detail {
namespace {

struct Intrinsic;
using Lower = Value (*)(Lowering&, const Call&, const Intrinsic&);

/// A function of the language: how many arguments it takes, and what it becomes.
struct Intrinsic {
    std::string_view name;
    std::size_t least, most;
    Lower lower;
    Op op = Op::constant;  ///< of those that are one operation
};
constexpr std::size_t any_number = 1000;

/// Numbers of one unit, all of them.
bool numbers(Lowering& lowering, const Call& call) {
    bool good = true;
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
        good = lowering.real(call.arguments[i], call.span_of(i)) && good;
    for (std::size_t i = 1; good && i < call.arguments.size(); ++i) {
        const Value &first = call.arguments[0], &other = call.arguments[i];
        good = lowering.same_unit(first, other, call.span_of(i), "compare");
    }
    return good;
}

bool plain(Lowering& lowering, const Call& call, std::size_t i) {
    const Value& value = call.arguments[i];
    if (!lowering.real(value, call.span_of(i))) return false;
    if (fit(value.unit, Dimension{})) return true;
    lowering.wrong(call.span_of(i),
                   quoted(call.name) + " wants a plain number, not " + describe(value.unit));
    return false;
}

Expression argument(Lowering& lowering, const Call& call, std::size_t i) {
    return lowering.real(call.arguments[i], call.span_of(i));
}

/// exp and the like: of a plain number, which it gives, too.
Value plain_function(Lowering& lowering, const Call& call, const Intrinsic& function) {
    if (!plain(lowering, call, 0)) return {};
    return number_value(unary(function.op, argument(lowering, call, 0)), Dimension{});
}

Value logarithm(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!plain(lowering, call, 0)) return {};
    const Expression x = log(argument(lowering, call, 0));
    if (call.arguments.size() == 1) return number_value(x, Dimension{});
    if (!plain(lowering, call, 1)) return {};
    return number_value(x / log(argument(lowering, call, 1)), Dimension{});
}

Value decimal_logarithm(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!plain(lowering, call, 0)) return {};
    return number_value(log(argument(lowering, call, 0)) / std::log(10.0), Dimension{});
}

Value root(Lowering& lowering, const Call& call, const Intrinsic& function) {
    const Expression x = argument(lowering, call, 0);
    if (!x) return {};
    Unit unit = call.arguments[0].unit;
    if (unit) unit = power(*unit, function.op == Op::square_root ? 1.0 / 2.0 : 1.0 / 3.0);
    if (!unit && call.arguments[0].unit)
        return lowering.wrong(call.span_of(0),
                              "the root of " + describe(call.arguments[0].unit) + " is no unit");
    return number_value(unary(function.op, x), unit);
}

Value absolute(Lowering& lowering, const Call& call, const Intrinsic&) {
    const Value& value = call.arguments[0];
    if (value.whole && *value.whole >= 0) return value;
    if (value.whole) return lowering.negated(value, call.span_of(0));
    const Expression x = argument(lowering, call, 0);
    return x ? number_value(abs(x), value.unit) : Value{};
}

/// floor and ceil. Of a constant they give an int, as in Python's math.
Value rounded(Lowering& lowering, const Call& call, const Intrinsic& function) {
    const Value& value = call.arguments[0];
    const Expression x = argument(lowering, call, 0);
    if (!x || value.whole) return value;
    const bool up = function.name == "ceil";
    const Expression result = up ? -unary(Op::round_down, -x) : unary(Op::round_down, x);
    if (result.is_constant() && std::abs(result.value()) < 0x1p53)
        return whole_value(static_cast<std::int64_t>(result.value()));
    return number_value(result, value.unit);
}

/// Python's min and max: the first of equal ones, which also decides what NaN gives.
Value extreme(Lowering& lowering, const Call& call, const Intrinsic& function) {
    Call flat{call.tree, call.name, call.arguments};
    if (call.arguments.size() == 1) {
        const Value& list = call.arguments[0];
        if (!list.is_sequence() || list.size() == 0)
            return lowering.wrong(call.span_of(0), quoted(call.name) +
                                                       " takes 2 or more arguments, or a list of "
                                                       "numbers, not " +
                                                       describe(list));
        lowering.spend(list.size(), call.tree.span);
        flat.arguments = *list.elements;
    }
    // the elements of a list have no places of their own
    const auto span = [&](std::size_t i) {
        return call.span_of(call.arguments.size() == 1 ? 0 : i);
    };
    Value result = flat.arguments[0];
    if (!lowering.real(result, span(0))) return {};
    for (std::size_t i = 1; i < flat.arguments.size(); ++i) {
        const Value& next = flat.arguments[i];
        const Expression b = lowering.real(next, span(i));
        if (!b || !lowering.same_unit(result, next, span(i), "compare")) return {};
        const bool least = function.op == Op::minimum;
        if (result.whole && next.whole) {
            if (least ? *next.whole < *result.whole : *next.whole > *result.whole) result = next;
            continue;
        }
        const Expression a = lowering.real(result, span(0));
        lowering.mark(call.tree.span);
        result =
            number_value(least ? minimum(b, a) : maximum(b, a), common(result.unit, next.unit));
    }
    return result;
}

Value raised(Lowering& lowering, const Call& call, const Intrinsic&) {
    return lowering.power(call.arguments[0], call.arguments[1], call.span_of(0), call.span_of(1));
}

Value angle(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!numbers(lowering, call)) return {};
    const Expression y = argument(lowering, call, 0), x = argument(lowering, call, 1);
    return number_value(lowering.graph().apply(Op::arc_tangent_2, {y, x}), Dimension{});
}

Value where(Lowering& lowering, const Call& call, const Intrinsic&) {
    const Expression decides = lowering.condition(call.arguments[0], call.span_of(0));
    if (!decides) return {};
    return lowering.chosen(decides, call.arguments[1], call.arguments[2], call.span_of(2));
}

/// 1, -1 or 0; NaN of NaN. The last branch is 0 * x so that its derivative is 0.
Value sign(Lowering& lowering, const Call& call, const Intrinsic&) {
    const Expression x = argument(lowering, call, 0);
    if (!x) return {};
    Graph& graph = lowering.graph();
    const Expression zero = graph.constant(0.0), one = graph.constant(1.0);
    const Expression rest = select(x < zero, graph.constant(-1.0), x * zero);
    return number_value(select(zero < x, one, rest), Dimension{});
}

Value hypotenuse(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!numbers(lowering, call)) return {};
    Expression squares;
    Unit unit;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const Expression x = argument(lowering, call, i);
        squares = squares ? squares + x * x : x * x;
        unit = common(unit, call.arguments[i].unit);
    }
    return number_value(sqrt(squares), unit);
}

Value limited(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!numbers(lowering, call)) return {};
    const Expression x = argument(lowering, call, 0), low = argument(lowering, call, 1);
    const Expression high = argument(lowering, call, 2);
    const Unit unit =
        common(call.arguments[0].unit, common(call.arguments[1].unit, call.arguments[2].unit));
    return number_value(minimum(high, maximum(low, x)), unit);
}

bool is_list(Lowering& lowering, const Call& call, std::size_t i) {
    if (call.arguments[i].is_sequence()) return true;
    lowering.wrong(call.span_of(i), quoted(call.name) + " takes a list or vector, not " +
                                        describe(call.arguments[i]));
    return false;
}

Value sum(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!is_list(lowering, call, 0)) return {};
    Value result = call.arguments.size() > 1 ? call.arguments[1] : whole_value(0);
    bool first = call.arguments.size() == 1;
    for (const Value& element : *call.arguments[0].elements) {
        lowering.spend(1, call.tree.span);
        lowering.mark(call.tree.span);
        // 0 + x, but for the sign of zero, is x
        if (first && lowering.real(element, call.span_of(0)))
            result = element;
        else
            result = lowering.binary("+", result, element, call.span_of(0), call.span_of(0));
        if (result.is_wrong()) return {};
        first = false;
    }
    return result;
}

Value length(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!is_list(lowering, call, 0)) return {};
    return whole_value(static_cast<std::int64_t>(call.arguments[0].size()));
}

/// tuple, list, np.array: a list as it is.
Value same_list(Lowering& lowering, const Call& call, const Intrinsic&) {
    return is_list(lowering, call, 0) ? call.arguments[0] : Value{};
}

Value reversed(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!is_list(lowering, call, 0)) return {};
    lowering.spend(call.arguments[0].size(), call.tree.span);
    std::vector<Value> elements = *call.arguments[0].elements;
    std::reverse(elements.begin(), elements.end());
    return sequence_value(std::move(elements));
}

Value range(Lowering& lowering, const Call& call, const Intrinsic&) {
    std::array<std::int64_t, 3> bounds{0, 0, 1};  // start, stop, step
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const Value& value = call.arguments[i];
        if (!value.whole)
            return lowering.wrong(call.span_of(i),
                                  "'range' takes whole constants, not " + describe(value));
        bounds[call.arguments.size() == 1 ? 1 : i] = *value.whole;
    }
    const auto [start, stop, step] = bounds;
    if (step == 0) return lowering.wrong(call.span_of(2), "the step of a range must not be 0");
    std::vector<Value> elements;
    for (std::int64_t i = start; step > 0 ? i < stop : i > stop;) {
        if (elements.size() == Budget::elements)
            return lowering.wrong(
                call.tree.span,
                "this range has more than " + std::to_string(Budget::elements) + " elements");
        elements.push_back(whole_value(i));
        if (__builtin_add_overflow(i, step, &i)) break;
    }
    lowering.spend(elements.size(), call.tree.span);
    return sequence_value(std::move(elements));
}

Value zip(Lowering& lowering, const Call& call, const Intrinsic&) {
    std::size_t shortest = std::numeric_limits<std::size_t>::max();
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        if (!is_list(lowering, call, i)) return {};
        shortest = std::min(shortest, call.arguments[i].size());
    }
    lowering.spend(shortest * call.arguments.size(), call.tree.span);
    std::vector<Value> elements;
    for (std::size_t i = 0; i < shortest; ++i) {
        std::vector<Value> one;
        for (const Value& list : call.arguments) one.push_back((*list.elements)[i]);
        elements.push_back(sequence_value(std::move(one)));
    }
    return sequence_value(std::move(elements));
}

Value enumerate(Lowering& lowering, const Call& call, const Intrinsic&) {
    if (!is_list(lowering, call, 0)) return {};
    if (call.arguments.size() > 1 && !call.arguments[1].whole)
        return lowering.wrong(call.span_of(1), "'enumerate' counts from a whole constant, not " +
                                                   describe(call.arguments[1]));
    Value count = call.arguments.size() > 1 ? call.arguments[1] : whole_value(0);
    std::vector<Value> elements;
    lowering.spend(2 * call.arguments[0].size(), call.tree.span);
    for (const Value& element : *call.arguments[0].elements) {
        elements.push_back(sequence_value({count, element}));
        count = lowering.binary("+", count, whole_value(1), call.span_of(0), call.span_of(0));
    }
    return sequence_value(std::move(elements));
}

/// float(x): a number stays what it is.
Value as_real(Lowering& lowering, const Call& call, const Intrinsic&) {
    const Expression x = argument(lowering, call, 0);
    return x ? number_value(x, call.arguments[0].unit) : Value{};
}

constexpr std::array<Intrinsic, 44> intrinsics{{
    {"abs", 1, 1, absolute},
    {"acos", 1, 1, plain_function, Op::arc_cosine},
    {"arccos", 1, 1, plain_function, Op::arc_cosine},
    {"arcsin", 1, 1, plain_function, Op::arc_sine},
    {"arctan", 1, 1, plain_function, Op::arc_tangent},
    {"arctan2", 2, 2, angle},
    {"array", 1, 1, same_list},
    {"asarray", 1, 1, same_list},
    {"asin", 1, 1, plain_function, Op::arc_sine},
    {"atan", 1, 1, plain_function, Op::arc_tangent},
    {"atan2", 2, 2, angle},
    {"cbrt", 1, 1, root, Op::cube_root},
    {"ceil", 1, 1, rounded},
    {"clip", 3, 3, limited},
    {"cos", 1, 1, plain_function, Op::cosine},
    {"cosh", 1, 1, plain_function, Op::hyperbolic_cosine},
    {"enumerate", 1, 2, enumerate},
    {"exp", 1, 1, plain_function, Op::exponential},
    {"fabs", 1, 1, absolute},
    {"float", 1, 1, as_real},
    {"floor", 1, 1, rounded},
    {"hypot", 2, any_number, hypotenuse},
    {"len", 1, 1, length},
    {"list", 1, 1, same_list},
    {"log", 1, 2, logarithm},
    {"log10", 1, 1, decimal_logarithm},
    {"max", 1, any_number, extreme, Op::maximum},
    {"maximum", 2, any_number, extreme, Op::maximum},
    {"min", 1, any_number, extreme, Op::minimum},
    {"minimum", 2, any_number, extreme, Op::minimum},
    {"pow", 2, 2, raised},
    {"power", 2, 2, raised},
    {"range", 1, 3, range},
    {"reversed", 1, 1, reversed},
    {"sign", 1, 1, sign},
    {"sin", 1, 1, plain_function, Op::sine},
    {"sinh", 1, 1, plain_function, Op::hyperbolic_sine},
    {"sqrt", 1, 1, root, Op::square_root},
    {"sum", 1, 2, sum},
    {"tan", 1, 1, plain_function, Op::tangent},
    {"tanh", 1, 1, plain_function, Op::hyperbolic_tangent},
    {"tuple", 1, 1, same_list},
    {"where", 3, 3, where},
    {"zip", 1, any_number, zip},
}};

const Intrinsic* find(std::string_view name) {
    const auto found = std::find_if(intrinsics.begin(), intrinsics.end(),
                                    [&](const Intrinsic& i) { return i.name == name; });
    return found == intrinsics.end() ? nullptr : &*found;
}

}  // namespace

bool is_intrinsic(std::string_view name) {
    return find(name) != nullptr;
}

Value call_intrinsic(Lowering& lowering, const Call& call) {
    const Intrinsic& intrinsic = *find(call.name);
    const std::size_t count = call.arguments.size();
    if (count >= intrinsic.least && count <= intrinsic.most)
        return intrinsic.lower(lowering, call, intrinsic);
    std::string wanted = std::to_string(intrinsic.least);
    if (intrinsic.most == any_number)
        wanted += " or more";
    else if (intrinsic.most > intrinsic.least)
        wanted += (intrinsic.most == intrinsic.least + 1 ? " or " : " to ") +
                  std::to_string(intrinsic.most);
    return lowering.wrong(call.tree.span, quoted(call.name) + " takes " + wanted +
                                              (wanted == "1" ? " argument" : " arguments") +
                                              ", not " + std::to_string(count));
}

const std::vector<std::string>& intrinsic_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const Intrinsic& intrinsic : intrinsics) result.emplace_back(intrinsic.name);
        return result;
    }();
    return names;
}

std::optional<double> known_constant(std::string_view name) {
    if (name == "pi") return std::numbers::pi;
    if (name == "e") return std::numbers::e;
    if (name == "inf") return std::numeric_limits<double>::infinity();
    if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
    return {};
}

}  // namespace asp::ir::detail

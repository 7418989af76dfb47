#include "asp/ir/detail/power_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "asp/ir/detail/sweep.hpp"

namespace asp::ir::detail {
namespace {

constexpr std::size_t most_terms = 16, most_factors = 16;

bool whole(double x) {
    return x == std::floor(x);
}

/// base^exponent times the factors.
void multiply(std::vector<Factor>& factors, const Factor& by) {
    const auto place = std::lower_bound(
        factors.begin(), factors.end(), by,
        [](const Factor& a, const Factor& b) { return a.base.id() < b.base.id(); });
    if (place == factors.end() || place->base != by.base) {
        factors.insert(place, by);
        return;
    }
    place->exponent = snapped(place->exponent + by.exponent);
    if (place->exponent == 0.0) factors.erase(place);
}

Term product(Term a, const Term& b) {
    a.number *= b.number;
    a.exponent = snapped(a.exponent + b.exponent);
    for (const Factor& factor : b.factors) multiply(a.factors, factor);
    return a;
}

Expression free_part(const Term& term, Graph& graph) {
    Expression above, below;
    for (const Factor& factor : term.factors) {
        Expression& part = factor.exponent > 0.0 ? above : below;
        const Expression power = raised(factor.base, std::abs(factor.exponent));
        part = part ? part * power : power;
    }
    above = above ? term.number * above : graph.constant(term.number);
    return below ? above / below : above;
}

/// term^n. A root of a product is the product of roots only where all are positive: what is not
/// known to be becomes one base. A lone base has an odd power's sign and needs no such care.
std::optional<Term> to_the(const Term& term, double n, Graph& graph) {
    Term result{std::pow(term.number, n), {}, snapped(term.exponent * n)};
    const bool lone =
        term.factors.size() == 1 && std::abs(std::fmod(term.factors[0].exponent, 2.0)) == 1.0;
    if (whole(n) || (term.number > 0.0 && (lone || term.factors.empty()))) {
        for (const Factor& factor : term.factors)
            result.factors.push_back({factor.base, snapped(factor.exponent * n)});
        return result;
    }
    if (term.factors.empty()) return {};  // the root of a negative number
    result.number = 1.0;
    result.factors = {{raised(free_part(term, graph), n), 1.0}};
    return result;
}

/// f(term) for an f of products that is the product of its values: abs and cbrt.
Term applied(Op op, const Term& term, double exponent, Graph& graph) {
    Term result{evaluate(op, term.number), {}, exponent};
    if (!term.factors.empty())
        result.factors = {{unary(op, free_part({1.0, term.factors, 0.0}, graph)), 1.0}};
    return result;
}

bool usable(const PowerSum& sum) {
    return sum.size() <= most_terms && std::all_of(sum.begin(), sum.end(), [](const Term& term) {
               return std::isfinite(term.number) && std::isfinite(term.exponent) &&
                      term.factors.size() <= most_factors;
           });
}

void add(PowerSum& sum, const Term& term, double sign) {
    const auto like = std::find_if(sum.begin(), sum.end(), [&](const Term& other) {
        return other.exponent == term.exponent && other.factors == term.factors;
    });
    if (like == sum.end()) {
        sum.push_back(term);
        sum.back().number *= sign;
    } else {
        like->number += sign * term.number;
        if (like->number == 0.0) sum.erase(like);
    }
}

PowerSum added(PowerSum a, const PowerSum& b, double sign) {
    for (const Term& term : b) add(a, term, sign);
    return a;
}

PowerSum product(const PowerSum& a, const PowerSum& b) {
    PowerSum result;
    for (const Term& left : a)
        for (const Term& right : b) add(result, product(left, right), 1.0);
    return result;
}

std::optional<PowerSum> to_the(const PowerSum& sum, double n, Graph& graph) {
    if (sum.empty()) return n > 0.0 ? std::optional(sum) : std::nullopt;
    if (sum.size() == 1) {
        const std::optional<Term> term = to_the(sum[0], n, graph);
        return term ? std::optional(PowerSum{*term}) : std::nullopt;
    }
    if (!whole(n) || n < 1.0 || n > most_terms) return {};
    PowerSum result = sum;
    for (int i = 1; i < n && usable(result); ++i) result = product(result, sum);
    return result;
}

/// Sums of one operation from those of its operands.
std::optional<PowerSum> combined(Expression e, const PowerSum& a, const PowerSum& b) {
    Graph& graph = e.graph();
    switch (e.op()) {
        case Op::negate:
            return added({}, a, -1.0);
        case Op::add:
            return added(a, b, 1.0);
        case Op::subtract:
            return added(a, b, -1.0);
        case Op::multiply:
            return product(a, b);
        case Op::divide:
            if (b.size() != 1) return {};
            return product(a, {*to_the(b[0], -1.0, graph)});
        case Op::square_root:
            return to_the(a, 0.5, graph);
        case Op::power:
            if (!e.operand(1).is_constant()) return {};
            return to_the(a, e.operand(1).value(), graph);
        case Op::cube_root:
        case Op::absolute: {
            if (a.size() > 1) return {};
            if (a.empty()) return a;
            const double n = e.op() == Op::absolute ? 1.0 : 1.0 / 3.0;
            return PowerSum{applied(e.op(), a[0], snapped(a[0].exponent * n), graph)};
        }
        default:
            return {};
    }
}

double cost(Op op) {
    switch (op) {
        case Op::constant:
        case Op::argument:
            return 0.0;
        case Op::divide:
        case Op::square_root:
            return 5.0;
        case Op::cube_root:
        case Op::exponential:
        case Op::logarithm:
        case Op::sine:
        case Op::cosine:
            return 20.0;
        case Op::power:
            return 40.0;
        default:
            return operand_count(op) == 1 && op != Op::negate && op != Op::absolute &&
                           op != Op::logical_not && op != Op::round_down
                       ? 25.0
                       : 1.0;
    }
}

/// Powers that roots and products write.
bool plain(double exponent) {
    const double n = std::abs(exponent);
    return whole(n) || n > 16.0 || whole(4.0 * n) || whole(snapped(3.0 * n));
}

/// value * x^exponent. Other powers than plain ones are written by their fraction between 0 and 1,
/// which a function and its derivative have in common.
Expression times_power(Expression value, Expression x, double exponent) {
    if (exponent == 0.0) return value;
    if (plain(exponent))
        return exponent < 0.0 ? value / raised(x, -exponent) : value * raised(x, exponent);
    const double below = std::floor(exponent);
    const double fraction = snapped(exponent - below);
    return times_power(value * power(x, x.graph().constant(fraction)), x, below);
}

/// Horner's scheme, from the highest power to the lowest.
Expression nested(std::span<const Coefficient> terms, Expression x) {
    Expression result = terms.back().value;
    for (std::size_t i = terms.size() - 1; i-- > 0;)
        result = terms[i].value +
                 times_power(result, x, snapped(terms[i + 1].exponent - terms[i].exponent));
    return times_power(result, x, terms.front().exponent);
}

}  // namespace

double snapped(double x) {
    const double scale = std::max(1.0, std::abs(x));
    for (int i = 1; i <= 25; ++i) {
        const double q = i <= 24 ? i : 1000.0;
        const double nearest = std::round(x * q) / q;
        if (std::abs(x - nearest) <= 8.0 * std::numeric_limits<double>::epsilon() * scale)
            return nearest;
    }
    return x;
}

std::optional<PowerSum> power_sum(Expression expression, std::size_t argument, Products products) {
    const Sweep sweep(expression);
    const std::vector<char> depends =
        dependence(sweep, [&](std::size_t i) { return i == argument; });
    std::vector<std::optional<PowerSum>> sums(sweep.size());
    const std::optional<PowerSum> none(PowerSum{});
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Expression e = sweep[i];
        if (e.type() != Type::real) continue;
        if (e.is_constant()) {
            sums[i] = e.value() == 0.0 ? PowerSum{} : PowerSum{{e.value(), {}, 0.0}};
        } else if (e.is(Op::argument)) {
            sums[i] = depends[i] ? PowerSum{{1.0, {}, 1.0}} : PowerSum{{1.0, {{e, 1.0}}, 0.0}};
        } else {
            const auto& a = sums[sweep.operand(i, 0)];
            const bool binary = operand_count(e.op()) == 2;
            const auto& b = binary ? sums[sweep.operand(i, 1)] : none;
            const bool expands = a && b && a->size() > 1 &&
                                 (e.is(Op::power) || (e.is(Op::multiply) && b->size() > 1));
            if (a && b && !(expands && products == Products::refused))
                sums[i] = combined(e, *a, *b);
        }
        if (sums[i] && !usable(*sums[i])) sums[i].reset();
        // What is free of the argument stays whole unless it is a product.
        if (!depends[i] && (!sums[i] || sums[i]->size() > 1))
            sums[i] = PowerSum{{1.0, {{e, 1.0}}, 0.0}};
    }
    return sums.back();
}

Expression raised(Expression base, double exponent) {
    const double n = std::abs(exponent);
    if (!plain(exponent)) return times_power(base.graph().constant(1.0), base, exponent);
    if (exponent < 0.0) return 1.0 / raised(base, n);
    if (whole(n) && n > 16.0 && n <= 64.0) {
        const Expression half = raised(base, std::floor(n / 2.0));
        return std::fmod(n, 2.0) == 0.0 ? half * half : half * half * base;
    }
    if (whole(n) || n > 16.0) return power(base, base.graph().constant(n));
    const double fraction = n - std::floor(n);
    Expression root;
    if (whole(4.0 * n)) {
        root = sqrt(base);
        if (fraction != 0.5) root = fraction == 0.25 ? sqrt(root) : root * sqrt(root);
    } else {
        root = unary(Op::cube_root, base);
        if (fraction > 0.5) root = root * root;
    }
    return n < 1.0 ? root : raised(base, std::floor(n)) * root;
}

std::vector<Coefficient> coefficients(const PowerSum& sum, Graph& graph) {
    std::vector<Coefficient> result;
    for (const Term& term : sum) {
        const Expression value = free_part(term, graph);
        const auto place =
            std::lower_bound(result.begin(), result.end(), term.exponent,
                             [](const Coefficient& c, double e) { return c.exponent < e; });
        if (place != result.end() && place->exponent == term.exponent)
            place->value = place->value + value;
        else
            result.insert(place, {term.exponent, value});
    }
    return result;
}

double cost(Expression expression, std::size_t argument) {
    const Sweep sweep(expression);
    const std::vector<char> depends =
        dependence(sweep, [&](std::size_t i) { return i == argument; });
    double sum = 0.0;
    for (std::size_t i = 0; i < sweep.size(); ++i)
        if (depends[i]) sum += cost(sweep.node(i).op);
    return sum;
}

Expression written(const std::vector<Coefficient>& terms, Graph& graph, std::size_t argument) {
    if (terms.empty()) return graph.constant(0.0);
    const Expression x = graph.argument(argument);
    const std::span all(terms);
    Expression direct;
    for (const Coefficient& term : terms) {
        const Expression value = times_power(term.value, x, term.exponent);
        direct = direct ? direct + value : value;
    }
    std::vector<Expression> forms{direct, nested(all, x)};
    const auto positive = static_cast<std::size_t>(
        std::count_if(terms.begin(), terms.end(), [](auto& c) { return c.exponent < 0.0; }));
    if (positive > 0 && positive < terms.size())
        forms.push_back(nested(all.first(positive), x) + nested(all.subspan(positive), x));
    return *std::min_element(forms.begin(), forms.end(), [&](Expression a, Expression b) {
        return cost(a, argument) < cost(b, argument);
    });
}

}  // namespace asp::ir::detail

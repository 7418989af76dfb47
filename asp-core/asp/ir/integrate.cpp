#include "asp/ir/integrate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <unordered_map>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/ir/detail/power_sum.hpp"
#include "asp/ir/detail/sweep.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir {
namespace {

using detail::Coefficient;

struct QuadraturePoint {
    double position, weight;
};

/// Those of [-1, 1] that are not negative, by falling position: the roots of the Legendre
/// polynomial P_n and 2 / ((1 - x^2) P_n'(x)^2). Standard; see Abramowitz & Stegun (1964), 25.4.29.
std::vector<QuadraturePoint> gauss_legendre(std::size_t points) {
    std::vector<QuadraturePoint> result;
    const auto n = static_cast<double>(points);
    for (std::size_t i = 0; 2 * i < points; ++i) {
        double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5));
        double slope = 0.0;
        for (int step = 0; step < 20; ++step) {  // Newton: quadratic, and the start is close
            double p = 1.0, before = 0.0;
            for (std::size_t k = 0; k < points; ++k) {
                const auto degree = static_cast<double>(k);
                const double next = ((2.0 * degree + 1.0) * x * p - degree * before) / (degree + 1);
                before = p;
                p = next;
            }
            slope = n * (x * p - before) / (x * x - 1.0);
            const double change = p / slope;
            x -= change;
            if (std::abs(change) < 1e-16) break;
        }
        if (2 * i + 1 == points) x = 0.0;
        result.push_back({x, 2.0 / ((1.0 - x * x) * slope * slope)});
    }
    return result;
}

/// The coefficient of the one power that is not 0, and that of power 0.
struct Inverted {
    Coefficient power;
    Expression constant;
};
std::optional<Inverted> one_power(const std::vector<Coefficient>& terms) {
    std::optional<Inverted> result;
    Expression constant;
    for (const Coefficient& term : terms) {
        if (term.exponent == 0.0)
            constant = term.value;
        else if (result)
            return {};
        else
            result = Inverted{term, {}};
    }
    if (result) result->constant = constant;
    return result;
}

}  // namespace

std::optional<Expression> antiderivative(Expression expression, std::size_t argument) {
    const auto sum = detail::power_sum(expression, argument, detail::Products::expanded);
    if (!sum) return {};
    Graph& graph = expression.graph();
    detail::PowerSum powers;
    Expression logarithm;
    for (detail::Term term : *sum) {
        if (term.exponent == -1.0) {
            const Expression value =
                detail::coefficients({{term.number, term.factors, 0.0}}, graph).front().value;
            logarithm = logarithm ? logarithm + value : value;
        } else {
            term.exponent = detail::snapped(term.exponent + 1.0);
            term.number /= term.exponent;
            powers.push_back(term);
        }
    }
    if (logarithm) logarithm = logarithm * log(graph.argument(argument));
    if (powers.empty() && logarithm) return logarithm;
    const Expression rest = detail::written(detail::coefficients(powers, graph), graph, argument);
    return logarithm ? rest + logarithm : rest;
}

Expression quadrature(Expression expression, std::size_t argument, Expression from, Expression to,
                      std::size_t points) {
    ASP_ASSERT(points >= 1 && points <= 20);
    Graph& graph = expression.graph();
    const Expression half = 0.5 * (to - from), middle = 0.5 * (from + to);
    const auto value_at = [&](Expression x) {
        std::vector<Expression> replacements(argument + 1);
        replacements[argument] = x;
        return substitute(expression, graph, replacements);
    };
    Expression sum;
    for (const QuadraturePoint& point : gauss_legendre(points)) {
        Expression value;
        if (point.position == 0.0) {
            value = value_at(middle);
        } else {
            const Expression offset = point.position * half;
            value = value_at(middle - offset) + value_at(middle + offset);
        }
        value = point.weight * value;
        sum = sum ? sum + value : value;
    }
    return half * sum;
}

Expression collected(Expression expression, std::size_t argument) {
    const auto sum = detail::power_sum(expression, argument, detail::Products::refused);
    if (!sum) return expression;
    Graph& graph = expression.graph();
    const Expression result = detail::written(detail::coefficients(*sum, graph), graph, argument);
    return detail::cost(result, argument) < detail::cost(expression, argument) ? result
                                                                               : expression;
}

Expression collected_throughout(Expression expression, std::size_t argument) {
    const auto is_argument = [&](std::size_t i) { return i == argument; };
    std::unordered_map<NodeId, Expression> simpler;
    const std::array<Expression, 1> wanted{expression};
    for (const Expression old : needed(wanted)) {
        const std::size_t count = operand_count(old.op());
        Expression now = old;
        if (count > 0) {
            std::array<Expression, 3> operands{};
            for (std::size_t i = 0; i < count; ++i) operands[i] = simpler.at(old.operand(i).id());
            now = old.op() == Op::power
                      ? power(operands[0], operands[1])
                      : old.graph().apply(old.op(), std::span(operands.data(), count));
            if (now.type() == Type::real && depends_on(now, is_argument))
                now = collected(now, argument);
        }
        simpler.emplace(old.id(), now);
    }
    return simpler.at(expression.id());
}

std::optional<Expression> inverse(Expression expression, std::size_t argument, Expression target) {
    const auto sum = detail::power_sum(expression, argument, detail::Products::expanded);
    if (!sum) return {};
    const std::optional<Inverted> form = one_power(detail::coefficients(*sum, expression.graph()));
    if (!form) return {};
    const Expression rest = form->constant ? target - form->constant : target;
    return detail::raised(rest / form->power.value, detail::snapped(1.0 / form->power.exponent));
}

}  // namespace asp::ir

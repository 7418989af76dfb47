#include "asp/ir/differentiate.hpp"

#include <array>

#include "asp/ir/detail/power_sum.hpp"
#include "asp/ir/detail/sweep.hpp"

namespace asp::ir {
namespace {

using detail::Sweep;

// Empty expressions are zeros that follow from the structure: they never become nodes.

Expression sum(Expression a, Expression b) {
    if (!a) return b;
    return b ? a + b : a;
}
Expression difference(Expression a, Expression b) {
    if (!b) return a;
    return a ? a - b : -b;
}
Expression product(Expression a, Expression b) {
    return a && b ? a * b : Expression{};
}
Expression or_zero(Expression a, Graph& graph) {
    return a ? a : graph.constant(0.0);
}
Expression choice(Expression condition, Expression da, Expression db) {
    if (!da && !db) return {};
    Graph& graph = condition.graph();
    return select(condition, or_zero(da, graph), or_zero(db, graph));
}

/// d f(u) of e = f(u), where du is not zero.
Expression of_unary(Expression e, Expression du) {
    Graph& graph = e.graph();
    const Expression u = e.operand(0);
    switch (e.op()) {
        case Op::negate:
            return -du;
        case Op::absolute:
            return select(u < graph.constant(0.0), -du, du);
        case Op::square_root:
            return du / (2.0 * e);
        case Op::cube_root:
            return du / (3.0 * (e * e));
        case Op::exponential:
            return du * e;
        case Op::logarithm:
            return du / u;
        case Op::sine:
            return du * unary(Op::cosine, u);
        case Op::cosine:
            return -(du * unary(Op::sine, u));
        case Op::tangent:
            return du * (1.0 + e * e);
        case Op::arc_sine:  // 1 - u*u loses digits near 1
            return du / sqrt((1.0 - u) * (1.0 + u));
        case Op::arc_cosine:
            return -(du / sqrt((1.0 - u) * (1.0 + u)));
        case Op::arc_tangent:
            return du / (1.0 + u * u);
        case Op::hyperbolic_sine:
            return du * unary(Op::hyperbolic_cosine, u);
        case Op::hyperbolic_cosine:
            return du * unary(Op::hyperbolic_sine, u);
        case Op::hyperbolic_tangent:
            return du * (1.0 - e * e);
        default:
            return {};  // round_down is constant between its jumps; logical_not is no number
    }
}

/// d(u^v)
Expression of_power(Expression e, Expression du, Expression dv) {
    const Expression u = e.operand(0), v = e.operand(1);
    if (dv && du) return e * (dv * log(u) + v * du / u);  // for a positive base
    if (dv) return e * (dv * log(u));
    if (!du) return {};
    // 1.37 - 1 rounds; as 0.37 it is shared with what the function itself has
    const Expression lower =
        v.is_constant() ? v.graph().constant(detail::snapped(v.value() - 1.0)) : v - 1.0;
    return (v * du) * power(u, lower);
}

Expression of_binary(Expression e, Expression da, Expression db) {
    const Expression a = e.operand(0), b = e.operand(1);
    switch (e.op()) {
        case Op::add:
            return sum(da, db);
        case Op::subtract:
            return difference(da, db);
        case Op::multiply:
            return a == b ? product(2.0 * a, da) : sum(product(da, b), product(a, db));
        case Op::divide: {
            const Expression numerator = difference(da, product(e, db));
            return numerator ? numerator / b : Expression{};
        }
        case Op::power:
            return of_power(e, da, db);
        case Op::minimum:
            return choice(a < b, da, db);
        case Op::maximum:
            return choice(a > b, da, db);
        case Op::arc_tangent_2: {
            const Expression numerator = difference(product(b, da), product(a, db));
            return numerator ? numerator / (a * a + b * b) : Expression{};
        }
        default:
            return {};  // comparisons and logic are no numbers
    }
}

/// Derivatives of all nodes of a sweep by one argument.
std::vector<Expression> derivatives(const Sweep& sweep, std::size_t argument) {
    std::vector<Expression> d(sweep.size());
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Expression e = sweep[i];
        const std::size_t operands = operand_count(e.op());
        const std::array<Expression, 3> du = detail::of_operands(sweep, i, d);
        Graph& graph = e.graph();
        graph.set_span(e.span());  // a derivative stands where its function was written
        if (e.is(Op::argument) && e.index() == argument && e.type() == Type::real)
            d[i] = graph.constant(1.0);
        else if (e.is(Op::select) && e.type() == Type::real)
            d[i] = choice(e.operand(0), du[1], du[2]);
        else if (operands == 1 && du[0])
            d[i] = of_unary(e, du[0]);
        else if (operands == 2 && (du[0] || du[1]))
            d[i] = of_binary(e, du[0], du[1]);
        if (d[i] && d[i].is_constant() && d[i].value() == 0.0) d[i] = {};  // of x - x, 0 * x
    }
    return d;
}

}  // namespace

Expression derivative(Expression expression, std::size_t argument) {
    const detail::KeepSpan keep(expression.graph());
    return derivatives(Sweep(expression), argument).back();
}

std::vector<Partial> jacobian(const Function& function, std::size_t first, std::size_t last) {
    std::vector<Expression> results;
    for (const Result& result : function.results) results.push_back(result.value);
    if (results.empty()) return {};
    const detail::KeepSpan keep(*function.graph);
    const Sweep sweep(results);
    std::vector<std::vector<Expression>> by_result(results.size());
    for (std::size_t argument = first; argument < last; ++argument) {
        const std::vector<Expression> d = derivatives(sweep, argument);
        for (std::size_t r = 0; r < results.size(); ++r)
            by_result[r].push_back(d[sweep.place(results[r])]);
    }
    std::vector<Partial> partials;
    for (std::size_t r = 0; r < results.size(); ++r)
        for (std::size_t i = 0; i < by_result[r].size(); ++i)
            if (by_result[r][i]) partials.push_back({r, first + i, by_result[r][i]});
    return partials;
}

}  // namespace asp::ir

#pragma once
// For *.test.cpp only.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "asp/ir/function.hpp"

namespace asp::ir::testing {

struct RandomOptions {
    std::size_t arguments = 3;  ///< "x0", "x1", ... each in [-2, 2]
    std::size_t size = 24;      ///< operations, roughly
    std::size_t results = 1;    ///< "result0", "result1", ...
    bool smooth = false;        ///< differentiable everywhere: no abs, floor, min, max, select
    bool booleans = true;       ///< comparisons, and/or/not and select may occur, unless smooth
    bool wild = false;          ///< any operation of anything: infinities and NaN are likely
};

/// Builds a random function. Unless it is wild, every intermediate value is finite, in the domain
/// of what uses it and at most a few hundred for arguments within their ranges: a bound goes along
/// with each expression, and what gets too large is damped.
class RandomFunction {
public:
    RandomFunction(std::uint64_t seed, const RandomOptions& options)
        : options_(options), random_(seed) {}

    Function build() {
        function_.name = "random";
        function_.graph = std::make_shared<Graph>();
        for (std::size_t i = 0; i < options_.arguments; ++i) {
            function_.arguments.push_back({numbered("x", i), {}, {-2.0, 2.0}});
            reals_.push_back({graph().argument(i), 2.0});
        }
        for (std::size_t i = 0; i < options_.size; ++i) {
            if (options_.booleans && !options_.smooth && one_in(5))
                booleans_.push_back(boolean());
            else
                reals_.push_back(damped(options_.wild ? wild() : tame()));
        }
        for (std::size_t i = 0; i < options_.results; ++i) {
            const Real a = recent(), b = recent();
            function_.results.push_back({numbered("result", i), a.value + b.value, {}});
        }
        return function_;
    }

private:
    struct Real {
        Expression value;
        double bound;  ///< of its absolute value
    };

    static std::string numbered(std::string name, std::size_t i) {
        name += std::to_string(i);  // "x" + to_string(i) trips a false warning of g++ 12
        return name;
    }
    Graph& graph() { return *function_.graph; }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    /// A constant, an argument or something built before; later ones more often, so that the
    /// expressions grow deep.
    Real operand() {
        if (reals_.empty() || one_in(6)) return constant();
        return one_in(3) ? reals_[below(reals_.size())] : recent();
    }
    Real recent() {
        if (reals_.empty()) return constant();
        const std::size_t last = std::min<std::size_t>(reals_.size(), 4);
        return reals_[reals_.size() - 1 - below(last)];
    }
    Real constant() {
        static constexpr double plain[]{0.0, 1.0, -1.0, 2.0, 0.5, -3.0, 0.1, -0.0};
        const double x =
            one_in(2) ? plain[below(std::size(plain))] : 1e-3 * (double(below(6000)) - 3000.0);
        return {graph().constant(x), std::abs(x)};
    }
    Real damped(Real x) {
        if (options_.wild || x.bound < 100.0) return x;
        if (one_in(2)) return {unary(Op::sine, x.value), 1.0};
        return {unary(Op::hyperbolic_tangent, x.value), 1.0};
    }
    /// 0.25 or more.
    Real positive(Real x) {
        if (!options_.smooth && one_in(2)) return {0.25 + abs(x.value), 0.25 + x.bound};
        return {0.25 + x.value * x.value, 0.25 + x.bound * x.bound};
    }
    /// Within [-0.9, 0.9].
    Expression within_one(Real x) {
        return 0.9 * unary(one_in(2) ? Op::sine : Op::cosine, x.value);
    }

    Real tame() {
        const Real a = operand();
        if (one_in(3)) return tame_unary(a);
        const Real b = operand();
        const double sum = a.bound + b.bound, largest = std::max(a.bound, b.bound);
        switch (below(options_.smooth ? 8 : 12)) {
            case 0:
            case 1:
                return {a.value + b.value, sum};
            case 2:
                return {a.value - b.value, sum};
            case 3:
            case 4:
                return {a.value * b.value, a.bound * b.bound};
            case 5:
                return {a.value / positive(b).value, a.bound / 0.25};
            case 6:
                return tame_power(a, b);
            case 7:
                return {graph().apply(Op::arc_tangent_2, {a.value, positive(b).value}), 1.6};
            case 8:
                return {minimum(a.value, b.value), largest};
            case 9:
                return {maximum(a.value, b.value), largest};
            case 10:
                return {unary(Op::round_down, a.value), a.bound + 1.0};
            default:
                if (options_.booleans) return {select(condition(), a.value, b.value), largest};
                return {abs(a.value), a.bound};
        }
    }

    Real tame_unary(Real a) {
        switch (below(14)) {
            case 0:
                return {-a.value, a.bound};
            case 1:
                return {sqrt(positive(a).value), 1.0 + a.bound};
            case 2:
                return {unary(Op::cube_root, positive(a).value), 1.0 + a.bound};
            case 3:
                return {exp(unary(Op::hyperbolic_tangent, a.value)), 2.8};
            case 4:
                return {log(positive(a).value), 2.0 + std::abs(std::log(0.25 + a.bound))};
            case 5:
                return {unary(Op::sine, a.value), 1.0};
            case 6:
                return {unary(Op::cosine, a.value), 1.0};
            case 7:
                return {unary(Op::tangent, within_one(a)), 1.3};
            case 8:
                return {unary(Op::arc_sine, within_one(a)), 1.2};
            case 9:
                return {unary(Op::arc_cosine, within_one(a)), 2.8};
            case 10:
                return {unary(Op::arc_tangent, a.value), 1.6};
            case 11:
                return {unary(Op::hyperbolic_sine, unary(Op::sine, a.value)), 1.2};
            case 12:
                return {unary(Op::hyperbolic_cosine, unary(Op::sine, a.value)), 1.6};
            default:
                return {unary(Op::hyperbolic_tangent, a.value), 1.0};
        }
    }

    Real tame_power(Real a, Real b) {
        const int n = static_cast<int>(below(6)) - 2;  // the reciprocal of a power of 0.25 or more
        if (n > 0) return {power(a.value, graph().constant(n)), std::pow(a.bound, n)};
        if (n < 0) return {power(positive(a).value, graph().constant(n)), 16.0};
        const double largest = std::max(4.0, 0.25 + a.bound * a.bound);
        return {power(positive(a).value, unary(Op::hyperbolic_tangent, b.value)), largest};
    }

    Real wild() {
        const auto first = static_cast<std::size_t>(Op::negate);
        for (;;) {
            const Op op = static_cast<Op>(first + below(op_count - first));
            if (result_type(op, Type::real) != Type::real) continue;
            const Expression a = operand().value, b = operand().value;
            if (op == Op::select) {
                if (options_.booleans && !options_.smooth) return {select(condition(), a, b), 1.0};
                continue;
            }
            if (op == Op::power) return {power(a, b), 1.0};
            if (operand_count(op) == 1) return {unary(op, a), 1.0};
            return {graph().apply(op, {a, b}), 1.0};
        }
    }

    Expression condition() {
        if (!booleans_.empty() && !one_in(3)) return booleans_[below(booleans_.size())];
        return boolean();
    }
    Expression boolean() {
        static constexpr Op comparisons[]{Op::less, Op::less_equal, Op::equal, Op::not_equal};
        if (booleans_.size() < 2 || one_in(2)) {
            const Op op = comparisons[below(std::size(comparisons))];
            return graph().apply(op, {operand().value, operand().value});
        }
        const Expression a = booleans_[below(booleans_.size())];
        const Expression b = booleans_[below(booleans_.size())];
        switch (below(4)) {
            case 0:
                return unary(Op::logical_not, a);
            case 1:
                return graph().apply(Op::logical_and, {a, b});
            case 2:
                return graph().apply(Op::logical_or, {a, b});
            default:
                return select(booleans_[below(booleans_.size())], a, b);
        }
    }

    RandomOptions options_;
    std::mt19937_64 random_;
    Function function_;
    std::vector<Real> reals_;
    std::vector<Expression> booleans_;
};

/// The same function for the same seed, whatever the machine.
inline Function random_function(std::uint64_t seed, const RandomOptions& options = {}) {
    return RandomFunction(seed, options).build();
}

/// A point within the arguments' ranges; outside [-2, 2] none is taken.
inline std::vector<double> random_point(const Function& function, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> point;
    for (const Argument& argument : function.arguments) {
        const double low = std::max(argument.range.low, -2.0);
        const double high = std::min(argument.range.high, 2.0);
        point.push_back(low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53));
    }
    return point;
}

/// The value by walking the graph in order: the plainest oracle. Booleans are 0 and 1.
inline double value_at(Expression expression, const std::vector<double>& point) {
    const Graph& graph = expression.graph();
    std::vector<double> values(expression.id() + std::size_t{1});
    for (NodeId id = 0; id <= expression.id(); ++id) {
        const Node& node = graph.node(id);
        if (node.op == Op::constant)
            values[id] = node.value;
        else if (node.op == Op::argument)
            values[id] = node.index < point.size() ? point[node.index] : 0.0;
        else
            values[id] = evaluate(node.op, values[node.operands[0]], values[node.operands[1]],
                                  values[node.operands[2]]);
    }
    return values[expression.id()];
}

}  // namespace asp::ir::testing

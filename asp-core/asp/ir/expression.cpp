#include "asp/ir/expression.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "asp/base/error.hpp"

namespace asp::ir {
namespace {

struct OpInfo {
    std::string_view name;
    std::size_t operands;
};

constexpr std::array<OpInfo, op_count> infos{{
    {"constant", 0},
    {"argument", 0},
    {"negate", 1},
    {"absolute", 1},
    {"square_root", 1},
    {"cube_root", 1},
    {"exponential", 1},
    {"logarithm", 1},
    {"sine", 1},
    {"cosine", 1},
    {"tangent", 1},
    {"arc_sine", 1},
    {"arc_cosine", 1},
    {"arc_tangent", 1},
    {"hyperbolic_sine", 1},
    {"hyperbolic_cosine", 1},
    {"hyperbolic_tangent", 1},
    {"round_down", 1},
    {"logical_not", 1},
    {"add", 2},
    {"subtract", 2},
    {"multiply", 2},
    {"divide", 2},
    {"power", 2},
    {"minimum", 2},
    {"maximum", 2},
    {"arc_tangent_2", 2},
    {"less", 2},
    {"less_equal", 2},
    {"equal", 2},
    {"not_equal", 2},
    {"logical_and", 2},
    {"logical_or", 2},
    {"select", 3},
}};

bool commutes(Op op) {
    switch (op) {
        case Op::add:
        case Op::multiply:
        case Op::equal:
        case Op::not_equal:
        case Op::logical_and:
        case Op::logical_or:
            return true;
        default:
            return false;  // minimum and maximum do not, for 0 and -0 and for NaN
    }
}

/// Dividing by it is multiplying by its reciprocal, to the bit.
bool is_power_of_two(double x) {
    int exponent;
    return std::isnormal(x) && std::abs(std::frexp(x, &exponent)) == 0.5 && std::isnormal(1.0 / x);
}

bool same_bits(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

std::string_view name_of(Op op) {
    return infos[static_cast<std::size_t>(op)].name;
}

std::size_t operand_count(Op op) {
    return infos[static_cast<std::size_t>(op)].operands;
}

Type result_type(Op op, Type of_second_operand) {
    switch (op) {
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal:
        case Op::logical_and:
        case Op::logical_or:
        case Op::logical_not:
            return Type::boolean;
        case Op::select:
            return of_second_operand;
        default:
            return Type::real;
    }
}

Op Expression::op() const {
    return graph_->node(id_).op;
}
Type Expression::type() const {
    return graph_->node(id_).type;
}
double Expression::value() const {
    return graph_->node(id_).value;
}
std::uint32_t Expression::index() const {
    return graph_->node(id_).index;
}
Expression Expression::operand(std::size_t i) const {
    return {*graph_, graph_->node(id_).operands[i]};
}
Span Expression::span() const {
    return graph_->span(id_);
}
bool Expression::is_constant(double wanted) const {
    return is_constant() && same_bits(value(), wanted);
}

std::size_t Graph::Hash::operator()(const Node& node) const {
    std::uint64_t h =
        static_cast<std::uint64_t>(node.op) << 8 | static_cast<std::uint64_t>(node.type);
    for (const std::uint64_t part :
         {std::bit_cast<std::uint64_t>(node.value), std::uint64_t{node.index},
          std::uint64_t{node.operands[0]}, std::uint64_t{node.operands[1]},
          std::uint64_t{node.operands[2]}})
        h = (h ^ part) * 0x9e3779b97f4a7c15u + (h >> 29);
    return h;
}

bool Graph::Equal::operator()(const Node& a, const Node& b) const {
    return a.op == b.op && a.type == b.type && same_bits(a.value, b.value) && a.index == b.index &&
           a.operands == b.operands;
}

Expression Graph::intern(const Node& node) {
    const auto [found, is_new] = ids_.emplace(node, static_cast<NodeId>(nodes_.size()));
    if (is_new) {
        nodes_.push_back(node);
        spans_.push_back(span_);
    }
    return {*this, found->second};
}

Expression Graph::constant(double value) {
    // one NaN: which sign an operation gives it depends on the machine
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    return intern({Op::constant, Type::real, value, 0, {}});
}

Expression Graph::boolean(bool value) {
    return intern({Op::constant, Type::boolean, value ? 1.0 : 0.0, 0, {}});
}

Expression Graph::argument(std::size_t index, Type type) {
    return intern({Op::argument, type, 0.0, static_cast<std::uint32_t>(index), {}});
}

Expression Graph::apply(Op op, std::initializer_list<Expression> operands) {
    return apply(op, std::span(operands.begin(), operands.size()));
}

Expression Graph::apply(Op op, std::span<const Expression> operands) {
    ASP_ASSERT(operands.size() == operand_count(op) && !operands.empty());
    std::array<Expression, 3> x{};
    bool all_constant = true;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        ASP_ASSERT(operands[i] && &operands[i].graph() == this);
        x[i] = operands[i];
        all_constant = all_constant && x[i].is_constant();
    }
    const Type type = result_type(op, x[1] ? x[1].type() : Type::real);
    if (all_constant) {
        const double value =
            evaluate(op, x[0].value(), x[1] ? x[1].value() : 0.0, x[2] ? x[2].value() : 0.0);
        return type == Type::boolean ? boolean(value != 0.0) : constant(value);
    }
    if (commutes(op) && x[1].id() < x[0].id()) std::swap(x[0], x[1]);
    if (const Expression simple = simplified(op, x)) return simple;
    Node node{op, type, 0.0, 0, {}};
    for (std::size_t i = 0; i < operands.size(); ++i) node.operands[i] = x[i].id();
    return intern(node);
}

/// A simpler expression of the same value, to the bit; nothing where there is none.
Expression Graph::simplified(Op op, const std::array<Expression, 3>& x) {
    const auto [a, b, c] = x;
    const auto negated = [](Expression e) { return e.is(Op::negate); };
    switch (op) {
        case Op::negate:
            if (negated(a)) return a.operand(0);
            break;
        case Op::absolute:
            if (negated(a)) return abs(a.operand(0));
            if (a.is(Op::absolute)) return a;  // not of a square root: that of -0 is -0
            break;
        case Op::logical_not:
            if (a.is(Op::logical_not)) return a.operand(0);
            break;
        case Op::add:
            if (a.is_constant(-0.0)) return b;
            if (b.is_constant(-0.0)) return a;
            if (negated(b)) return a - b.operand(0);
            if (negated(a)) return b - a.operand(0);
            break;
        case Op::subtract:
            if (b.is_constant(0.0)) return a;
            if (negated(b)) return a + b.operand(0);
            break;
        case Op::multiply:
            for (const auto& [factor, other] : {std::pair{a, b}, std::pair{b, a}}) {
                if (factor.is_constant(1.0)) return other;
                if (factor.is_constant(-1.0)) return -other;
            }
            if (negated(a) && negated(b)) return a.operand(0) * b.operand(0);
            if (negated(a)) return -(a.operand(0) * b);
            if (negated(b)) return -(a * b.operand(0));
            break;
        case Op::divide:
            if (b.is_constant(1.0)) return a;
            if (b.is_constant() && is_power_of_two(b.value())) return a * (1.0 / b.value());
            if (negated(a) && negated(b)) return a.operand(0) / b.operand(0);
            if (negated(a)) return -(a.operand(0) / b);
            if (negated(b)) return -(a / b.operand(0));
            break;
        case Op::logical_and:
        case Op::logical_or:
            for (const auto& [known, other] : {std::pair{a, b}, std::pair{b, a}})
                if (known.is_constant())
                    return (known.value() != 0.0) == (op == Op::logical_and) ? other : known;
            if (a == b) return a;
            break;
        case Op::select:
            if (a.is_constant()) return a.value() != 0.0 ? b : c;
            if (b == c) return b;
            if (a.is(Op::logical_not)) return select(a.operand(0), c, b);
            break;
        default:
            break;
    }
    return {};
}

double evaluate(Op op, double a, double b, double c) {
    switch (op) {
        case Op::constant:
        case Op::argument:
            return a;
        case Op::negate:
            return -a;
        case Op::absolute:
            return std::abs(a);
        case Op::square_root:
            return std::sqrt(a);
        case Op::cube_root:
            return std::cbrt(a);
        case Op::exponential:
            return std::exp(a);
        case Op::logarithm:
            return std::log(a);
        case Op::sine:
            return std::sin(a);
        case Op::cosine:
            return std::cos(a);
        case Op::tangent:
            return std::tan(a);
        case Op::arc_sine:
            return std::asin(a);
        case Op::arc_cosine:
            return std::acos(a);
        case Op::arc_tangent:
            return std::atan(a);
        case Op::hyperbolic_sine:
            return std::sinh(a);
        case Op::hyperbolic_cosine:
            return std::cosh(a);
        case Op::hyperbolic_tangent:
            return std::tanh(a);
        case Op::round_down:
            return std::floor(a);
        case Op::logical_not:
            return a == 0.0 ? 1.0 : 0.0;
        case Op::add:
            return a + b;
        case Op::subtract:
            return a - b;
        case Op::multiply:
            return a * b;
        case Op::divide:
            return a / b;
        case Op::power:
            return std::pow(a, b);
        case Op::minimum:
            return a < b ? a : b;
        case Op::maximum:
            return a > b ? a : b;
        case Op::arc_tangent_2:
            return std::atan2(a, b);
        case Op::less:
            return a < b ? 1.0 : 0.0;
        case Op::less_equal:
            return a <= b ? 1.0 : 0.0;
        case Op::equal:
            return a == b ? 1.0 : 0.0;
        case Op::not_equal:
            return a != b ? 1.0 : 0.0;
        case Op::logical_and:
            return a != 0.0 && b != 0.0 ? 1.0 : 0.0;
        case Op::logical_or:
            return a != 0.0 || b != 0.0 ? 1.0 : 0.0;
        case Op::select:
            return a != 0.0 ? b : c;
    }
    return 0.0;
}

Expression unary(Op op, Expression a) {
    return a.graph().apply(op, {a});
}
Expression operator-(Expression a) {
    return unary(Op::negate, a);
}
Expression operator+(Expression a, Expression b) {
    return a.graph().apply(Op::add, {a, b});
}
Expression operator-(Expression a, Expression b) {
    return a.graph().apply(Op::subtract, {a, b});
}
Expression operator*(Expression a, Expression b) {
    return a.graph().apply(Op::multiply, {a, b});
}
Expression operator/(Expression a, Expression b) {
    return a.graph().apply(Op::divide, {a, b});
}
Expression operator<(Expression a, Expression b) {
    return a.graph().apply(Op::less, {a, b});
}
Expression operator<=(Expression a, Expression b) {
    return a.graph().apply(Op::less_equal, {a, b});
}
Expression minimum(Expression a, Expression b) {
    return a.graph().apply(Op::minimum, {a, b});
}
Expression maximum(Expression a, Expression b) {
    return a.graph().apply(Op::maximum, {a, b});
}
Expression select(Expression condition, Expression a, Expression b) {
    return a.graph().apply(Op::select, {condition, a, b});
}

Expression power(Expression base, Expression exponent) {
    Graph& graph = base.graph();
    if (!exponent.is_constant() || base.is_constant())
        return graph.apply(Op::power, {base, exponent});
    const double n = exponent.value();
    if (n == 0.5) return sqrt(base);
    if (n == -0.5) return 1.0 / sqrt(base);
    if (std::abs(n) > 16.0 || n != std::floor(n)) return graph.apply(Op::power, {base, exponent});
    if (n == 0.0) return graph.constant(1.0);
    Expression result, square = base;
    for (auto rest = static_cast<unsigned>(std::abs(n)); rest != 0; rest >>= 1) {
        if (rest & 1) result = result ? result * square : square;
        if (rest > 1) square = square * square;
    }
    return n < 0.0 ? 1.0 / result : result;
}

}  // namespace asp::ir

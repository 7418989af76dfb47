#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asp::ir {

enum class Type : std::uint8_t { real, boolean };

/// What a node does with its operands. Nothing has a side effect.
enum class Op : std::uint8_t {
    constant,  ///< its value; 0 or 1 for a boolean
    argument,  ///< of the function, by number
    negate,
    absolute,
    square_root,
    cube_root,
    exponential,
    logarithm,
    sine,
    cosine,
    tangent,
    arc_sine,
    arc_cosine,
    arc_tangent,
    hyperbolic_sine,
    hyperbolic_cosine,
    hyperbolic_tangent,
    round_down,
    logical_not,
    add,
    subtract,
    multiply,
    divide,
    power,
    minimum,  ///< a < b ? a : b
    maximum,  ///< a > b ? a : b
    arc_tangent_2,
    less,
    less_equal,
    equal,
    not_equal,
    logical_and,
    logical_or,
    select,  ///< condition ? a : b, of two reals or two booleans
};
constexpr std::size_t op_count = static_cast<std::size_t>(Op::select) + 1;

/// "square_root"
std::string_view name_of(Op op);
std::size_t operand_count(Op op);
Type result_type(Op op, Type of_second_operand);

/// Bytes [begin, end) of the text that an expression was written in.
struct Span {
    std::uint32_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
};

using NodeId = std::uint32_t;

struct Node {
    Op op;
    Type type;
    double value;                    ///< of a constant, else 0
    std::uint32_t index;             ///< of an argument, else 0
    std::array<NodeId, 3> operands;  ///< unused ones are 0
};

class Graph;

/// A node of a graph that somebody else keeps alive. Cheap to copy; equal means the same node, and
/// so the same value.
class Expression {
public:
    Expression() = default;
    Expression(Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

    NodeId id() const { return id_; }
    Graph& graph() const { return *graph_; }
    Op op() const;
    Type type() const;
    double value() const;         ///< of a constant
    std::uint32_t index() const;  ///< of an argument
    Expression operand(std::size_t i) const;
    Span span() const;
    bool is(Op wanted) const { return op() == wanted; }
    bool is_constant() const { return is(Op::constant); }
    bool is_constant(double wanted) const;  ///< to the bit: 0 is not -0
    explicit operator bool() const { return graph_ != nullptr; }
    bool operator==(const Expression& other) const = default;

private:
    Graph* graph_ = nullptr;
    NodeId id_ = 0;
};

/// Expressions that share equal parts (hash-consed): each node stands once, operands before the
/// nodes that use them. What is built is simplified as far as IEEE arithmetic leaves every result
/// the same to the bit (the sign and payload of a NaN aside).
class Graph {
public:
    Graph() = default;
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;

    Expression constant(double value);
    Expression boolean(bool value);
    Expression argument(std::size_t index, Type type = Type::real);
    /// Operands of the right number and types, of this graph.
    Expression apply(Op op, std::initializer_list<Expression> operands);
    Expression apply(Op op, std::span<const Expression> operands);

    std::size_t size() const { return nodes_.size(); }
    const Node& node(NodeId id) const { return nodes_[id]; }
    Expression at(NodeId id) { return {*this, id}; }
    Span span(NodeId id) const { return spans_[id]; }
    /// Where nodes that are built from now on were written. An equal node keeps its first place.
    void set_span(Span span) { span_ = span; }
    Span span() const { return span_; }  ///< what was set last

private:
    struct Hash {
        std::size_t operator()(const Node& node) const;
    };
    struct Equal {
        bool operator()(const Node& a, const Node& b) const;
    };
    Expression intern(const Node& node);
    Expression simplified(Op op, const std::array<Expression, 3>& x);

    std::vector<Node> nodes_;
    std::vector<Span> spans_;
    std::unordered_map<Node, NodeId, Hash, Equal> ids_;
    Span span_;
};

/// The value of one operation, as interpreter and constant folding have it. Booleans are 0 and 1.
double evaluate(Op op, double a, double b = 0.0, double c = 0.0);

// Arithmetic builds nodes; a number becomes a constant of the other operand's graph.
Expression operator-(Expression a);
Expression operator+(Expression a, Expression b);
Expression operator-(Expression a, Expression b);
Expression operator*(Expression a, Expression b);
Expression operator/(Expression a, Expression b);
Expression operator<(Expression a, Expression b);
Expression operator<=(Expression a, Expression b);
inline Expression operator>(Expression a, Expression b) {
    return b < a;
}
inline Expression operator>=(Expression a, Expression b) {
    return b <= a;
}
inline Expression operator+(Expression a, double b) {
    return a + a.graph().constant(b);
}
inline Expression operator+(double a, Expression b) {
    return b.graph().constant(a) + b;
}
inline Expression operator-(Expression a, double b) {
    return a - a.graph().constant(b);
}
inline Expression operator-(double a, Expression b) {
    return b.graph().constant(a) - b;
}
inline Expression operator*(Expression a, double b) {
    return a * a.graph().constant(b);
}
inline Expression operator*(double a, Expression b) {
    return b.graph().constant(a) * b;
}
inline Expression operator/(Expression a, double b) {
    return a / a.graph().constant(b);
}
inline Expression operator/(double a, Expression b) {
    return b.graph().constant(a) / b;
}

Expression unary(Op op, Expression a);
inline Expression sqrt(Expression a) {
    return unary(Op::square_root, a);
}
inline Expression abs(Expression a) {
    return unary(Op::absolute, a);
}
inline Expression exp(Expression a) {
    return unary(Op::exponential, a);
}
inline Expression log(Expression a) {
    return unary(Op::logarithm, a);
}
Expression minimum(Expression a, Expression b);
Expression maximum(Expression a, Expression b);
Expression select(Expression condition, Expression a, Expression b);
/// base^exponent. A whole constant exponent from -16 to 16 means repeated multiplication (square
/// and multiply, the reciprocal at the end), one half a square root: that is how the language
/// defines them.
Expression power(Expression base, Expression exponent);

}  // namespace asp::ir

#pragma once

#include <array>
#include <span>
#include <unordered_map>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/ir/expression.hpp"

namespace asp::ir::detail {

/// The nodes that some expressions need, operands first, and their places in that order. Passes go
/// through it in a loop: a recursion would overflow the stack on a chain of 100000 nodes.
class Sweep {
public:
    /// Cost: linear in the nodes needed, whatever else the graph holds, but for their sorting.
    explicit Sweep(std::span<const Expression> roots);
    explicit Sweep(Expression root) : Sweep(std::span(&root, 1)) {}

    std::size_t size() const { return ids_.size(); }
    Expression operator[](std::size_t i) const { return {*graph_, ids_[i]}; }
    const Node& node(std::size_t i) const { return graph_->node(ids_[i]); }
    /// Of a node that is needed.
    std::size_t place(NodeId id) const { return places_.find(id)->second; }
    std::size_t place(Expression e) const { return place(e.id()); }
    /// Of an operand of node i.
    std::size_t operand(std::size_t i, std::size_t k) const { return operands_[i][k]; }

private:
    Graph* graph_ = nullptr;
    std::vector<NodeId> ids_;
    std::unordered_map<NodeId, std::uint32_t> places_;
    std::vector<std::array<std::uint32_t, 3>> operands_;  ///< their places
};

/// The values of node i's operands; those that it has not stay empty.
template <class Value>
std::array<Value, 3> of_operands(const Sweep& sweep, std::size_t i,
                                 const std::vector<Value>& values) {
    std::array<Value, 3> x{};
    const std::size_t count = operand_count(sweep.node(i).op);
    for (std::size_t k = 0; k < 3; ++k)
        if (k < count) x[k] = values[sweep.operand(i, k)];
    return x;
}

/// For each node whether it depends on an argument for which `wanted` is true.
template <class Wanted>
std::vector<char> dependence(const Sweep& sweep, const Wanted& wanted) {
    std::vector<char> depends(sweep.size(), 0);
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Node& node = sweep.node(i);
        if (node.op == Op::argument) depends[i] = wanted(std::size_t{node.index}) ? 1 : 0;
        for (std::size_t k = 0; k < operand_count(node.op); ++k)
            if (depends[sweep.operand(i, k)]) depends[i] = 1;
    }
    return depends;
}

/// Builds in `graph` what `node` does, of other operands.
Expression rebuilt(Graph& graph, const Node& node, std::span<const Expression> operands);

/// The graph's span as it was, whatever is set meanwhile.
class KeepSpan {
public:
    explicit KeepSpan(Graph& graph) : graph_(graph), span_(graph.span()) {}
    KeepSpan(const KeepSpan&) = delete;
    KeepSpan& operator=(const KeepSpan&) = delete;
    ~KeepSpan() { graph_.set_span(span_); }

private:
    Graph& graph_;
    Span span_;
};

}  // namespace asp::ir::detail

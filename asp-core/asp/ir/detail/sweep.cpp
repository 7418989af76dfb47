#include "asp/ir/detail/sweep.hpp"

#include <algorithm>

namespace asp::ir::detail {

Sweep::Sweep(std::span<const Expression> roots) {
    for (const Expression root : roots) {
        ASP_ASSERT(root && (graph_ == nullptr || graph_ == &root.graph()));
        graph_ = &root.graph();
        if (places_.emplace(root.id(), 0).second) ids_.push_back(root.id());
    }
    for (std::size_t next = 0; next < ids_.size(); ++next) {  // ids_ is its own queue
        const Node& node = graph_->node(ids_[next]);
        for (std::size_t k = 0; k < operand_count(node.op); ++k)
            if (places_.emplace(node.operands[k], 0).second) ids_.push_back(node.operands[k]);
    }
    std::sort(ids_.begin(), ids_.end());  // operands are older than what uses them
    operands_.resize(ids_.size());
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        places_[ids_[i]] = static_cast<std::uint32_t>(i);
        const Node& node = graph_->node(ids_[i]);
        for (std::size_t k = 0; k < operand_count(node.op); ++k)
            operands_[i][k] = places_[node.operands[k]];
    }
}

Expression rebuilt(Graph& graph, const Node& node, std::span<const Expression> operands) {
    switch (node.op) {
        case Op::constant:
            return node.type == Type::boolean ? graph.boolean(node.value != 0.0)
                                              : graph.constant(node.value);
        case Op::argument:
            return graph.argument(node.index, node.type);
        default:
            return graph.apply(node.op, operands.first(operand_count(node.op)));
    }
}

}  // namespace asp::ir::detail

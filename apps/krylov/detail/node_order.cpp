#include "krylov/detail/node_order.hpp"

#include <algorithm>

#include "krylov/ordering.hpp"

namespace krylov::detail {
namespace {

Order random_order(std::int64_t count, Random& random) {
    Order order(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto j = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1));
        order[i] = order[j];
        order[j] = static_cast<std::int32_t>(i);
    }
    return order;
}

Order of_unknowns(const Order& nodes, std::int64_t block) {
    Order order;
    order.reserve(nodes.size() * static_cast<std::size_t>(block));
    for (const std::int32_t node : nodes)
        for (std::int64_t r = 0; r < block; ++r)
            order.push_back(static_cast<std::int32_t>(node * block + r));
    return order;
}

/// The pattern of the nodes' blocks, which are dense.
Csr<double> of_nodes(const Csr<double>& matrix, std::int64_t block) {
    Csr<double> nodes;
    nodes.columns = matrix.columns / block;
    for (std::int64_t i = 0; i < nodes.columns; ++i) {
        const auto row = static_cast<std::size_t>(i * block);
        for (auto j = matrix.row_start[row]; j < matrix.row_start[row + 1]; j += block)
            nodes.column.push_back(
                static_cast<std::int32_t>(matrix.column[static_cast<std::size_t>(j)] / block));
        nodes.row_start.push_back(nodes.nonzeros());
    }
    nodes.value.resize(nodes.column.size());
    return nodes;
}

Order sorted(const Graph& nodes, NodeOrder order) {
    if (order == NodeOrder::rcm) return reverse_cuthill_mckee(nodes);
    const std::int32_t parts = nodes.vertices() / 500 + 1;
    return part_by_part(partition(
        nodes, parts, order == NodeOrder::metis ? Partitioner::metis : Partitioner::scotch));
}

}  // namespace

NodeOrder node_order_asked(const Description& description, NodeOrder otherwise) {
    if (!description.options.contains("order")) return otherwise;
    return static_cast<NodeOrder>(
        description.choice("order", {"natural", "random", "rcm", "metis", "scotch"}));
}

Csr<double> renumbered(Csr<double> matrix, NodeOrder order, std::int64_t block, Random& random) {
    if (order == NodeOrder::natural) return matrix;
    const Order shuffled = random_order(matrix.columns / block, random);
    matrix = permuted(matrix.view(), of_unknowns(shuffled, block));
    if (order == NodeOrder::random) return matrix;
    const Graph nodes = graph_of(of_nodes(matrix, block).view());
    return permuted(matrix.view(), of_unknowns(sorted(nodes, order), block));
}

}  // namespace krylov::detail

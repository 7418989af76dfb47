#pragma once

#include "krylov/detail/generators.hpp"

namespace krylov::detail {

enum class NodeOrder { natural, random, rcm };

NodeOrder node_order_asked(const Description& description, NodeOrder otherwise);

/// Numbers the nodes of `block` rows each anew. Reverse Cuthill-McKee starts from a random order,
/// as a mesh out of a generator has it.
Csr<double> renumbered(Csr<double> matrix, NodeOrder order, std::int64_t block, Random& random);

}  // namespace krylov::detail

#pragma once

#include "krylov/detail/generators.hpp"

namespace krylov::detail {

enum class NodeOrder { natural, random, rcm, metis, scotch };

NodeOrder node_order_asked(const Description& description, NodeOrder otherwise);

/// Numbers the nodes of `block` rows each anew: all but the natural order starts from a random one,
/// as a mesh out of a generator has it. METIS and SCOTCH: part after part of some 500 nodes.
Csr<double> renumbered(Csr<double> matrix, NodeOrder order, std::int64_t block, Random& random);

}  // namespace krylov::detail

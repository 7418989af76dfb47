#pragma once

#include <vector>

#include "krylov/detail/choice.hpp"
#include "krylov/detail/model.hpp"
#include "krylov/unit_graph.hpp"

namespace krylov::detail {

/// What of a product does not depend on how it is tiled.
struct Product {
    std::int64_t row_bytes;  ///< of all vectors
    double core_seconds;     ///< in cache
};

/// Implicit tiles of a few sizes, shapes and depths, or of those that `options` gives, each with
/// its modelled time. `base`: what they have in common.
std::vector<Option> implicit_options(const UnitGraph& graph, const Candidate& base,
                                     const PlanOptions& options, const Product& product,
                                     const Machine& machine, const asp::Team* team = nullptr);

}  // namespace krylov::detail

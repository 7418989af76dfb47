#pragma once

#include <optional>

#include "krylov/detail/model.hpp"
#include "krylov/ordering.hpp"

namespace krylov::detail {

/// What a request leaves open of the storage.
struct StorageWish {
    std::optional<Storage> storage;
    std::optional<int> block;
    bool may_pack;     ///< into slices or blocks
    bool may_be_rows;  ///< CSR
};

/// The best by the model of those that are wished for. `value_bytes`: of a number in slices. Throws
/// InputError where blocks are wished for and rows do not come in any.
template <class Scalar, class Column>
StorageEstimate choose_storage(const CsrView<Scalar, Column>& matrix, const StorageWish& wish,
                               double value_bytes, const Machine& machine);

/// Whether the numbers of a packed matrix fit their types, and, unless it is asked for
/// (`is_wished`), rows side by side are alike enough.
template <class Scalar, class Column>
bool may_pack(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, bool is_wished);

}  // namespace krylov::detail

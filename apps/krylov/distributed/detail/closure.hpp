#pragma once

#include <cstdint>
#include <vector>

#include "krylov/csr.hpp"
#include "krylov/distributed/communicator.hpp"
#include "krylov/distributed/row_layout.hpp"

namespace krylov::detail {

/// The rows of one rank with global columns.
using OwnRows = CsrView<double, std::int64_t>;

/// [own rows] how many levels of each row can be made from own values of x alone, at most k: 0 for
/// a row with a column of another rank.
std::vector<std::int32_t> levels_alone(const OwnRows& own, std::int64_t first_row, std::int32_t k);

/// Other ranks' rows that k levels of the own rows reach, nearest first. Distance 1 are the columns
/// of own rows, distance d + 1 those of rows at distance d.
struct Ghosts {
    std::vector<std::int64_t> row;     ///< global numbers: by distance, then rising
    std::vector<std::int32_t> levels;  ///< [ghosts] that the owner makes alone
    /// Of the rows at distance k - 1 and less, in this order, with global columns; those farther
    /// away are never computed.
    std::vector<std::int64_t> row_start{0}, column;
    std::vector<double> value;
};

/// Collective. `levels` are the own rows' levels_alone().
Ghosts gather_ghosts(const Communicator& communicator, const RowLayout& layout, const OwnRows& own,
                     const std::vector<std::int32_t>& levels, std::int32_t k);

}  // namespace krylov::detail

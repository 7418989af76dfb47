#pragma once

#include <cstdint>

#include "krylov/ordering.hpp"

namespace krylov::detail {

/// How many others a unit of so many rows reads, by a sample; in the numbering (null: the given).
template <class Scalar, class Column>
double units_read(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
                  std::int64_t rows_per_unit);

/// Whether that is only a few: before more is spent.
template <class Scalar, class Column>
bool is_local(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
              std::int64_t rows_per_unit);

/// What units are cut from.
struct Items {
    std::int64_t count;          ///< rows of CSR, or slices
    std::int64_t rows_per_item;  ///< the last item may have fewer
    double bytes;                ///< of an item's matrix and vectors
};

/// Units that are small beside a tile of `tile_bytes`, and few enough; of a size near which units
/// read clearly fewer others than those a little larger or smaller, where there is one: on a grid,
/// whole lines of it.
template <class Scalar, class Column>
std::int64_t items_per_unit(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
                            const Items& items, double tile_bytes);

}  // namespace krylov::detail

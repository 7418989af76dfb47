#pragma once

#include <cstdint>

#include "asp/harts/team.hpp"
#include "krylov/ordering.hpp"

namespace krylov::detail {

/// How many units of `columns` columns are read by `rows` rows that follow one another, by a
/// sample; in the numbering (null: the given).
template <class Scalar, class Column>
double units_read(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
                  std::int64_t rows, std::int64_t columns);

/// Whether rows that follow one another read from everywhere. `block`: side of dense blocks.
template <class Scalar, class Column>
bool is_scattered(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, int block);

/// Whether units of so many rows read only a few others: before more is spent.
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
                            const Items& items, double tile_bytes, const asp::Team* team = nullptr);

}  // namespace krylov::detail

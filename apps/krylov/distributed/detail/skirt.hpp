#pragma once

#include <cstdint>
#include <vector>

#include "krylov/csr.hpp"
#include "krylov/distributed/detail/closure.hpp"
#include "krylov/distributed/halo.hpp"

namespace krylov::detail {

struct Range {
    std::int32_t begin, end;
};

/// What a rank computes beside its interior: own rows near its border, at the levels they cannot
/// reach alone, and ghost rows as far as those need them. It has vectors of its own, whose entries
/// are: own rows by falling levels_alone() (first a rim of interior rows whose values are only
/// read), then ghosts, nearest first. So the own entries the interior has made at a level are
/// always the first ones, and those made here the others.
struct Skirt {
    std::vector<std::int32_t> own;      ///< the own row of each of the first entries
    std::vector<std::int32_t> own_end;  ///< [k + 1] first own entry that has not this level alone
    Csr<double>
        rows;  ///< [entries] values in the order of their global columns; the rim's are empty
    std::vector<std::vector<Range>> computed;  ///< [k + 1] entries to compute at each level
    std::vector<HaloMessage> received;         ///< positions are entries
    std::int64_t redundant_products = 0;       ///< of ghost rows, all levels

    std::int32_t entries() const { return static_cast<std::int32_t>(rows.rows()); }
};

/// Who makes the ghosts' values: this rank again, from x, or their owners as far as they can alone.
enum class GhostValues { from_start, from_owner };

Skirt make_skirt(const OwnRows& own, const RowLayout& layout, std::int64_t first_row,
                 const std::vector<std::int32_t>& levels, const Ghosts& ghosts, std::int32_t k,
                 GhostValues values);

}  // namespace krylov::detail

#pragma once

#include "asp/base/huge_pages.hpp"
#include "krylov/akx.hpp"
#include "krylov/detail/powers.hpp"
#include "krylov/ordering.hpp"

namespace krylov::detail {

/// Vectors that make_renumbered_levels() needs for each of the user's.
std::size_t renumbered_vectors(const Schedule* schedule, Keep keep);

/// As make_levels() with an engine in another numbering: x goes in, and after each sweep its levels
/// come out. `memory` [renumbered_vectors, vectors, n]; where only a sum is kept, `vectors` also
/// has places for two levels in turn. `finished` hears of rows at the end.
template <class Scalar>
void make_renumbered_levels(const Engine<Scalar>& engine, const Renumbering& numbering,
                            const Schedule* schedule, std::int64_t items_per_unit,
                            const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                            std::size_t vectors_at_once, asp::HugeVector<Scalar>& memory,
                            const asp::Team* team, const Finished& finished = {});

}  // namespace krylov::detail

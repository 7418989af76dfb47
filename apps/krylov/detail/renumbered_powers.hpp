#pragma once

#include "asp/base/huge_pages.hpp"
#include "krylov/akx.hpp"
#include "krylov/detail/powers.hpp"
#include "krylov/ordering.hpp"

namespace krylov::detail {

/// Vectors that make_renumbered_levels() needs besides the user's.
std::size_t renumbered_vectors(Keep keep);

/// As make_levels() with an engine in another numbering: x goes in, and what is made comes out at
/// the end, when `finished` hears of it. `memory` [renumbered_vectors, vectors, n].
template <class Scalar>
void make_renumbered_levels(const Engine<Scalar>& engine, const Renumbering& numbering,
                            const Schedule* schedule, std::int64_t items_per_unit,
                            const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                            std::size_t vectors_at_once, asp::HugeVector<Scalar>& memory,
                            const asp::Team* team, const Finished& finished = {});

}  // namespace krylov::detail

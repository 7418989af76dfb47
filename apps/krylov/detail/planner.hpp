#pragma once

#include <memory>

#include "krylov/akx.hpp"
#include "krylov/detail/choice.hpp"
#include "krylov/detail/engine.hpp"
#include "krylov/detail/explicit_tiles.hpp"
#include "krylov/schedule.hpp"

namespace krylov::detail {

/// A plan, and what it runs on.
template <class Scalar>
struct Prepared {
    Plan plan;
    std::unique_ptr<Engine<Scalar>> engine;
    std::unique_ptr<const Renumbering> numbering;  ///< of the engine; null: as given
    /// Plain products in the given numbering, until it is decided whether they are best.
    std::unique_ptr<Engine<Scalar>> as_numbered;
    std::int64_t items_per_unit = 1;
    std::shared_ptr<const Schedule> schedule;  ///< null: plain, or explicit
    /// Whether two vectors in turn are enough for the schedule: nobody writes what is still needed.
    bool allows_turns = true;
    std::unique_ptr<ExplicitTiles<Scalar>> tiles;
    std::unique_ptr<Choice> choice;  ///< where candidates are still to be timed
    std::int64_t nonzeros = 0;
    int k = 1, vectors = 1;
    Keep keep = Keep::basis;

    bool is_renumbered(const Candidate& candidate) const {
        return numbering != nullptr && candidate.numbering != Numbering::given;
    }
    const Engine<Scalar>& engine_for(const Candidate& candidate) const {
        return as_numbered && !is_renumbered(candidate) ? *as_numbered : *engine;
    }
    /// Takes what the times have told, and lets go of the rest.
    void settle(std::shared_ptr<const Schedule> taken);
    /// What the plan says of what it runs on.
    void measure();
};

/// Throws InputError for a matrix that is not square and for options out of range.
template <class Scalar, class Column>
Prepared<Scalar> prepare(const CsrView<Scalar, Column>& matrix, const PlanOptions& options,
                         const asp::Context& context, const asp::Team* team);

}  // namespace krylov::detail

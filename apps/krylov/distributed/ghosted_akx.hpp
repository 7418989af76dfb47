#pragma once

#include <cstdint>
#include <memory>

#include "asp/base/array.hpp"
#include "krylov/akx.hpp"
#include "krylov/distributed/communicator.hpp"
#include "krylov/distributed/distributed_akx.hpp"
#include "krylov/distributed/row_layout.hpp"

namespace krylov {

/// The matrix powers kernel over MPI with each rank's own plan: own rows and ghost rows are one
/// local matrix for Akx, which keeps its tiles in the caches. Numbered as globally, so each row
/// keeps its order of additions and any number of ranks gives the bits of reference_powers. One
/// message to each neighbour for k levels, before all else; against DistributedAkx the ghosts'
/// rows are made at all levels and nothing runs while messages move, which pays where the caches
/// do more than that costs. Source: Demmel, Hoemmen, Mohiyuddin and Yelick (2008), algorithm PA1
/// around SA1 or SA2.
class GhostedAkx {
public:
    /// Collective. `own` as for DistributedAkx; k and vectors are in the plan's options, the same
    /// on all ranks. Where one rank's input is bad, all throw the same InputError.
    GhostedAkx(const Communicator& communicator, const CsrView<double, std::int64_t>& own,
               const PlanOptions& options, const asp::Context& context);
    GhostedAkx(GhostedAkx&&) noexcept;
    ~GhostedAkx();

    /// Rows of the local matrix: ghosts, own rows, ghosts.
    std::int64_t ghosted_rows() const;
    std::int64_t first_own() const;  ///< where own rows begin among them

    /// Collective. `basis` [k + 1, vectors, ghosted rows]: own elements of [0] hold x and are read,
    /// those of the others are written. Ghost elements need not be set, and mean nothing
    /// afterwards. Where one rank's sizes or recurrence do not fit, all throw the same InputError.
    void powers(asp::View<double, 3> basis, const Recurrence& recurrence,
                const asp::Team* team = nullptr);

    const Plan& plan() const;  ///< of this rank
    const RowLayout& layout() const;
    const DistributedCost& cost() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov

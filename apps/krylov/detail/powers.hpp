#pragma once

#include <functional>
#include <vector>

#include "krylov/detail/engine.hpp"

namespace krylov::detail {

/// Where the vectors of a call are, level by level.
template <class Scalar>
struct Vectors {
    std::vector<Scalar*> level;  ///< [k + 1]; two places in turn where only their sum is kept
    Scalar* sum = nullptr;
    const double* coefficient = nullptr;  ///< [k + 1], with sum
};

/// Hears of rows [begin, end) when their last level is made; from any thread.
using Finished = std::function<void(std::int64_t, std::int64_t)>;

/// Makes levels 1 to k: sweep by sweep of the schedule's depth, or one by one without a schedule.
template <class Scalar>
void make_levels(const Engine<Scalar>& engine, const Schedule* schedule,
                 std::int64_t items_per_unit, const Recurrence& recurrence,
                 const Vectors<Scalar>& vectors, const asp::Team* team,
                 const Finished& finished = {});

}  // namespace krylov::detail

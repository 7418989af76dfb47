#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "krylov/akx.hpp"
#include "krylov/detail/engine.hpp"
#include "krylov/schedule.hpp"

namespace krylov::detail {

/// A candidate that could be run.
struct Option {
    Candidate candidate;
    std::shared_ptr<const Schedule> schedule;  ///< null: plain products
};

/// Times plain products, where they are among the options, and as many others as the budget allows,
/// the most promising first; the best twice. Fills in what was measured; of an option that is not
/// clearly faster than plain products at least their time. Precondition: options stand in the order
/// of the model, one of them has a schedule. `begin` [s]: when planning began, which the budget
/// pays too.
template <class Scalar>
void time_options(std::vector<Option>& options, const Engine<Scalar>& engine,
                  std::int64_t items_per_unit, const PlanOptions& request, double begin,
                  const asp::Team* team);

double seconds_now();

}  // namespace krylov::detail

#pragma once

#include <optional>
#include <string>

#include "krylov/distributed/detail/closure.hpp"
#include "krylov/distributed/distributed_akx.hpp"

namespace krylov::detail {

/// Collective: who has which rows. Where one rank's rows or options are bad, all throw the same
/// InputError.
RowLayout agreed_layout(const Communicator& communicator, const OwnRows& own,
                        const DistributedOptions& options);

/// What is wrong with a call, if anything.
std::optional<std::string> problem_of_call(const asp::Extents<3>& basis,
                                           const asp::Extents<3>& expected,
                                           const Recurrence& recurrence);
std::optional<std::string> problem_of_polynomial(const asp::Extents<2>& x,
                                                 const Polynomial& polynomial,
                                                 const asp::Extents<2>& result);

}  // namespace krylov::detail

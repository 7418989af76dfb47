#pragma once

#include <functional>

#include "asp/base/array.hpp"
#include "krylov/distributed/distributed_akx.hpp"
#include "krylov/distributed/halo.hpp"

namespace krylov::detail {

/// Collective: tells the owners which of their values are to come here. `number` is the global row
/// of a position in `received`; positions in what is given are own rows.
std::vector<HaloMessage> messages_to_send(const Communicator& communicator,
                                          std::span<const HaloMessage> received,
                                          const std::function<std::int64_t(std::int32_t)>& number,
                                          std::int64_t first_row);

/// Packs values of a basis whose own rows begin at `first_own`, and lets them go.
void send(Halo& halo, asp::View<const double, 3> basis, std::int64_t first_own);
/// Puts what came where it belongs.
void unpack(const Halo& halo, asp::View<double, 3> values);

/// Messages and bytes; the rest is the caller's.
DistributedCost cost_of(const Halo& halo, std::size_t vectors);

}  // namespace krylov::detail

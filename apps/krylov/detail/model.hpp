#pragma once

#include "asp/jit/platform.hpp"
#include "krylov/akx.hpp"
#include "krylov/schedule.hpp"

namespace krylov::detail {

/// What the time of a product is made of on this machine.
struct Machine {
    double l2_bytes, l3_bytes;           ///< that a hart may count on
    double l3_seconds, memory_seconds;   ///< [s/byte] of a hart, past L2 and past L3
    double row_entry, gathered, in_run;  ///< [s] a nonzero in cache: CSR, lanes gathered, in runs
};
Machine machine_of(const asp::jit::Platform& platform, std::size_t harts);

/// A storage, as a sample of the matrix shows it.
struct StorageEstimate {
    Storage storage = Storage::csr;
    int block = 1;
    double bytes = 0.0;         ///< for each nonzero
    double core_seconds = 0.0;  ///< for each nonzero, in cache
};
/// `value_bytes`: of a number in slices. The best first, by the time of a product that streams.
template <class Scalar, class Column>
std::vector<StorageEstimate> storages_of(const CsrView<Scalar, Column>& matrix, double value_bytes,
                                         const Machine& machine);

/// [s] that k levels take of one hart of `harts`; bytes of all of the matrix and of one vector.
double plain_seconds(double matrix_bytes, double vector_bytes, double core_seconds, int k,
                     Keep keep, std::size_t harts, const Machine& machine);
/// [s] that a hart waits in all for `reads` numbers that lie far and wide in `bytes`.
double scattered_seconds(double reads, double bytes, std::size_t harts, const Machine& machine);
/// With vectors of `row_bytes` a row.
/// Follows every hart through its tiles with two caches that forget what was used longest ago.
double tiled_seconds(const UnitGraph& graph, const Schedule& schedule, double core_seconds, int k,
                     std::int64_t row_bytes, Keep keep, const Machine& machine);

}  // namespace krylov::detail

#pragma once

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "asp/base/error.hpp"
#include "krylov/distributed/communicator.hpp"

namespace krylov {

/// A communicator of our own: nobody else's messages can be taken for ours.
struct Communicator::Handle {
    MPI_Comm comm;

    explicit Handle(MPI_Comm ours) : comm(ours) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle();
};

namespace detail {

/// Throws BackendError with MPI's own words.
void check_mpi(int code, const char* what);

/// True once MPI_Finalize ran: then no handle may be freed any more.
bool is_mpi_over();

/// An agreement (Communicator::agree) under way while other work is done.
class PendingAgreement {
public:
    PendingAgreement(const Communicator& communicator, std::optional<std::string> problem);
    PendingAgreement(const PendingAgreement&) = delete;
    PendingAgreement& operator=(const PendingAgreement&) = delete;
    /// Throws as agree() does. To be called once.
    void finish();

private:
    const Communicator& communicator_;
    std::optional<std::string> problem_;
    int mine_, first_;
    MPI_Request request_ = MPI_REQUEST_NULL;
};

template <class T>
MPI_Datatype mpi_type();
template <>
inline MPI_Datatype mpi_type<double>() {
    return MPI_DOUBLE;
}
template <>
inline MPI_Datatype mpi_type<std::int64_t>() {
    return MPI_INT64_T;
}

/// What goes to each rank, or came from each, one behind the other.
template <class T>
struct Parcels {
    std::vector<std::int64_t> count;  ///< [ranks]
    std::vector<T> items;
};

/// MPI's counts and displacements. Precondition: they add up to less than 2^31.
struct MpiCounts {
    std::vector<int> count, displacement;
};
MpiCounts mpi_counts(std::span<const std::int64_t> count);

/// Collective: sends everybody his part and gives what came. Needs memory for all ranks' counts:
/// for setting up. Where one rank's parcels are too many for MPI's counts, all throw InputError.
template <class T>
Parcels<T> exchange(const Communicator& communicator, const Parcels<T>& parcels) {
    const auto comm = communicator.handle().comm;
    Parcels<T> received;
    received.count.resize(parcels.count.size());
    check_mpi(MPI_Alltoall(parcels.count.data(), 1, MPI_INT64_T, received.count.data(), 1,
                           MPI_INT64_T, comm),
              "MPI_Alltoall");
    std::int64_t total = 0;
    for (const std::int64_t count : received.count) total += count;
    const auto most = std::max(total, static_cast<std::int64_t>(parcels.items.size()));
    communicator.agree(most > INT_MAX ? std::optional(fmt::format(
                                            "{} items in one exchange: expected at most 2^31 - 1; "
                                            "take more ranks",
                                            most))
                                      : std::nullopt);
    received.items.resize(static_cast<std::size_t>(total));
    const MpiCounts out = mpi_counts(parcels.count), in = mpi_counts(received.count);
    check_mpi(MPI_Alltoallv(parcels.items.data(), out.count.data(), out.displacement.data(),
                            mpi_type<T>(), received.items.data(), in.count.data(),
                            in.displacement.data(), mpi_type<T>(), comm),
              "MPI_Alltoallv");
    return received;
}

}  // namespace detail
}  // namespace krylov

#pragma once

#include <memory>
#include <optional>
#include <string>

namespace krylov {

/// Processes that work together, by MPI. A copy is the same communicator.
class Communicator {
public:
    /// All processes of this run: one where nobody called mpiexec. Starts MPI where nobody has, and
    /// ends it then with the process. Throws BackendError where this build has no MPI, or where MPI
    /// was ended before.
    static Communicator world();

    int rank() const { return rank_; }
    int size() const { return size_; }

    /// Collective: every rank says what is wrong with its input, or nothing. Where one of them says
    /// something, all throw the same InputError: "rank 2: ..." of the first.
    void agree(const std::optional<std::string>& problem) const;

    struct Handle;  ///< detail/mpi.hpp
    const Handle& handle() const { return *handle_; }
    explicit Communicator(std::shared_ptr<const Handle> handle);

private:
    std::shared_ptr<const Handle> handle_;
    int rank_ = 0, size_ = 1;
};

}  // namespace krylov

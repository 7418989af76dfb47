#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace gmm {

/// Processes that train one mixture together, by MPI: each has a part of the frames. All of its
/// functions are collective: every rank calls them, in the same order.
class Ranks {
public:
    Ranks(int its_rank, int its_size) : rank(its_rank), size(its_size) {}
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;
    virtual ~Ranks() = default;

    /// Each value becomes the sum of all ranks' ones, with the same bits everywhere.
    virtual void add_up(std::span<double> values) const = 0;
    /// Each value becomes that of rank 0.
    virtual void broadcast(std::span<double> values) const = 0;
    /// Whether it is so on one of them.
    virtual bool any(bool is_so) const = 0;
    /// Every rank says what is wrong with its input, or nothing. Where one of them says something,
    /// all throw the same InputError: "rank 2: ..." of the first.
    virtual void agree(const std::optional<std::string>& problem) const = 0;

    const int rank, size;
};

/// All processes of this run, by MPI, which is started where nobody has. Throws BackendError where
/// this build has no MPI.
std::unique_ptr<Ranks> make_ranks();

/// The same where mpiexec has started several processes; null for one that is alone, which pays
/// nothing for MPI.
std::unique_ptr<Ranks> ranks_of_this_run();

/// This process's number among those that mpiexec has started; 0 for one that is alone.
int rank_of_this_process();
int size_of_this_run();  ///< how many mpiexec has started; 1 for one that is alone
/// How many of them share this machine; 1 where mpiexec does not tell.
int ranks_on_this_machine();

}  // namespace gmm

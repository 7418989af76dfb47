#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/harts/team.hpp"
#include "krylov/crosscheck/peer.hpp"
#include "krylov/csr.hpp"

namespace krylov {

/// Another library's product on as many harts as ours: a part of the rows for each, as many
/// nonzeros in all, and nothing to send between them. Kinder to PETSc than its own way over MPI.
struct NamedPeer {
    std::string key;                      ///< "petsc", "baij", "eigen": for columns and summaries
    std::vector<std::int64_t> first_row;  ///< [parts + 1]
    std::vector<std::vector<std::int64_t>> row_start;  ///< of each part
    std::vector<std::unique_ptr<Peer>> parts;

    /// "PETSc AIJ 3.18.5"
    std::string title() const { return parts.front()->name + " " + parts.front()->version; }
};

/// "petsc", "eigen". Throws InputError for any other name.
void require_peer_names(const std::vector<std::string>& names);

/// The peer of a name. The matrix must outlive it. Throws BackendError where this build has none.
NamedPeer make_peer(const std::string& name, const CsrView<double>& matrix, std::size_t harts);

/// The keys of what this build has.
const std::vector<std::string>& available_peers();

/// All that this build has for a matrix: PETSc's AIJ, its BAIJ where the matrix has dense blocks,
/// Eigen. The matrix must outlive them.
std::vector<NamedPeer> all_peers(const CsrView<double>& matrix, std::size_t harts);

/// x, A x, ..., A^k x by a peer: basis [k + 1, 1, n], [0] given.
void run(const NamedPeer& peer, asp::View<double, 3> basis, const asp::Team& team);

/// How far a peer's vectors are from ours, and how far rounding may take two ways of adding up the
/// same rows: 2 p (m + 1) eps |A|^p |x| at level p, for m nonzeros in the longest row and maximum
/// norms. Relative to each level's largest value.
struct PeerDifference {
    double largest = 0.0;     ///< over all levels
    bool is_rounding = true;  ///< each level's within what rounding allows
};
PeerDifference difference(asp::View<const double, 3> ours, asp::View<const double, 3> theirs,
                          const CsrView<double>& matrix);

}  // namespace krylov

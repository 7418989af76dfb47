#pragma once

#include <memory>
#include <span>
#include <string>

#include "asp/base/array.hpp"
#include "krylov/csr.hpp"

namespace krylov {

/// Another library's y = A x, set up once for a matrix and called many times: one thread.
class Peer {
public:
    Peer(std::string its_name, std::string its_version)
        : name(std::move(its_name)), version(std::move(its_version)) {}
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer() = default;

    /// x [columns], y [rows]. Throws BackendError where the library reports a failure.
    virtual void multiply(std::span<const double> x, std::span<double> y) = 0;

    const std::string name;     ///< "PETSc AIJ", "PETSc BAIJ 3", "Eigen"
    const std::string version;  ///< "3.18.5"
};

enum class PetscFormat { aij, block_aij, symmetric_block_aij };

/// PETSc's MatMult in this process. The matrix must outlive the peer, which uses its values in
/// place. Initializes PETSc at the first call (and MPI where nobody has), without signal handlers.
/// Throws InputError for a matrix PETSc's indices cannot count, blocks that do not divide it and a
/// symmetric format for an unsymmetric matrix; BackendError where this build has no PETSc.
std::unique_ptr<Peer> petsc_peer(const CsrView<double>& matrix,
                                 PetscFormat format = PetscFormat::aij, int block = 1);

/// Eigen's product of a row-major sparse matrix. The matrix must outlive the peer.
/// Throws InputError for 2^31 nonzeros and more.
std::unique_ptr<Peer> eigen_peer(const CsrView<double>& matrix);

/// What k products one after the other gave, and how long they took.
struct PeerRun {
    std::string name;
    std::string version;
    asp::Array<double, 2> basis;  ///< [k + 1, n] x, A x, ..., A^k x
    double seconds;               ///< [s] all k, median of the repetitions after one to warm up
};

/// Throws InputError for a matrix that is not square or an x of another length.
PeerRun run_powers(Peer& peer, const CsrView<double>& matrix, std::span<const double> x, int k,
                   int repetitions);
PeerRun petsc_powers(const CsrView<double>& matrix, std::span<const double> x, int k,
                     int repetitions);
PeerRun eigen_powers(const CsrView<double>& matrix, std::span<const double> x, int k,
                     int repetitions);

}  // namespace krylov

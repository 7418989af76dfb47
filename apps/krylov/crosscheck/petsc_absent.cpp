#include "asp/base/error.hpp"
#include "krylov/crosscheck/peer.hpp"

namespace krylov {

std::unique_ptr<Peer> petsc_peer(const CsrView<double>&, PetscFormat, int) {
    throw asp::BackendError("built without PETSc: install libpetsc-real-dev and configure again");
}

}  // namespace krylov

#include <dlfcn.h>

#include "asp/base/error.hpp"
#include "krylov/crosscheck/detail/petsc_module.hpp"
#include "krylov/crosscheck/detail/shared_library.hpp"

namespace krylov {
namespace {

/// Asked of the MPI that is in this process already, if one is.
bool is_mpi_over() {
    using Finalized = int(int*);
    auto* const finalized = reinterpret_cast<Finalized*>(dlsym(RTLD_DEFAULT, "MPI_Finalized"));
    int is_over = 0;
    if (finalized) finalized(&is_over);
    return is_over != 0;
}

}  // namespace

/// PETSc comes with a hundred shared libraries and a BLAS that starts threads of its own: only who
/// asks for it pays for them.
std::unique_ptr<Peer> petsc_peer(const CsrView<double>& matrix, PetscFormat format, int block) {
    // Merely loading Open MPI's C++ library ends the process then.
    if (is_mpi_over())
        throw asp::BackendError("PETSc: MPI was ended in this process and cannot start again");
    static const auto make = reinterpret_cast<decltype(&krylov_make_petsc_peer)>(
        detail::symbol_of("libkrylov_petsc.so", "krylov_make_petsc_peer"));
    return std::unique_ptr<Peer>(make(matrix, format, block));
}

}  // namespace krylov

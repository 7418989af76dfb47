#include <mpi.h>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/crosscheck/peer.hpp"
#include "krylov/testing.hpp"

TEST_CASE("PETSc does not start where MPI was ended") {
    MPI_Init(nullptr, nullptr);
    MPI_Finalize();
    const auto matrix = krylov::testing::laplacian(3);
    CHECK(asp::testing::message_of<asp::BackendError>([&] { krylov::petsc_peer(matrix.view()); }) ==
          "PETSc: MPI was ended in this process and cannot start again");
}

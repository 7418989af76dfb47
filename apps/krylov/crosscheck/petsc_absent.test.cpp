#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/crosscheck/peer.hpp"
#include "krylov/testing.hpp"

TEST_CASE("a build without PETSc says how to get one with it") {
    const auto matrix = krylov::testing::laplacian(3);
    CHECK(asp::testing::message_of<asp::BackendError>([&] { krylov::petsc_peer(matrix.view()); }) ==
          "built without PETSc: install libpetsc-real-dev and configure again");
}

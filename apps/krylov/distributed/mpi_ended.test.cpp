#include <mpi.h>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/distributed/communicator.hpp"

TEST_CASE("MPI that somebody ended is not started again") {
    MPI_Init(nullptr, nullptr);
    MPI_Finalize();
    CHECK(asp::testing::message_of<asp::BackendError>([] { krylov::Communicator::world(); }) ==
          "MPI was ended in this process and cannot start again");
}

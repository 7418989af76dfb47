#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/distributed/communicator.hpp"

TEST_CASE("a build without MPI says how to get one with it") {
    CHECK(asp::testing::message_of<asp::BackendError>([] { krylov::Communicator::world(); }) ==
          "built without MPI: install libopenmpi-dev and configure again");
}

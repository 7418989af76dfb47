#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/distributed/ranks.hpp"

TEST_CASE("without MPI asking for ranks says how to get it") {
    CHECK(asp::testing::message_of<asp::BackendError>([] { gmm::make_ranks(); }) ==
          "built without MPI: install libopenmpi-dev and configure again");
}

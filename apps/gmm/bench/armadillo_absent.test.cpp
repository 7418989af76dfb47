#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/bench/peer.hpp"

TEST_CASE("without Armadillo its peer says how to get it") {
    const gmm::Mixture start;
    CHECK(asp::testing::message_of<asp::BackendError>([&] {
              gmm::armadillo_peer({{}, start, 1});
          }) == "built without Armadillo: install libarmadillo-dev and configure again");
}

#include "asp/base/error.hpp"
#include "gmm/bench/peer.hpp"

namespace gmm {

std::unique_ptr<Peer> armadillo_peer(const PeerTask&) {
    throw asp::BackendError(
        "built without Armadillo: install libarmadillo-dev and configure again");
}

}  // namespace gmm

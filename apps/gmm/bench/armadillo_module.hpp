#pragma once

#include "gmm/bench/peer.hpp"

extern "C" {
/// Makes the peer in a library of its own.
gmm::Peer* gmm_make_armadillo_peer(const gmm::PeerTask& task);
}

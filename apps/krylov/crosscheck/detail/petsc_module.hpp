#pragma once

#include "krylov/crosscheck/peer.hpp"

// What the module exports under these plain names; the caller owns the peer.
extern "C" krylov::Peer* krylov_make_petsc_peer(const krylov::CsrView<double>& matrix,
                                                krylov::PetscFormat format, int block);

#pragma once
// For sources that are built with the toolkit only.

#include "gmm/cuda/device_pass.hpp"

namespace gmm::cuda {

/// A pass as the engine's products say: by tensor cores only where their log-likelihoods of the
/// first of `count` frames at `rows` on the device, at most gmm::slab_frames, are those in double
/// precision. The same frames give the same pass.
template <class Real>
DevicePass<Real> pass_for(const Mixture& mixture, DeviceEngine::State& state, std::size_t frames,
                          const Real* rows, std::size_t count);

}  // namespace gmm::cuda

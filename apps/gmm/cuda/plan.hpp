#pragma once

#include <cstddef>
#include <span>

#include "gmm/kernels/cuda/shape.hpp"
#include "gmm/mixture.hpp"

namespace gmm::cuda {

/// What detail::prepare() is to make for a device: of whitened components each on its own, of all
/// others four side by side.
constexpr std::size_t vector_bytes(Form form, std::size_t real_bytes) {
    return form == Form::whitened ? real_bytes : 4 * real_bytes;
}

/// As detail::suitable_form(), but that full covariances are whitened: no device has shown yet what
/// their products gain.
Form form_for(const Mixture& mixture, const Whitening& white, bool is_single);

/// A mixture's extents as a kernel sees them.
struct Extents {
    long dimension, components, wide;
    bool has_transform;
};

/// Bytes of a block's memory that the shape needs.
constexpr std::size_t memory_of(const Shape& shape, const Extents& e) {
    return static_cast<std::size_t>(
        shape.real_bytes() *
        Layout(shape, e.dimension, e.components, e.wide, e.has_transform).inside);
}

/// The shape for a mixture: as much of a block's memory as leaves room for a second block beside
/// it, else for one; what has no room lies outside. `by_cores` where the form can.
Shape shape_for(Form form, bool is_single, const Extents& extents, std::size_t memory_of_block,
                bool by_cores = false);

/// Frames of a slab: enough slabs for all processors of a device where frames are many, and the
/// same for any device. Divides gmm::slab_frames, which blocks of frames are multiples of.
constexpr int slab_for(std::size_t frames) {
    return frames >= std::size_t{1} << 18U   ? longest_slab
           : frames >= std::size_t{1} << 16U ? longest_slab / 2
                                             : 64;
}

/// Whether log-likelihoods [nats a frame] are as good as single precision has them: 1e-4 apart on
/// average, and none more than 5e-3 and 1e-5 of itself.
bool agree(std::span<const double> exact, std::span<const double> found);

/// Slabs whose records are kept before they are added up.
constexpr long slabs_at_once = 512;

}  // namespace gmm::cuda

#pragma once
// What an engine on a device keeps from call to call; for sources that are built with the toolkit
// only.

#include <map>
#include <mutex>
#include <tuple>

#include "gmm/cuda/compiled_kernel.hpp"
#include "gmm/cuda/device_engine.hpp"

namespace gmm::cuda {

using asp::cuda::Buffer;
using asp::cuda::Function;
using asp::cuda::Stream;

struct DeviceEngine::State {
    explicit State(Products wanted) : products(wanted) {}

    std::mutex mutex;  ///< one call at a time
    Products products;
    std::size_t fallbacks = 0;
    Stream stream, copies;
    /// Grow to what has been needed.
    Buffer parameters, records, total, scratch, outputs;

    const Function& function(const KernelSpecification& k) {
        const Shape& s = k.shape;
        const auto key =
            std::tuple(k.kind, s.form, s.is_single, s.tile, s.keeps_frames, s.keeps_scores,
                       s.keeps_sums, s.together, s.by_cores, k.dimension);
        const auto found = functions_.find(key);
        if (found != functions_.end()) return found->second;
        return functions_.emplace(key, compiled_kernel(k)).first->second;
    }

private:
    std::map<std::tuple<KernelKind, Form, bool, int, bool, bool, bool, int, bool, int>, Function>
        functions_;
};

template <class Real>
struct DeviceFrames<Real>::Arrays {
    Buffer rows, weights;
    const Real* weights_or_null = nullptr;
};

/// Puts frames [lo, hi) one behind the other, then their weights where there are any.
template <class Real>
void pack(const Frames<Real>& frames, std::size_t lo, std::size_t hi, Real* to) {
    const std::size_t D = frames.dimension();
    Real* weights = to + (hi - lo) * D;
    for (std::size_t n = lo; n < hi; ++n) {
        const auto row = frames.rows[frames.row(n)];
        to = std::copy(row.begin(), row.end(), to);
        if (!frames.weights.empty()) *weights++ = frames.weights[frames.row(n)];
    }
}

/// Frames of a piece that is copied at once: about 32 MiB, in whole slabs.
template <class Real>
std::size_t piece_frames(std::size_t dimension) {
    const std::size_t slab_bytes = slab_frames * (dimension + 1) * sizeof(Real);
    return slab_frames * std::max<std::size_t>(1, (std::size_t{32} << 20U) / slab_bytes);
}

}  // namespace gmm::cuda

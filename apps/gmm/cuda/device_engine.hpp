#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gmm/engine.hpp"
#include "gmm/fit_many.hpp"

namespace gmm::cuda {

/// Frames that stay on the device, for pass after pass.
template <class Real>
class DeviceFrames {
public:
    /// Copies them, those chosen one behind the other. Throws BackendError where they do not fit,
    /// where there is no device, and in a build without CUDA; so does all else here.
    explicit DeviceFrames(const Frames<Real>& frames);
    DeviceFrames(DeviceFrames&&) noexcept;
    ~DeviceFrames();

    std::size_t size() const { return size_; }
    std::size_t dimension() const { return dimension_; }

    struct Arrays;  ///< of engine_state.hpp
    const Arrays& arrays() const { return *arrays_; }

private:
    std::size_t size_, dimension_;
    std::unique_ptr<Arrays> arrays_;
};

/// How the products of features are made in single precision.
enum class Products {
    plain,  ///< by fused multiply-adds
    split,  ///< by tensor cores, each number as two of TF32; plain where a sample tells otherwise
};

/// What Engine does, on a device. Its functions may be called from several threads, and then wait
/// for each other. Sums are the same bits for any blocks of frames, and on any device that has as
/// much memory for a block of threads.
class DeviceEngine final : public Backend {
public:
    explicit DeviceEngine(Products products = Products::plain);
    ~DeviceEngine() override;
    DeviceEngine(const DeviceEngine&) = delete;
    DeviceEngine& operator=(const DeviceEngine&) = delete;

    template <class Real>
    Statistics statistics(const Mixture& mixture, const DeviceFrames<Real>& frames) const;
    /// Frames that a source holds are copied once, where they take no more than half of what is
    /// free there; others for each pass, in pieces, while the device works on those before: they
    /// need not fit its memory.
    Statistics statistics(const Mixture& mixture, FrameSource<float>& frames) const override;
    Statistics statistics(const Mixture& mixture, FrameSource<double>& frames) const override;

    void evaluate(const Mixture& mixture, const Frames<float>& frames,
                  const FrameResults& results) const override;
    void evaluate(const Mixture& mixture, const Frames<double>& frames,
                  const FrameResults& results) const override;

    /// As gmm::fit_many, but for rounding. Mixtures of diagonal covariances that fit the memory of
    /// a block of threads are fitted there, all at once; `host` makes the starts, fits what does
    /// not fit, and repairs components that have no frames.
    template <class Real>
    std::vector<FitState> fit_many(const Frames<Real>& data, std::span<const Job> jobs,
                                   const FitOptions& options, const Engine& host) const;

    /// [s] of a pass over frames on the device: the mean of so many.
    template <class Real>
    double seconds(const Mixture& mixture, const DeviceFrames<Real>& frames, int repetitions) const;
    /// "squares, single, tiles of 64, 45 KiB a block, 264 blocks of 256 threads"
    template <class Real>
    std::string describe(const Mixture& mixture) const;

    /// Passes that a sample has kept from the tensor cores.
    std::size_t fallbacks() const;

    struct State;  ///< of engine_state.hpp

private:
    std::unique_ptr<State> state_;

    template <class Real>
    Statistics statistics_of_source(const Mixture& mixture, FrameSource<Real>& frames) const;
    template <class Real>
    void evaluate_frames(const Mixture& mixture, const Frames<Real>& frames,
                         const FrameResults& results) const;
};

}  // namespace gmm::cuda

#pragma once
// For sources that are built with the toolkit only.

#include "gmm/cuda/engine_state.hpp"
#include "gmm/detail/prepared.hpp"

namespace gmm::cuda {

/// Where a device writes what is wanted of each frame; null: nobody wants it.
struct DeviceResults {
    double* log_likelihood = nullptr;    ///< [N]
    double* responsibilities = nullptr;  ///< [N, M]
    std::int32_t* component = nullptr;   ///< [N]
};

/// A mixture on the device, ready to be run over frames there, in order.
template <class Real>
class DevicePass {
public:
    /// `frames` in all decide how they are cut into slabs. `by_cores` where the form can.
    DevicePass(const Mixture& mixture, DeviceEngine::State& state, std::size_t frames,
               bool by_cores = false);

    /// Adds the next frames: of all calls but the last a multiple of gmm::slab_frames. Returns
    /// before the device is done.
    void add(const Real* rows, const Real* weights, std::size_t frames);
    /// Has the device add up what there is, so that frames may begin anew.
    void end() { add_records(); }
    /// Sums over all that were added.
    Statistics finish(std::size_t frames);
    /// Looks at frames without adding them; shift() is to be added to their log-likelihoods.
    void evaluate(const Real* rows, std::size_t frames, const DeviceResults& results) const;

    double shift() const { return prepared_.shift; }
    bool is_by_cores() const { return shape_.by_cores; }
    std::string describe() const;

private:
    DeviceEngine::State& state_;
    detail::Prepared<Real> prepared_;
    Shape shape_;
    int slab_;
    const Function* function_;
    std::size_t memory_;  ///< [bytes] of a block
    int blocks_;          ///< at once
    PassCall<Real> call_{};
    long numbers_, at_once_;  ///< of a record; slabs whose records there is room for
    long waiting_ = 0;        ///< slabs that are not yet in the total

    void upload();
    void launch(PassCall<Real> call) const;
    void add_records();
};

}  // namespace gmm::cuda

#include "gmm/cuda/device_engine.hpp"

#include <algorithm>
#include <optional>

#include "asp/base/error.hpp"
#include "gmm/cuda/split_check.hpp"

namespace gmm::cuda {
namespace {

/// Two pieces of frames on their way: one is copied while the device works on the other.
template <class Real>
class Pieces {
public:
    Pieces(const Stream& copies, const Stream& stream, std::size_t frames, std::size_t dimension)
        : copies_(copies),
          stream_(stream),
          bytes_(frames * (dimension + 1) * sizeof(Real)),
          slots_{Slot(bytes_), Slot(bytes_)} {}
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;
    ~Pieces() {  // also where an exception passes by: the device must be done with the memory
        try {
            copies_.synchronize();
            stream_.synchronize();
        } catch (const asp::BackendError&) {  // it is done for
        }
    }

    /// `use(rows, weights)` starts what the device is to do with frames [lo, hi); weights may be
    /// null.
    template <class Use>
    void bring(const Frames<Real>& frames, std::size_t lo, std::size_t hi, Use use) {
        Slot& slot = slots_[turn_++ % 2];
        slot.copied.synchronize();
        pack(frames, lo, hi, slot.pinned.template as<Real>());
        const std::size_t numbers =
            (hi - lo) * (frames.dimension() + (frames.weights.empty() ? 0 : 1));
        slot.used.hold_back(copies_);
        copies_.copy_in(slot.device.address(), slot.pinned.template as<Real>(),
                        numbers * sizeof(Real));
        slot.copied.record(copies_);
        slot.copied.hold_back(stream_);
        const Real* const rows = slot.device.template as<Real>();
        use(rows, frames.weights.empty() ? nullptr : rows + (hi - lo) * frames.dimension());
        slot.used.record(stream_);
    }

private:
    struct Slot {
        explicit Slot(std::size_t bytes) : pinned(bytes), device(bytes) {}
        asp::cuda::Pinned pinned;
        Buffer device;
        asp::cuda::Event copied, used;
    };
    const Stream &copies_, &stream_;
    std::size_t bytes_;
    Slot slots_[2];
    std::size_t turn_ = 0;
};

/// The copy on the device of frames that the source holds; null where it holds none, or where they
/// would leave little for a pass.
template <class Real>
const DeviceFrames<Real>* resident(FrameSource<Real>& source) {
    HeldFrames<Real>* const held = source.held();
    if (held == nullptr) return nullptr;
    using Copy = std::shared_ptr<const DeviceFrames<Real>>;
    if (!held->copy.has_value()) {
        const Frames<Real>& frames = held->frames;
        const std::size_t bytes = frames.size() * (frames.dimension() + 1) * sizeof(Real);
        const bool fits = bytes <= asp::cuda::free_memory() / 2;
        held->copy = fits ? std::make_shared<const DeviceFrames<Real>>(frames) : Copy();
    }
    const Copy* const copy = std::any_cast<Copy>(&held->copy);
    return copy != nullptr ? copy->get() : nullptr;
}

template <class Work>
void for_pieces(std::size_t frames, std::size_t piece, Work work) {
    for (std::size_t lo = 0; lo < frames; lo += piece) work(lo, std::min(frames, lo + piece));
}

}  // namespace

template <class Real>
DeviceFrames<Real>::DeviceFrames(const Frames<Real>& frames)
    : size_(frames.size()), dimension_(frames.dimension()), arrays_(std::make_unique<Arrays>()) {
    const std::size_t piece = std::min(size_, piece_frames<Real>(dimension_));
    arrays_->rows = Buffer(size_ * dimension_ * sizeof(Real));
    if (!frames.weights.empty()) {
        arrays_->weights = Buffer(size_ * sizeof(Real));
        arrays_->weights_or_null = arrays_->weights.template as<Real>();
    }
    if (size_ == 0) return;
    const Stream stream;
    const asp::cuda::Pinned pinned(piece * (dimension_ + 1) * sizeof(Real));
    Real* const packed = pinned.template as<Real>();
    for_pieces(size_, piece, [&](std::size_t lo, std::size_t hi) {
        stream.synchronize();
        pack(frames, lo, hi, packed);
        stream.copy_in(arrays_->rows.address() + lo * dimension_ * sizeof(Real), packed,
                       (hi - lo) * dimension_ * sizeof(Real));
        if (arrays_->weights_or_null != nullptr)
            stream.copy_in(arrays_->weights.address() + lo * sizeof(Real),
                           packed + (hi - lo) * dimension_, (hi - lo) * sizeof(Real));
    });
    stream.synchronize();
}
template <class Real>
DeviceFrames<Real>::DeviceFrames(DeviceFrames&&) noexcept = default;
template <class Real>
DeviceFrames<Real>::~DeviceFrames() = default;

DeviceEngine::DeviceEngine(Products products) : state_(std::make_unique<State>(products)) {}
DeviceEngine::~DeviceEngine() = default;

std::size_t DeviceEngine::fallbacks() const {
    const std::lock_guard lock(state_->mutex);
    return state_->fallbacks;
}

template <class Real>
Statistics DeviceEngine::statistics(const Mixture& mixture,
                                    const DeviceFrames<Real>& frames) const {
    ASP_ASSERT(frames.dimension() == mixture.dimension());
    const std::lock_guard lock(state_->mutex);
    DevicePass<Real> pass = pass_for<Real>(mixture, *state_, frames.size(),
                                           frames.arrays().rows.template as<Real>(), frames.size());
    pass.add(frames.arrays().rows.template as<Real>(), frames.arrays().weights_or_null,
             frames.size());
    return pass.finish(frames.size());
}

template <class Real>
Statistics DeviceEngine::statistics_of_source(const Mixture& mixture,
                                              FrameSource<Real>& frames) const {
    ASP_ASSERT(frames.dimension() == mixture.dimension());
    if (const DeviceFrames<Real>* there = resident(frames)) return statistics(mixture, *there);
    const std::lock_guard lock(state_->mutex);
    if (frames.size() == 0) return DevicePass<Real>(mixture, *state_, 0).finish(0);
    std::optional<DevicePass<Real>> pass;  // when the first frames are there
    const std::size_t piece =
        std::min(std::max<std::size_t>(1, frames.size()), piece_frames<Real>(frames.dimension()));
    Pieces<Real> pieces(state_->copies, state_->stream, piece, frames.dimension());
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        for_pieces(block.size(), piece, [&](std::size_t lo, std::size_t hi) {
            pieces.bring(block, lo, hi, [&](const Real* rows, const Real* weights) {
                if (!pass)
                    pass.emplace(pass_for<Real>(mixture, *state_, frames.size(), rows, hi - lo));
                pass->add(rows, weights, hi - lo);
            });
        });
    });
    return pass->finish(frames.size());
}

template <class Real>
void DeviceEngine::evaluate_frames(const Mixture& mixture, const Frames<Real>& frames,
                                   const FrameResults& results) const {
    ASP_ASSERT(frames.dimension() == mixture.dimension());
    const std::lock_guard lock(state_->mutex);
    if (frames.size() == 0) return;
    const std::size_t M = mixture.components();
    const bool wants_all = !results.responsibilities.empty();
    // Responsibilities of a piece are to take no more than 256 MiB.
    const std::size_t most = (std::size_t{1} << 25U) / (wants_all ? M : 1);
    const std::size_t piece = std::min(
        {frames.size(), piece_frames<Real>(frames.dimension()), std::max(slab_frames, most)});
    const DevicePass<Real> pass(mixture, *state_, frames.size());
    const std::size_t of_all = wants_all ? piece * M : 0;
    state_->outputs.require((2 * piece + of_all) * sizeof(double));
    double* const likelihood = state_->outputs.as<double>();
    auto* const component = reinterpret_cast<std::int32_t*>(likelihood + piece + of_all);
    const DeviceResults on_device{results.log_likelihood.empty() ? nullptr : likelihood,
                                  wants_all ? likelihood + piece : nullptr,
                                  results.component.empty() ? nullptr : component};
    const Frames<Real> unweighted{frames.rows, frames.chosen, {}};
    Pieces<Real> pieces(state_->copies, state_->stream, piece, frames.dimension());
    const auto out = [this](auto* to, const auto* from, std::size_t count) {
        state_->stream.copy_out(to, reinterpret_cast<CUdeviceptr>(from), count * sizeof(*to));
    };
    for_pieces(frames.size(), piece, [&](std::size_t lo, std::size_t hi) {
        pieces.bring(unweighted, lo, hi, [&](const Real* rows, const Real*) {
            pass.evaluate(rows, hi - lo, on_device);
        });
        if (on_device.log_likelihood != nullptr)
            out(results.log_likelihood.data() + lo, likelihood, hi - lo);
        if (wants_all)
            out(results.responsibilities.data() + lo * M, likelihood + piece, (hi - lo) * M);
        if (on_device.component != nullptr) out(results.component.data() + lo, component, hi - lo);
    });
    state_->stream.synchronize();
    for (double& value : results.log_likelihood) value += pass.shift();
}

template <class Real>
double DeviceEngine::seconds(const Mixture& mixture, const DeviceFrames<Real>& frames,
                             int repetitions) const {
    const std::lock_guard lock(state_->mutex);
    DevicePass<Real> pass = pass_for<Real>(mixture, *state_, frames.size(),
                                           frames.arrays().rows.template as<Real>(), frames.size());
    const auto run = [&] {
        pass.add(frames.arrays().rows.template as<Real>(), frames.arrays().weights_or_null,
                 frames.size());
        pass.end();
    };
    run();
    const auto run_all = [&] {
        for (int i = 0; i < repetitions; ++i) run();
    };
    return asp::cuda::device_seconds(state_->stream, run_all) / repetitions;
}

template <class Real>
std::string DeviceEngine::describe(const Mixture& mixture) const {
    const std::lock_guard lock(state_->mutex);
    return DevicePass<Real>(mixture, *state_, 0, state_->products == Products::split).describe();
}

#define GMM_INSTANTIATE(Real)                                                                      \
    template class DeviceFrames<Real>;                                                             \
    template Statistics DeviceEngine::statistics(const Mixture&, const DeviceFrames<Real>&) const; \
    Statistics DeviceEngine::statistics(const Mixture& mixture, FrameSource<Real>& frames) const { \
        return statistics_of_source(mixture, frames);                                              \
    }                                                                                              \
    void DeviceEngine::evaluate(const Mixture& mixture, const Frames<Real>& frames,                \
                                const FrameResults& results) const {                               \
        evaluate_frames(mixture, frames, results);                                                 \
    }                                                                                              \
    template double DeviceEngine::seconds(const Mixture&, const DeviceFrames<Real>&, int) const;   \
    template std::string DeviceEngine::describe<Real>(const Mixture&) const;
GMM_INSTANTIATE(float)
GMM_INSTANTIATE(double)

}  // namespace gmm::cuda

#include "gmm/cuda/device_pass.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "gmm/cuda/plan.hpp"
#include "gmm/detail/moments.hpp"

namespace gmm::cuda {
namespace {

/// As many doubles as records may take: 1 GiB, if that holds 16 of them.
constexpr long most_numbers = 1L << 27U;

}  // namespace

template <class Real>
DevicePass<Real>::DevicePass(const Mixture& mixture, DeviceEngine::State& state, std::size_t frames,
                             bool by_cores)
    : state_(state), slab_(slab_for(frames)) {
    constexpr bool is_single = sizeof(Real) == 4;
    const asp::cuda::DeviceInfo& info = asp::cuda::device_info();
    const Whitening white = whitening(mixture);
    const Form form = form_for(mixture, white, is_single);
    prepared_ = detail::prepare<Real>(mixture, white, form, vector_bytes(form, sizeof(Real)));
    const Extents extents{
        static_cast<long>(prepared_.dimension), static_cast<long>(prepared_.components),
        static_cast<long>(prepared_.constants.size()), !prepared_.transform.empty()};
    shape_ = shape_for(form, is_single, extents, info.memory_of_block, by_cores);
    memory_ = memory_of(shape_, extents);
    if (memory_ > info.memory_of_block)
        throw asp::BackendError(
            fmt::format("CUDA: a block of threads needs {} bytes for this mixture, and {} has {}; "
                        "use --backend cpu",
                        memory_, info.name, info.memory_of_block));
    function_ = &state_.function({KernelKind::pass, shape_, static_cast<int>(extents.dimension)});
    blocks_ = function_->blocks_at_once(shape_.threads(), memory_);
    call_.D = static_cast<int>(extents.dimension);
    call_.M = static_cast<int>(extents.components);
    call_.wide = static_cast<int>(extents.wide);
    call_.slab = slab_;
    const Layout layout(shape_, extents.dimension, extents.components, extents.wide,
                        extents.has_transform);
    state_.scratch.require(static_cast<std::size_t>(layout.outside * blocks_) * sizeof(Real));
    call_.scratch = state_.scratch.template as<Real>();
    upload();
    numbers_ = call_.record(form);
    at_once_ = std::clamp(most_numbers / numbers_, 16L, slabs_at_once);
    state_.records.require(static_cast<std::size_t>(numbers_ * at_once_) * sizeof(double));
    state_.total.require(static_cast<std::size_t>(numbers_) * sizeof(double));
    state_.stream.clear(state_.total.address(),
                        static_cast<std::size_t>(numbers_) * sizeof(double));
}

/// One copy for all that the kernel reads beside frames.
template <class Real>
void DevicePass<Real>::upload() {
    std::vector<Real> all;
    const auto place = [&all](const auto& values) {
        const std::size_t at = all.size();
        all.insert(all.end(), values.begin(), values.end());
        all.resize((all.size() + 3) / 4 * 4);
        return at;
    };
    const std::size_t centre = place(prepared_.centre), scale = place(prepared_.scale),
                      transform = place(prepared_.transform),
                      parameters = place(prepared_.parameters),
                      constants = place(prepared_.constants);
    state_.stream.synchronize();  // a pass before this one may still read
    state_.parameters.require(all.size() * sizeof(Real));
    state_.stream.copy_in(state_.parameters.address(), all.data(), all.size() * sizeof(Real));
    const Real* const at = state_.parameters.template as<Real>();
    call_.centre = at + centre;
    call_.scale = at + scale;
    call_.transform = prepared_.transform.empty() ? nullptr : at + transform;
    call_.parameters = at + parameters;
    call_.constants = at + constants;
}

template <class Real>
void DevicePass<Real>::launch(PassCall<Real> call) const {
    const long slabs = (call.frames + slab_ - 1) / slab_;
    if (slabs == 0) return;
    void* arguments[] = {&call};
    function_->launch(state_.stream,
                      {static_cast<int>(std::min<long>(slabs, blocks_)), shape_.threads(), memory_},
                      arguments);
}

template <class Real>
void DevicePass<Real>::add(const Real* rows, const Real* weights, std::size_t frames) {
    PassCall<Real> call = call_;
    for (std::size_t done = 0; done < frames;) {
        const auto room = static_cast<std::size_t>((at_once_ - waiting_) * slab_);
        const std::size_t count = std::min(frames - done, room);
        call.rows = rows + done * prepared_.dimension;
        call.weights = weights != nullptr ? weights + done : nullptr;
        call.frames = static_cast<long>(count);
        call.records = state_.records.template as<double>() + waiting_ * numbers_;
        launch(call);
        waiting_ += (call.frames + slab_ - 1) / slab_;
        done += count;
        if (waiting_ == at_once_) add_records();
    }
}

template <class Real>
void DevicePass<Real>::add_records() {
    if (waiting_ == 0) return;
    const Function& function = state_.function({.kind = KernelKind::add_records});
    CUdeviceptr records = state_.records.address(), total = state_.total.address();
    long slabs = waiting_, numbers = numbers_;
    void* arguments[] = {&records, &slabs, &numbers, &total};
    const auto blocks = static_cast<int>(std::min(1024L, (numbers + columns - 1) / columns));
    function.launch(state_.stream,
                    {blocks, add_records_threads, add_records_threads * sizeof(double)}, arguments);
    waiting_ = 0;
}

template <class Real>
Statistics DevicePass<Real>::finish(std::size_t frames) {
    add_records();
    const auto n = static_cast<std::size_t>(numbers_);
    std::vector<double> total(n);
    state_.stream.copy_out(total.data(), state_.total.address(), n * sizeof(double));
    state_.stream.synchronize();
    const std::span<const double> all(total);
    const auto sums = static_cast<std::size_t>(call_.sums(shape_.form));
    Statistics statistics =
        detail::statistics_of(prepared_, all.first(sums), all.subspan(sums, n - 2 - sums));
    statistics.total_weight = total[n - 1];
    statistics.log_likelihood = total[n - 2] + prepared_.shift * statistics.total_weight;
    statistics.frames = static_cast<std::int64_t>(frames);
    return statistics;
}

template <class Real>
void DevicePass<Real>::evaluate(const Real* rows, std::size_t frames,
                                const DeviceResults& results) const {
    PassCall<Real> call = call_;
    call.rows = rows;
    call.frames = static_cast<long>(frames);
    call.log_likelihood = results.log_likelihood;
    call.responsibilities = results.responsibilities;
    call.component = results.component;
    launch(call);
}

template <class Real>
std::string DevicePass<Real>::describe() const {
    constexpr const char* names[forms] = {"squares", "norm", "products", "whitened", "centred"};
    const char* const outside =
        shape_.keeps_frames && shape_.keeps_scores && shape_.keeps_sums ? "" : ", some outside";
    return fmt::format("{}, {}{}, tiles of {}, {} KiB a block{}, {} blocks of {} threads",
                       names[static_cast<int>(shape_.form)],
                       sizeof(Real) == 4 ? "single" : "double",
                       shape_.by_cores ? " by tensor cores" : "", shape_.tile, memory_ / 1024,
                       outside, blocks_, shape_.threads());
}

template class DevicePass<float>;
template class DevicePass<double>;

}  // namespace gmm::cuda

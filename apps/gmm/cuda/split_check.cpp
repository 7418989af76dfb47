#include "gmm/cuda/split_check.hpp"

#include <algorithm>

#include "gmm/cuda/plan.hpp"

namespace gmm::cuda {
namespace {

/// [nats] of frames on the device.
template <class Real>
std::vector<double> log_likelihoods(const DevicePass<Real>& pass, DeviceEngine::State& state,
                                    const Real* rows, std::size_t count) {
    state.outputs.require(count * sizeof(double));
    pass.evaluate(rows, count, {.log_likelihood = state.outputs.as<double>()});
    std::vector<double> found(count);
    state.stream.copy_out(found.data(), state.outputs.address(), count * sizeof(double));
    state.stream.synchronize();
    for (double& value : found) value += pass.shift();
    return found;
}

std::vector<double> in_double(const Mixture& mixture, DeviceEngine::State& state, const float* rows,
                              std::size_t count) {
    const std::size_t numbers = count * mixture.dimension();
    std::vector<float> single(numbers);
    state.stream.copy_out(single.data(), reinterpret_cast<CUdeviceptr>(rows),
                          numbers * sizeof(float));
    state.stream.synchronize();
    const std::vector<double> wide(single.begin(), single.end());
    const Buffer there(numbers * sizeof(double));
    state.stream.copy_in(there.address(), wide.data(), numbers * sizeof(double));
    const DevicePass<double> pass(mixture, state, count);
    return log_likelihoods(pass, state, there.as<const double>(), count);
}

}  // namespace

template <>
DevicePass<double> pass_for(const Mixture& mixture, DeviceEngine::State& state, std::size_t frames,
                            const double*, std::size_t) {
    return DevicePass<double>(mixture, state, frames);
}

template <>
DevicePass<float> pass_for(const Mixture& mixture, DeviceEngine::State& state, std::size_t frames,
                           const float* rows, std::size_t count) {
    const bool can = state.products == Products::split && count > 0 &&
                     asp::cuda::device_info().architecture >= 80 &&
                     is_of_features(form_for(mixture, whitening(mixture), true));
    if (!can) return DevicePass<float>(mixture, state, frames);
    const std::size_t sample = std::min(count, slab_frames);
    const std::vector<double> exact = in_double(mixture, state, rows, sample);
    DevicePass<float> by_cores(mixture, state, frames, true);
    if (agree(exact, log_likelihoods(by_cores, state, rows, sample))) return by_cores;
    ++state.fallbacks;
    return DevicePass<float>(mixture, state, frames);
}

}  // namespace gmm::cuda

#include "asp/base/error.hpp"
#include "gmm/cuda/device_engine.hpp"

namespace gmm::cuda {
namespace {

[[noreturn]] void absent() {
    throw asp::BackendError("built without CUDA: configure with --preset cuda");
}

}  // namespace

DeviceInfo device_info() {
    absent();
}

template <class Real>
struct DeviceFrames<Real>::Arrays {};
template <class Real>
DeviceFrames<Real>::DeviceFrames(const Frames<Real>&) {
    absent();
}
template <class Real>
DeviceFrames<Real>::DeviceFrames(DeviceFrames&&) noexcept = default;
template <class Real>
DeviceFrames<Real>::~DeviceFrames() = default;

struct DeviceEngine::State {};
DeviceEngine::DeviceEngine(Products) {
    absent();
}
DeviceEngine::~DeviceEngine() = default;
std::size_t DeviceEngine::fallbacks() const {
    absent();
}
template <class Real>
Statistics DeviceEngine::statistics(const Mixture&, const DeviceFrames<Real>&) const {
    absent();
}
template <class Real>
Statistics DeviceEngine::statistics(const Mixture&, FrameSource<Real>&) const {
    absent();
}
template <class Real>
void DeviceEngine::evaluate(const Mixture&, const Frames<Real>&, const FrameResults&) const {
    absent();
}
template <class Real>
std::vector<FitState> DeviceEngine::fit_many(const Frames<Real>&, std::span<const Job>,
                                             const FitOptions&, const Engine&) const {
    absent();
}
template <class Real>
double DeviceEngine::seconds(const Mixture&, const DeviceFrames<Real>&, int) const {
    absent();
}
template <class Real>
std::string DeviceEngine::describe(const Mixture&) const {
    absent();
}

#define GMM_INSTANTIATE(Real)                                                                      \
    template class DeviceFrames<Real>;                                                             \
    template Statistics DeviceEngine::statistics(const Mixture&, const DeviceFrames<Real>&) const; \
    template Statistics DeviceEngine::statistics(const Mixture&, FrameSource<Real>&) const;        \
    template void DeviceEngine::evaluate(const Mixture&, const Frames<Real>&, const FrameResults&) \
        const;                                                                                     \
    template std::vector<FitState> DeviceEngine::fit_many(                                         \
        const Frames<Real>&, std::span<const Job>, const FitOptions&, const Engine&) const;        \
    template double DeviceEngine::seconds(const Mixture&, const DeviceFrames<Real>&, int) const;   \
    template std::string DeviceEngine::describe<Real>(const Mixture&) const;
GMM_INSTANTIATE(float)
GMM_INSTANTIATE(double)

}  // namespace gmm::cuda

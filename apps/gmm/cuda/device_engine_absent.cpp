#include "asp/cuda/device.hpp"
#include "gmm/cuda/device_engine.hpp"

namespace gmm::cuda {

template <class Real>
struct DeviceFrames<Real>::Arrays {};
template <class Real>
DeviceFrames<Real>::DeviceFrames(const Frames<Real>&) {
    asp::cuda::fail_without_cuda();
}
template <class Real>
DeviceFrames<Real>::DeviceFrames(DeviceFrames&&) noexcept = default;
template <class Real>
DeviceFrames<Real>::~DeviceFrames() = default;

struct DeviceEngine::State {};
DeviceEngine::DeviceEngine(Products) {
    asp::cuda::fail_without_cuda();
}
DeviceEngine::~DeviceEngine() = default;
std::size_t DeviceEngine::fallbacks() const {
    asp::cuda::fail_without_cuda();
}
template <class Real>
Statistics DeviceEngine::statistics(const Mixture&, const DeviceFrames<Real>&) const {
    asp::cuda::fail_without_cuda();
}
template <class Real>
std::vector<FitState> DeviceEngine::fit_many(const Frames<Real>&, std::span<const Job>,
                                             const FitOptions&, const Engine&) const {
    asp::cuda::fail_without_cuda();
}
template <class Real>
double DeviceEngine::seconds(const Mixture&, const DeviceFrames<Real>&, int) const {
    asp::cuda::fail_without_cuda();
}
template <class Real>
std::string DeviceEngine::describe(const Mixture&) const {
    asp::cuda::fail_without_cuda();
}

#define GMM_INSTANTIATE(Real)                                                                      \
    template class DeviceFrames<Real>;                                                             \
    template Statistics DeviceEngine::statistics(const Mixture&, const DeviceFrames<Real>&) const; \
    Statistics DeviceEngine::statistics(const Mixture&, FrameSource<Real>&) const {                \
        asp::cuda::fail_without_cuda();                                                            \
    }                                                                                              \
    void DeviceEngine::evaluate(const Mixture&, const Frames<Real>&, const FrameResults&) const {  \
        asp::cuda::fail_without_cuda();                                                            \
    }                                                                                              \
    template std::vector<FitState> DeviceEngine::fit_many(                                         \
        const Frames<Real>&, std::span<const Job>, const FitOptions&, const Engine&) const;        \
    template double DeviceEngine::seconds(const Mixture&, const DeviceFrames<Real>&, int) const;   \
    template std::string DeviceEngine::describe<Real>(const Mixture&) const;
GMM_INSTANTIATE(float)
GMM_INSTANTIATE(double)

}  // namespace gmm::cuda

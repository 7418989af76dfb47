#include "asp/cuda/device.hpp"
#include "krylov/cuda/device_akx.hpp"

namespace krylov::cuda {

double copy_bandwidth(std::size_t) {
    asp::cuda::fail_without_cuda();
}

template <class Scalar>
struct DeviceAkx<Scalar>::State {};

template <class Scalar>
template <class Column>
DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar, Column>&, const DeviceOptions&) {
    asp::cuda::fail_without_cuda();
}
template <class Scalar>
DeviceAkx<Scalar>::DeviceAkx(DeviceAkx&&) noexcept = default;
template <class Scalar>
DeviceAkx<Scalar>::~DeviceAkx() = default;
template <class Scalar>
void DeviceAkx<Scalar>::powers(asp::View<Scalar, 3>, const Recurrence&) const {
    asp::cuda::fail_without_cuda();
}
template <class Scalar>
double DeviceAkx<Scalar>::seconds(const Recurrence&, int) const {
    asp::cuda::fail_without_cuda();
}
template <class Scalar>
std::size_t DeviceAkx<Scalar>::matrix_bytes() const {
    asp::cuda::fail_without_cuda();
}
template <class Scalar>
std::string DeviceAkx<Scalar>::describe() const {
    asp::cuda::fail_without_cuda();
}

#define KRYLOV_INSTANTIATE(Scalar)                                                       \
    template class DeviceAkx<Scalar>;                                                    \
    template DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar>&, const DeviceOptions&); \
    template DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar, std::int64_t>&,          \
                                          const DeviceOptions&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda

#include "asp/base/error.hpp"
#include "krylov/cuda/device_akx.hpp"

namespace krylov::cuda {
namespace {

[[noreturn]] void absent() {
    throw asp::BackendError("built without CUDA: configure with --preset cuda");
}

}  // namespace

DeviceInfo device_info() {
    absent();
}
double copy_bandwidth(std::size_t) {
    absent();
}

template <class Scalar>
struct DeviceAkx<Scalar>::State {};

template <class Scalar>
template <class Column>
DeviceAkx<Scalar>::DeviceAkx(const CsrView<Scalar, Column>&, const DeviceOptions&) {
    absent();
}
template <class Scalar>
DeviceAkx<Scalar>::DeviceAkx(DeviceAkx&&) noexcept = default;
template <class Scalar>
DeviceAkx<Scalar>::~DeviceAkx() = default;
template <class Scalar>
void DeviceAkx<Scalar>::powers(asp::View<Scalar, 3>, const Recurrence&) const {
    absent();
}
template <class Scalar>
double DeviceAkx<Scalar>::seconds(const Recurrence&, int) const {
    absent();
}
template <class Scalar>
std::size_t DeviceAkx<Scalar>::matrix_bytes() const {
    absent();
}
template <class Scalar>
std::string DeviceAkx<Scalar>::describe() const {
    absent();
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

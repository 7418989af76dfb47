#pragma once

#include <memory>
#include <string>

#include "asp/base/array.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"
#include "krylov/cuda/device_options.hpp"

namespace krylov::cuda {

/// [bytes/s] of a copy from the device to itself, read and write together, of `bytes`.
/// Throws BackendError where there is none, and in a build without CUDA; so does all else here.
double copy_bandwidth(std::size_t bytes);

/// The matrix powers on a device: to the bit what krylov::Akx gives on a processor with fused
/// multiply-adds (blocks: but for the sign of zeros; products of cuSPARSE: but for rounding).
template <class Scalar>
class DeviceAkx {
public:
    /// Packs the matrix, copies it to the device and compiles the kernel there is for it. Throws
    /// InputError for options that do not fit the matrix or the device.
    template <class Column>
    DeviceAkx(const CsrView<Scalar, Column>& matrix, const DeviceOptions& options);
    DeviceAkx(DeviceAkx&&) noexcept;
    ~DeviceAkx();

    /// `basis` [k + 1, vectors, n] in the processor's memory: [0] is read, the others are written.
    /// Throws InputError for sizes that do not fit, and where cuSPARSE is to make another basis
    /// than the monomial one.
    void powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence) const;
    /// [s] of one call for one vector whose basis stays on the device: the mean of so many.
    double seconds(const Recurrence& recurrence, int repetitions) const;

    /// [bytes] of the matrix on the device.
    std::size_t matrix_bytes() const;
    /// "cooperative blocks of 3, 264 x 128 threads"
    std::string describe() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov::cuda

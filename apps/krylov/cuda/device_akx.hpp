#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "asp/base/array.hpp"
#include "krylov/akx.hpp"
#include "krylov/basis.hpp"
#include "krylov/csr.hpp"

namespace krylov::cuda {

/// [bytes/s] of a copy from the device to itself, read and write together, of `bytes`.
/// Throws BackendError where there is none, and in a build without CUDA; so does all else here.
double copy_bandwidth(std::size_t bytes);

enum class DeviceMethod {
    levels,       ///< one launch for each level
    cooperative,  ///< one for all, which pays where a launch costs as much as a product
    tiles,        ///< explicit tiles with ghost rows in the memory of a block
};
constexpr std::string_view name_of(DeviceMethod method) {
    return method == DeviceMethod::levels        ? "levels"
           : method == DeviceMethod::cooperative ? "cooperative"
                                                 : "tiles";
}

struct DeviceOptions {
    int k = 8;
    DeviceMethod method = DeviceMethod::levels;
    int block = 1;          ///< rows and columns of a block, 1 to 6; 1 for tiles
    long sort_window = 1;   ///< rows within which long ones stand together
    long tile_rows = 1500;  ///< a tile's own
    TileShape tile_shape = TileShape::bands;
    int depth = 4;            ///< levels of a sweep over the tiles
    bool is_resident = true;  ///< a tile's matrix is copied to the memory of its block
};

/// The matrix powers on a device: to the bit what krylov::Akx gives on a processor with fused
/// multiply-adds (blocks: but for the sign of zeros).
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
    void powers(asp::View<Scalar, 3> basis, const Recurrence& recurrence) const;
    /// [s] of one call for one vector whose basis stays on the device: the mean of so many.
    double seconds(const Recurrence& recurrence, int repetitions) const;

    /// [bytes] of the matrix on the device.
    std::size_t matrix_bytes() const;
    /// "cooperative, blocks of 3, 264 blocks of 128 threads"
    std::string describe() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov::cuda

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "krylov/akx.hpp"

namespace krylov::cuda {

enum class DeviceMethod {
    levels,       ///< one launch for each level
    cooperative,  ///< one for all, which pays where a launch costs as much as a product
    tiles,        ///< explicit tiles with ghost rows in the memory of a block
    cusparse,     ///< products of cuSPARSE, which adds up rows in an order of its own
};
std::string_view name_of(DeviceMethod method);  ///< "levels", "cooperative", "tiles", "cusparse"
std::optional<DeviceMethod> parse_device_method(std::string_view text);

struct DeviceOptions {
    int k = 8;
    DeviceMethod method = DeviceMethod::levels;
    int block = 1;          ///< rows and columns of a block, 1 to 6; 1 for tiles
    long sort_window = 1;   ///< rows within which long ones stand together
    long tile_rows = 1500;  ///< a tile's own
    TileShape tile_shape = TileShape::bands;
    int depth = 4;            ///< levels of a sweep over the tiles
    bool is_resident = true;  ///< a tile's matrix is copied to the memory of its block

    /// "cooperative blocks of 3", "tiles of 700 rows, compact, depth 4"
    std::string describe() const;
    friend bool operator==(const DeviceOptions&, const DeviceOptions&) = default;
};

}  // namespace krylov::cuda

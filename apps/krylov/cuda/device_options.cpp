#include "krylov/cuda/device_options.hpp"

#include <fmt/format.h>

namespace krylov::cuda {

std::string_view name_of(DeviceMethod method) {
    switch (method) {
        case DeviceMethod::levels:
            return "levels";
        case DeviceMethod::cooperative:
            return "cooperative";
        case DeviceMethod::tiles:
            return "tiles";
        case DeviceMethod::cusparse:
            break;
    }
    return "cusparse";
}

std::optional<DeviceMethod> parse_device_method(std::string_view text) {
    for (const auto method : {DeviceMethod::levels, DeviceMethod::cooperative, DeviceMethod::tiles,
                              DeviceMethod::cusparse})
        if (name_of(method) == text) return method;
    return std::nullopt;
}

std::string DeviceOptions::describe() const {
    if (method == DeviceMethod::cusparse) return "products of cuSPARSE, CSR";
    if (method == DeviceMethod::tiles)
        return fmt::format("tiles of {} rows, {}, depth {}{}", tile_rows,
                           krylov::name_of(tile_shape), depth,
                           is_resident ? "" : ", matrix outside");
    return fmt::format("{} {}{}", name_of(method),
                       block > 1 ? fmt::format("blocks of {}", block) : "slices of 32",
                       sort_window > 1 ? fmt::format(", sorted within {}", sort_window) : "");
}

}  // namespace krylov::cuda

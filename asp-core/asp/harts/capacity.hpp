#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace asp {

/// Where the capacity is read from. Tests put their own folders and numbers here.
struct CapacitySources {
    std::filesystem::path proc = "/proc";             ///< has self/cgroup
    std::filesystem::path cgroup = "/sys/fs/cgroup";  ///< where the control groups are mounted
    std::size_t affinity = 1;                         ///< processors this process may run on
    std::optional<std::string> user_limit = {};       ///< the text of ASP_HARTS
    std::size_t physical_memory = 0;                  ///< [bytes]

    static CapacitySources of_this_process();
};

/// How many harts (hardware threads) this process should use, and why not more.
struct Capacity {
    std::size_t harts = 1;  ///< the least of all that follow, and at least 1
    std::size_t affinity = 1;
    std::optional<double> quota;            ///< [processors] of the control group, if it has one
    std::optional<std::size_t> user_limit;  ///< ASP_HARTS: an upper bound
};

/// Throws InputError for a user limit that is no positive integer.
Capacity measure_capacity(const CapacitySources& sources = CapacitySources::of_this_process());

/// Memory that this process may take [bytes]: the machine's, or what its control groups allow of
/// that, whoever else takes some.
std::size_t measure_memory(const CapacitySources& sources = CapacitySources::of_this_process());

}  // namespace asp

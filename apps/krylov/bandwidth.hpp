#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "asp/harts/team.hpp"
#include "asp/jit/platform.hpp"

namespace krylov {

/// Where in the machine something is read from.
struct ReadSpeed {
    std::string from;   ///< "L2", "L3", "DRAM"
    std::size_t bytes;  ///< read, of all harts together
    double bytes_per_second;
};

/// What this machine's harts read, each its own part, from L2, L3 and DRAM: the median of a few
/// passes over half of a cache, and over several times the last one. A cache whose size is not
/// known, and DRAM where there is not the memory to get past the caches, are left out.
std::vector<ReadSpeed> measure_read_speeds(const asp::Team& team,
                                           const asp::jit::Platform& platform);

/// That of `from`; NaN where it was not measured [bytes/s].
double read_speed(const std::vector<ReadSpeed>& speeds, const std::string& from);

}  // namespace krylov

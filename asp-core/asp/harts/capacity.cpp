#include "asp/harts/capacity.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "asp/base/error.hpp"

namespace asp {

namespace fs = std::filesystem;

namespace {

std::size_t affinity_of_this_process() {
    // The kernel refuses a mask smaller than its own number of processors, so the mask grows.
    for (std::size_t processors = 1024; processors <= 1U << 20U; processors *= 4) {
        std::vector<cpu_set_t> mask((processors + CPU_SETSIZE - 1) / CPU_SETSIZE);
        const std::size_t bytes = mask.size() * sizeof(cpu_set_t);
        if (sched_getaffinity(0, bytes, mask.data()) == 0)
            return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(bytes, mask.data())));
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

/// Processors that `folder` itself allows; version 2 has one file, version 1 two.
std::optional<double> own_quota(const fs::path& folder) {
    double quota = 0.0, period = 0.0;
    if (std::ifstream file(folder / "cpu.max"); file >> quota >> period && period > 0.0)
        return quota / period;  // "max 100000" is no number: no quota
    std::ifstream quota_file(folder / "cpu.cfs_quota_us"),
        period_file(folder / "cpu.cfs_period_us");
    if (quota_file >> quota && period_file >> period && quota > 0.0 && period > 0.0)
        return quota / period;
    return std::nullopt;
}

/// Bytes that `folder` itself allows, by its file in either version; without a limit version 2 has
/// "max" there, which is no number, and version 1 more than any machine holds.
std::optional<double> own_memory(const fs::path& folder) {
    for (const char* const name : {"memory.max", "memory.limit_in_bytes"}) {
        double bytes = 0.0;
        if (std::ifstream file(folder / name); file >> bytes) return bytes;
    }
    return std::nullopt;
}

/// What one control group says of itself; nothing where it sets no limit.
using OwnLimit = std::optional<double> (*)(const fs::path& folder);

/// The least limit on the way from the group `path` up to `mount`.
std::optional<double> least_limit(const fs::path& mount, const fs::path& path, OwnLimit own) {
    std::optional<double> least;
    fs::path group = path.relative_path();
    // A path that starts with "..": our group lies outside of what is mounted here.
    if (std::find(group.begin(), group.end(), "..") != group.end()) group.clear();
    while (true) {
        if (const auto limit = own(mount / group))
            least = least ? std::min(*least, *limit) : *limit;
        if (group.empty()) return least;
        group = group.parent_path();
    }
}

bool has_item(const std::string& comma_separated, std::string_view wanted) {
    std::istringstream items(comma_separated);
    for (std::string item; std::getline(items, item, ',');)
        if (item == wanted) return true;
    return false;
}

/// The least limit of this process's groups, of version 2 and of the `wanted` controller of version
/// 1. A line of self/cgroup is "number:controllers:path"; version 2 has no controllers there.
std::optional<double> cgroup_limit(const CapacitySources& sources, std::string_view wanted,
                                   OwnLimit own) {
    std::optional<double> least;
    std::ifstream file(sources.proc / "self" / "cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        if (!controllers.empty() && !has_item(controllers, wanted)) continue;
        const fs::path mount = controllers.empty() ? sources.cgroup : sources.cgroup / controllers;
        if (const auto limit = least_limit(mount, line.substr(second + 1), own))
            least = least ? std::min(*least, *limit) : *limit;
    }
    return least;
}

std::optional<std::size_t> parse_limit(const std::optional<std::string>& text) {
    if (!text || text->empty()) return std::nullopt;
    std::size_t limit = 0;
    const auto [rest, problem] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (problem != std::errc{} || rest != text->data() + text->size() || limit == 0)
        throw InputError("ASP_HARTS = " + *text + ": expected a positive integer");
    return limit;
}

}  // namespace

CapacitySources CapacitySources::of_this_process() {
    CapacitySources sources;
    sources.affinity = affinity_of_this_process();
    if (const char* const limit = std::getenv("ASP_HARTS")) sources.user_limit = limit;
    const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        sources.physical_memory = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
    return sources;
}

Capacity measure_capacity(const CapacitySources& sources) {
    Capacity capacity;
    capacity.affinity = std::max<std::size_t>(1, sources.affinity);
    capacity.quota = cgroup_limit(sources, "cpu", own_quota);
    capacity.user_limit = parse_limit(sources.user_limit);
    capacity.harts = capacity.affinity;
    if (capacity.quota && *capacity.quota < static_cast<double>(capacity.harts))
        capacity.harts = static_cast<std::size_t>(std::max(1.0, std::ceil(*capacity.quota)));
    if (capacity.user_limit) capacity.harts = std::min(capacity.harts, *capacity.user_limit);
    return capacity;
}

std::size_t measure_memory(const CapacitySources& sources) {
    const std::optional<double> limit = cgroup_limit(sources, "memory", own_memory);
    return limit && *limit < static_cast<double>(sources.physical_memory)
               ? static_cast<std::size_t>(std::max(0.0, *limit))
               : sources.physical_memory;
}

}  // namespace asp

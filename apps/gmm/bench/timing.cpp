#include "gmm/bench/timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>

namespace gmm {
namespace {

/// A line of /proc/self/status, in bytes; NaN where it is not there.
double status_bytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    double kibibytes = 0.0;
    for (std::string word; status >> word;)
        if (word == name && status >> kibibytes) return 1024.0 * kibibytes;
    return std::nan("");
}

}  // namespace

double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double growth_during(const std::function<void()>& work) {
    // 5: the greatest so far becomes what there is now.
    std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
    const double before = status_bytes("VmRSS:"), highest = status_bytes("VmHWM:");
    work();
    constexpr double a_little = 16e6;  // what pages of the kernel's counters make of it
    if (!(highest - before < a_little)) return std::nan("");  // it was not reset
    return std::max(0.0, status_bytes("VmHWM:") - before);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace gmm

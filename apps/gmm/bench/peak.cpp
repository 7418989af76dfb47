#include "gmm/bench/peak.hpp"

#include <algorithm>
#include <vector>

#include "gmm/bench/timing.hpp"

namespace gmm {
namespace {

const PeakKernels& peak_kernels() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return peak_x86_64_v4;
    if (__builtin_cpu_supports("x86-64-v3")) return peak_x86_64_v3;
    return peak_x86_64_v2;
}

double speed_of(PeakRun (*kernel)(long), const asp::Team& team) {
    constexpr long rounds = 1'000'000;  // some milliseconds
    constexpr int runs = 40;
    std::vector<PeakRun> found(team.harts());
    double best = 0.0;
    for (int run = 0; run < runs; ++run) {
        const double seconds = seconds_of([&] {
            team.run(
                [&](std::size_t begin, std::size_t end) {
                    for (std::size_t h = begin; h < end; ++h) found[h] = kernel(rounds);
                },
                0, team.harts(), 1);
        });
        best = std::max(best, found[0].flops * static_cast<double>(team.harts()) / seconds);
    }
    volatile double sink = found[0].sum;  // so that nothing is left out
    static_cast<void>(sink);
    return best;
}

}  // namespace

Peak measure_peak(const asp::Team& team) {
    const PeakKernels& kernels = peak_kernels();
    return {speed_of(kernels.single, team), speed_of(kernels.twofold, team)};
}

}  // namespace gmm

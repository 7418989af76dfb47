#include "gmm/bench/peak.hpp"

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

}  // namespace

double measure_peak(const asp::Team& team, Precision precision) {
    constexpr long rounds = 1'000'000;
    const PeakKernels& kernels = peak_kernels();
    const auto kernel = precision == Precision::single ? kernels.single : kernels.twofold;
    std::vector<PeakRun> found(team.harts());
    const double seconds = seconds_of([&] {
        team.run(
            [&](std::size_t begin, std::size_t end) {
                for (std::size_t h = begin; h < end; ++h) found[h] = kernel(rounds);
            },
            0, team.harts(), 1);
    });
    volatile double sink = found[0].sum;  // so that nothing is left out
    static_cast<void>(sink);
    return found[0].flops * static_cast<double>(team.harts()) / seconds;
}

}  // namespace gmm

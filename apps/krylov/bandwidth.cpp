#include "krylov/bandwidth.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "asp/base/aligned.hpp"
#include "krylov/timing.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

using Words = asp::AlignedVector<std::uint64_t>;

// Integers add in one cycle, so that loads alone are the limit.
[[gnu::always_inline]] inline std::uint64_t add_up(const std::uint64_t* words, std::size_t count) {
    std::uint64_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < count; ++i) sum += words[i];
    return sum;
}

[[gnu::target("avx512f")]] std::uint64_t sum_avx512(const std::uint64_t* words, std::size_t count) {
    return add_up(words, count);
}
[[gnu::target("avx2")]] std::uint64_t sum_avx2(const std::uint64_t* words, std::size_t count) {
    return add_up(words, count);
}
std::uint64_t sum_plain(const std::uint64_t* words, std::size_t count) {
    return add_up(words, count);
}

std::uint64_t sum(const std::uint64_t* words, std::size_t count) {
    static auto* const best = __builtin_cpu_supports("avx512f") ? sum_avx512
                              : __builtin_cpu_supports("avx2")  ? sum_avx2
                                                                : sum_plain;
    return best(words, count);
}

/// Median over passes of all harts through `words`, each through its own part again and again.
double speed_of(const asp::Team& team, const Words& words) {
    const std::size_t part = words.size() / team.harts();
    constexpr double least_bytes = 256e6;  // a turn of milliseconds, much longer than its start
    const auto rounds = static_cast<int>(
        std::max(1.0, least_bytes / static_cast<double>(words.size() * sizeof(std::uint64_t))));
    std::vector<std::uint64_t> sums(team.harts());
    const auto read_all = [&] {
        team.run(
            [&](std::size_t begin, std::size_t end) {
                for (std::size_t h = begin; h < end; ++h)
                    for (int round = 0; round < rounds; ++round)
                        sums[h] += sum(words.data() + h * part, part);
            },
            0, team.harts(), 1);
    };
    const Spread spread = time_in_turns({read_all}, {.count = 7}).front();
    volatile std::uint64_t sink = sums.front();  // so that nothing is left out
    static_cast<void>(sink);
    return static_cast<double>(part * team.harts() * sizeof(std::uint64_t)) * rounds /
           spread.median;
}

}  // namespace

std::vector<ReadSpeed> measure_read_speeds(const asp::Team& team,
                                           const asp::jit::Platform& platform) {
    std::vector<ReadSpeed> speeds;
    const auto measure = [&](const std::string& from, std::size_t bytes) {
        const Words words(bytes / sizeof(std::uint64_t), 1);
        speeds.push_back({from, bytes, speed_of(team, words)});
    };
    const std::size_t l2 = platform.l2_bytes * team.harts(), l3 = platform.l3_bytes;
    if (l2 > 0) measure("L2", l2 / 2);
    // A virtual machine may be told of a shared cache that others fill too: not half of a large
    // one.
    constexpr std::size_t most_l3 = std::size_t{16} << 20U;
    if (l3 > 2 * l2) measure("L3", std::max(std::min(l3 / 2, most_l3), 2 * l2));
    const std::size_t far = std::max<std::size_t>(3 * l3, std::size_t{256} << 20U);
    if (far <= physical_memory_bytes() / 4) measure("DRAM", far);
    return speeds;
}

double read_speed(const std::vector<ReadSpeed>& speeds, const std::string& from) {
    for (const ReadSpeed& speed : speeds)
        if (speed.from == from) return speed.bytes_per_second;
    return std::nan("");
}

}  // namespace krylov

#include "asp/stencil/stencil.bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>

#include "asp/base/aligned.hpp"
#include "asp/stencil/kernels/rows.hpp"
#include "asp/stencil/testing.hpp"

namespace asp::stencil {
namespace {

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<long>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Rounds of all works in turn, after one that does not count: [works][rounds].
std::vector<std::vector<double>> in_turns(const std::vector<std::function<void()>>& works,
                                          int rounds) {
    std::vector<std::vector<double>> seconds(works.size());
    for (int round = -1; round < rounds; ++round)
        for (std::size_t w = 0; w < works.size(); ++w) {
            const double time = seconds_of(works[w]);
            if (round >= 0) seconds[w].push_back(time);
        }
    return seconds;
}

/// A copy as the memory likes it best.
void copy_with(const Team& team, const double* from, double* to, std::size_t count,
               bool past_caches) {
    team.run(
        [&](std::size_t lo, std::size_t hi) {
            if (!past_caches) {
                std::memcpy(to + lo, from + lo, (hi - lo) * sizeof(double));
                return;
            }
            stream_row(to + lo, from + lo, static_cast<long>(hi - lo));
            finish_streams();
        },
        0, count, count / 16);
}

BenchmarkRow row_of(const std::string& name, const std::vector<double>& ours,
                    const std::string& reference_name, const std::vector<double>& reference) {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < ours.size(); ++r) ratios.push_back(reference[r] / ours[r]);
    return {name, median(ours), reference_name, median(reference), median(ratios)};
}

std::vector<BenchmarkRow> benchmark_grid(const Context& context, const Team& team,
                                         std::size_t dimensions, long size, int rounds) {
    const Stencil stencil(testing::diffusion(dimensions, ir::Edge::none), context);
    stencil.kernel().wait();
    std::size_t points = 1;
    Call call;
    for (std::size_t d = 0; d < dimensions; ++d) {
        call.shape[d] = size;
        points *= static_cast<std::size_t>(size);
    }
    AlignedVector<double> out(points), u(points);
    for (std::size_t i = 0; i < points; ++i) u[i] = static_cast<double>(i % 97) / 97.0;
    double* const fields[]{out.data(), u.data()};
    const double c = 0.1;
    call.fields = fields;
    call.scalars = {&c, 1};
    const Feed feed{0, 1};
    const auto times =
        in_turns({[&] { stencil.run(call, {}, &team); },
                  [&] { copy_with(team, u.data(), out.data(), points, false); },
                  [&] { copy_with(team, u.data(), out.data(), points, true); },
                  [&] {
                      stencil.iterate(10, {&feed, 1}, call, {}, &team);
                  },
                  [&] {
                      double* turn[]{out.data(), u.data()};
                      Call one = call;
                      one.fields = turn;
                      for (int step = 0; step < 10; ++step, std::swap(turn[0], turn[1]))
                          stencil.run(one, {}, &team);
                  }},
                 rounds);
    std::vector<double> copy;
    for (std::size_t r = 0; r < times[1].size(); ++r)
        copy.push_back(std::min(times[1][r], times[2][r]));
    const std::string name = dimensions == 3 ? "7-point " + std::to_string(size) + "^3"
                                             : "5-point " + std::to_string(size) + "^2";
    return {row_of(name + ", one sweep", times[0], "copy of the field", copy),
            row_of(name + ", ten steps", times[3], "ten sweeps", times[4])};
}

}  // namespace

std::vector<BenchmarkRow> benchmark_sweeps(const Context& context, HartPool& pool, long size3,
                                           long size2, int rounds) {
    const Lease lease = pool.request();
    const Team team(lease);
    std::vector<BenchmarkRow> rows = benchmark_grid(context, team, 3, size3, rounds);
    for (const BenchmarkRow& row : benchmark_grid(context, team, 2, size2, rounds))
        rows.push_back(row);
    return rows;
}

double seconds_per_tiny_call(const Context& context) {
    const Stencil stencil(testing::diffusion(3, ir::Edge::none), context);
    stencil.kernel().wait();
    constexpr int calls = 10000;
    double out[27]{}, u[27]{};  // one point to compute
    double* const fields[]{out, u};
    const double c = 0.1;
    const Call call{{3, 3, 3}, fields, {}, {&c, 1}};
    const auto times = in_turns({[&] {
                                    for (int k = 0; k < calls; ++k) stencil.run(call);
                                }},
                                9);
    return *std::ranges::min_element(times[0]) / calls;
}

}  // namespace asp::stencil

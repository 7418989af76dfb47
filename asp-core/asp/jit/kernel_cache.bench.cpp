#include <algorithm>
#include <cstdio>

#include "asp/jit/detail/testing.hpp"

// How long a kernel takes to come: asp_jit_tests "[benchmark]". Hidden from ordinary runs.

using asp::jit::KernelCache;
using asp::jit::Source;
namespace testing = asp::jit::testing;

namespace {

/// A 7-point stencil with variable coefficients: 8 flops and 4 streams of float64 a point.
Source stencil(int variant) {
    return {.text =
                "extern \"C\" __attribute__((visibility(\"default\")))\n"
                "void stencil(const double* __restrict__ u, const double* __restrict__ k,\n"
                "             double* __restrict__ out, long nx, long ny, long lo, long hi) {\n"
                "    for (long z = lo; z < hi; ++z)\n"
                "        for (long y = 1; y < ny - 1; ++y) {\n"
                "            const long row = (z * ny + y) * nx;\n"
                "#pragma omp simd\n"
                "            for (long x = 1; x < nx - 1; ++x) {\n"
                "                const long i = row + x;\n"
                "                out[i] = u[i] + 0." +
                std::to_string(variant) +
                " * k[i] * (u[i - 1] + u[i + 1] + u[i - nx] + u[i + nx] +\n"
                "                         u[i - nx * ny] + u[i + nx * ny] - 6.0 * u[i]);\n"
                "            }\n        }\n}\n",
            .name = "7-point stencil"};
}

double milliseconds_of(const std::function<void()>& act) {
    const auto start = std::chrono::steady_clock::now();
    act();
    return 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void print(const char* what, std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    std::printf("%-52s min %8.3f   median %8.3f   max %8.3f ms\n", what, samples.front(),
                samples[samples.size() / 2], samples.back());
}

}  // namespace

TEST_CASE("how long a kernel takes to come", "[.][benchmark]") {
    const testing::ScratchFolder folder;
    std::vector<double> cold, warm, memory, start;
    for (int variant = 1; variant <= 15; ++variant) {
        KernelCache cache(folder / "cache");
        cold.push_back(milliseconds_of(
            [&] { CHECK(cache.get_or_build(stencil(variant), testing::compiler())); }));
    }
    KernelCache cache(folder / "cache");
    for (int round = 0; round < 20; ++round)
        for (int variant = 1; variant <= 15; ++variant) {
            const Source source = stencil(variant);
            std::optional<asp::jit::Module> module;
            warm.push_back(
                milliseconds_of([&] { module = cache.find(source, testing::compiler()); }));
            memory.push_back(
                milliseconds_of([&] { CHECK(cache.find(source, testing::compiler())); }));
        }
    for (int round = 0; round < 15; ++round) {
        // All that a new process does: compiler from its stamp, cache opened, one kernel loaded.
        const auto path = folder / ("time" + std::to_string(round));
        const pid_t child = testing::start_child([&] {
            std::ofstream(path) << milliseconds_of([&] {
                const auto report =
                    asp::jit::find_toolchains({.first_only = true, .memory = folder / "cache"});
                KernelCache fresh(folder / "cache");
                if (!fresh.get_or_build(stencil(1), report.found.at(0))) std::abort();
            });
            return 0;
        });
        CHECK(testing::wait_for(child) == 0);
        start.push_back(std::stod(testing::content_of(path)));
    }
    start.erase(start.begin());  // that one asked the compiler
    print("cold: compile, publish, load", cold);
    print("warm: read, check, load", warm);
    print("loaded already", memory);
    print("new process: compiler known, cache opened, load", start);
}

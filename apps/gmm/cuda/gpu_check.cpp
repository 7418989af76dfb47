// gmm_gpu_check: whether a device's EM agrees with the processor's, and how fast it is beside its
// arithmetic and the processor. Exits with 1 where something differs by more than rounding.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <functional>

#include "asp/cuda/device.hpp"
#include "asp/harts/hart_pool.hpp"
#include "gmm/cuda/device_engine.hpp"
#include "gmm/testing.hpp"

namespace {

using namespace gmm;
using namespace gmm::cuda;

constexpr Covariance all[]{Covariance::full, Covariance::tied, Covariance::diag,
                           Covariance::spherical};

template <class Real>
asp::Array<Real, 2> rounded(const asp::Array<double, 2>& points) {
    asp::Array<Real, 2> result(points.extents());
    std::transform(points.begin(), points.end(), result.begin(),
                   [](double x) { return static_cast<Real>(x); });
    return result;
}

/// Largest difference relative to the largest value.
template <class A>
double apart(const A& a, const A& b) {
    double most = 0.0, size = 1e-300;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
        size = std::max(size, std::abs(b.data()[i]));
    }
    return most / size;
}

/// Of likelihood, weights and both moments about the same points.
double apart(const Statistics& found, const Statistics& expected) {
    const Statistics a = moved(found, expected.about);
    // First moments cancel about the means: a thousandth of a frame each is what counts.
    double first = 0.0;
    for (std::size_t i = 0; i < a.first.size(); ++i)
        first = std::max(first, std::abs(a.first.data()[i] - expected.first.data()[i]));
    return std::max({std::abs(a.log_likelihood / expected.log_likelihood - 1.0),
                     apart(a.weight, expected.weight), apart(a.second, expected.second),
                     first / static_cast<double>(expected.frames)});
}

bool same_bits(const Statistics& a, const Statistics& b) {
    return std::equal(a.second.begin(), a.second.end(), b.second.begin()) &&
           std::equal(a.first.begin(), a.first.end(), b.first.begin()) &&
           std::equal(a.weight.begin(), a.weight.end(), b.weight.begin()) &&
           a.log_likelihood == b.log_likelihood;
}

bool say(bool is_right, const std::string& text) {
    fmt::print("  {:<5} {}\n", is_right ? "right" : "WRONG", text);
    return is_right;
}

/// Sizes around a warp, a tile, a panel of components, and with parts outside a block's memory.
template <class Real>
bool statistics_are_right(const Engine& host) {
    bool right = true;
    const double tolerance = sizeof(Real) == 4 ? 3e-4 : 1e-10;
    for (const Covariance covariance : all)
        for (const Products products : {Products::plain, Products::split}) {
            if (products == Products::split && sizeof(Real) == 8) continue;
            const DeviceEngine device(products);
            double worst = 0.0;
            bool repeats = true;
            for (const auto& [N, D, M] :
                 {std::tuple(31, 1, 1), std::tuple(64, 3, 4), std::tuple(65, 7, 63),
                  std::tuple(5000, 19, 65), std::tuple(70000, 13, 16), std::tuple(3000, 39, 200),
                  std::tuple(900, 70, 9)}) {
                const auto n = static_cast<std::size_t>(N), m = static_cast<std::size_t>(M);
                const auto points =
                    testing::clusters(std::max(n, m), static_cast<std::size_t>(D), m, 7);
                const Mixture mixture = testing::mixture_near(points, m, covariance, 5);
                const auto data = rounded<Real>(points);
                const Frames<Real> frames = Frames<Real>{data}.part(0, n);
                const DeviceFrames<Real> there(frames);
                const Statistics found = device.statistics(mixture, there);
                worst = std::max(worst, apart(found, host.statistics(mixture, frames)));
                FramesInMemory<Real> held(frames);
                testing::Blocks<Real> blocks(frames, 1);
                repeats = repeats && same_bits(found, device.statistics(mixture, there)) &&
                          same_bits(found, device.statistics(mixture, held)) &&
                          same_bits(found, device.statistics(mixture, blocks));
            }
            right = say(worst < tolerance && repeats,
                        fmt::format("{} {}{}: {:.1e} from the processor; {}", name_of(covariance),
                                    sizeof(Real) == 4 ? "single" : "double",
                                    products == Products::split ? " by tensor cores" : "", worst,
                                    repeats ? "repeats to the bit" : "DOES NOT REPEAT")) &&
                    right;
        }
    return right;
}

double seconds_of(const std::function<void()>& act) {
    const auto begin = std::chrono::steady_clock::now();
    act();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// As the field counts them; see gmm bench.
double flops(Covariance covariance, double N, double D, double M) {
    return covariance == Covariance::full ? 2.0 * N * M * (D * D + 3.0 * D + 2.0) : 8.0 * N * D * M;
}

void measure(Covariance covariance, std::size_t N, std::size_t D, std::size_t M, const Engine& host,
             double peak) {
    const auto points = testing::clusters(N, D, M, 3);
    const Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    const auto data = rounded<float>(points);
    const Frames<float> frames{data};
    host.statistics(mixture, frames);
    const double on_host = seconds_of([&] { host.statistics(mixture, frames); });
    const DeviceFrames<float> there(frames);
    const double work =
        flops(covariance, static_cast<double>(N), static_cast<double>(D), static_cast<double>(M));
    fmt::print("{} {} x {}, {} components: processor {:.2f} ms\n", name_of(covariance), N, D, M,
               1e3 * on_host);
    for (const Products products : {Products::plain, Products::split}) {
        const DeviceEngine device(products);
        const double seconds = device.seconds(mixture, there, 20);
        fmt::print(
            "  {:<86} {:>9.3f} ms {:>8.0f} GFLOP/s {:>6.2f} of plain fp32 {:>7.1f} x "
            "processor\n",
            device.describe<float>(mixture), 1e3 * seconds, 1e-9 * work / seconds,
            work / seconds / peak, on_host / seconds);
    }
}

bool many_are_right(const Engine& host) {
    const auto data = rounded<float>(testing::clusters(100000, 19, 20, 9));
    std::vector<std::vector<std::int64_t>> lists(2000);
    std::vector<Job> jobs;
    for (std::size_t j = 0; j < lists.size(); ++j) {
        for (std::size_t n = 0; n < 800; ++n)
            lists[j].push_back(static_cast<std::int64_t>((n * 97 + j * 50) % 100000));
        jobs.push_back({.chosen = lists[j], .components = 5, .seed = j});
    }
    const FitOptions options{.start = Start::random_from_data, .iterations = 10, .tolerance = 0.0};
    const DeviceEngine device;
    device.fit_many<float>({data}, std::span(jobs).first(10), options, host);
    std::vector<FitState> expected, found;
    const double on_host =
        seconds_of([&] { expected = fit_many<float>({data}, jobs, options, host); });
    const double on_device =
        seconds_of([&] { found = device.fit_many<float>({data}, jobs, options, host); });
    std::size_t alike = 0;
    for (std::size_t j = 0; j < jobs.size(); ++j)
        alike += found[j].trace.size() == expected[j].trace.size() &&
                 std::abs(found[j].trace.back() - expected[j].trace.back()) < 1e-2;
    // A start may lie between two ends, and rounding then chooses.
    return say(alike >= jobs.size() * 99 / 100,
               fmt::format("{} of 2000 fits of 5 components to 800 frames end alike; processor "
                           "{:.0f} ms, device {:.0f} ms, starts and copies included",
                           alike, 1e3 * on_host, 1e3 * on_device));
}

int run() {
    const asp::cuda::DeviceInfo& info = asp::cuda::device_info();
    const asp::Lease lease = asp::HartPool::process().request(asp::HartPool::all);
    const asp::Team team(lease);
    const Engine host(&team);
    // 64 lanes of a processor in compute capability 8.0, 128 in those since.
    const double peak =
        2.0 * (info.architecture == 80 ? 64.0 : 128.0) * info.processors * info.clock;
    fmt::print("{}, {} processors at {:.2f} GHz, {:.0f} GB: {:.1f} TFLOP/s in single precision\n",
               info.name, info.processors, 1e-9 * info.clock,
               static_cast<double>(info.memory) / 1e9, 1e-12 * peak);
    bool right = statistics_are_right<double>(host);
    right = statistics_are_right<float>(host) && right;
    right = many_are_right(host) && right;
    measure(Covariance::diag, 100000, 19, 80, host, peak);
    measure(Covariance::diag, 1000000, 39, 64, host, peak);
    measure(Covariance::diag, 1000000, 39, 512, host, peak);
    measure(Covariance::full, 100000, 19, 16, host, peak);
    measure(Covariance::full, 500000, 39, 64, host, peak);
    fmt::print("{}\n", right ? "the device agrees with the processor" : "WRONG: see above");
    return right ? 0 : 1;
}

}  // namespace

int main() {
    try {
        return run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "gmm_gpu_check: {}\n", error.what());
        return 1;
    }
}

#include "gmm/bench/bench_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "gmm/train.hpp"

namespace gmm {
namespace {

double uniform(std::mt19937_64& random) {
    return static_cast<double>(random() >> 11U) * 0x1p-53;
}

/// Two at once. Source: Box and Muller, "A note on the generation of random normal deviates"
/// (1958).
void fill_normal(std::mt19937_64& random, std::vector<double>& values) {
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(random)));
        const double angle = 6.283185307179586 * uniform(random);
        values[i] = radius * std::cos(angle);
        values[i + 1] = radius * std::sin(angle);
    }
}

/// The Gaussians that frames are drawn from.
struct Clusters {
    asp::Array<double, 2> centres;  ///< [M, D]
    std::vector<double> deviation;  ///< [M]

    explicit Clusters(const BenchCase& bench_case)
        : centres({bench_case.components, bench_case.dimension}) {
        std::mt19937_64 random(1);
        for (double& value : centres) value = 4.0 * uniform(random) - 2.0;
        for (std::size_t m = 0; m < bench_case.components; ++m)
            deviation.push_back(0.5 + uniform(random));
    }
};

void draw(const BenchCase& bench_case, const Clusters& clusters, BenchData& data, std::size_t lo,
          std::size_t hi, std::uint64_t seed) {
    const std::size_t D = bench_case.dimension;
    std::mt19937_64 random(seed);
    std::vector<double> noise(D + D % 2);
    for (std::size_t n = lo; n < hi; ++n) {
        const std::size_t m = random() % bench_case.components;
        fill_normal(random, noise);
        for (std::size_t i = 0; i < D; ++i) {
            const double value = clusters.centres(m, i) + clusters.deviation[m] * noise[i];
            data.single[n * D + i] = static_cast<float>(value);
            data.twofold[n * D + i] = static_cast<double>(data.single[n * D + i]);
        }
    }
}

/// Variance of each coordinate of the frames [lo, hi).
std::vector<double> variances(const BenchData& data, std::size_t D, std::size_t lo,
                              std::size_t hi) {
    std::vector<double> sum(D), square(D);
    for (std::size_t n = lo; n < hi; ++n)
        for (std::size_t i = 0; i < D; ++i) {
            const double value = data.twofold[n * D + i];
            sum[i] += value;
            square[i] += value * value;
        }
    const auto count = static_cast<double>(hi - lo);
    for (std::size_t i = 0; i < D; ++i)
        square[i] = square[i] / count - sum[i] * sum[i] / (count * count);
    return square;
}

Mixture start_of(const BenchCase& bench_case, const BenchData& data, std::size_t model) {
    const std::size_t D = bench_case.dimension, M = bench_case.components;
    const std::size_t lo = model * bench_case.frames;
    const std::vector<double> variance = variances(data, D, lo, lo + bench_case.frames);
    std::mt19937_64 random(1000 + model);
    Mixture mixture;
    mixture.covariance = bench_case.covariance;
    mixture.weights = asp::Array<double, 1>({M}, 1.0 / static_cast<double>(M));
    mixture.means = asp::Array<double, 2>({M, D});
    mixture.covariances = asp::Array<double, 2>(covariance_extents(bench_case.covariance, M, D));
    const bool is_full = bench_case.covariance == Covariance::full;
    for (std::size_t m = 0; m < M; ++m) {
        const std::size_t n = lo + random() % bench_case.frames;
        for (std::size_t i = 0; i < D; ++i) {
            mixture.means(m, i) = data.twofold[n * D + i];
            mixture.covariances(m, is_full ? i * (D + 1) : i) = variance[i];
        }
    }
    return mixture;
}

}  // namespace

std::vector<BenchCase> bench_cases(double scale) {
    const auto frames = [&](double count, std::size_t components) {
        return std::max(50 * components, static_cast<std::size_t>(std::lround(scale * count)));
    };
    const auto models = std::max<std::size_t>(
        2, static_cast<std::size_t>(std::lround(200.0 * std::min(1.0, scale))));
    return {{"diag-100k-19-80", Covariance::diag, frames(1e5, 80), 19, 80},
            {"diag-1M-39-64", Covariance::diag, frames(1e6, 64), 39, 64},
            {"diag-1M-39-512", Covariance::diag, frames(1e6, 512), 39, 512},
            {"full-500k-39-64", Covariance::full, frames(5e5, 64), 39, 64},
            {"many-small", Covariance::diag, frames(8e3, 10), 19, 10, models}};
}

std::vector<BenchCase> chosen_cases(const std::vector<std::string>& names, double scale) {
    std::vector<BenchCase> all = bench_cases(scale);
    if (names.empty()) return all;
    std::vector<std::string> known;
    for (const BenchCase& c : all) known.push_back(c.name);
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto near = asp::nearest_name(name, known);
        throw asp::InputError(fmt::format("--cases {}: expected {}{}", name, fmt::join(known, ", "),
                                          near ? "; did you mean '" + *near + "'?" : ""));
    }
    std::erase_if(all, [&](const BenchCase& c) {
        return std::find(names.begin(), names.end(), c.name) == names.end();
    });
    return all;
}

BenchData make_data(const BenchCase& bench_case, const asp::Team& team) {
    const std::size_t N = bench_case.all_frames(), D = bench_case.dimension;
    BenchData data;
    data.single.resize(N * D);
    data.twofold.resize(N * D);
    const Clusters clusters(bench_case);
    constexpr std::size_t piece = 8192;  // each with a seed of its own, for any number of harts
    team.run(
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k)
                draw(bench_case, clusters, data, k * piece, std::min(N, (k + 1) * piece), 17 + k);
        },
        0, (N + piece - 1) / piece, 1);
    for (std::size_t model = 0; model < bench_case.models; ++model)
        data.starts.push_back(start_of(bench_case, data, model));
    return data;
}

std::size_t frames_for_peers(const BenchCase& bench_case) {
    const auto M = static_cast<double>(bench_case.components);
    const double of_one = flops_of_iteration(bench_case.covariance, 1.0,
                                             static_cast<double>(bench_case.dimension), M);
    const double most = std::min(2e10 / of_one, 3.2e7 / M);
    return std::min(bench_case.frames, static_cast<std::size_t>(most));
}

}  // namespace gmm

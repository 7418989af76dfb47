#pragma once
// What `gmm bench` measures, and on what data.

#include <string>
#include <vector>

#include "asp/base/aligned.hpp"
#include "asp/harts/team.hpp"
#include "gmm/mixture.hpp"

namespace gmm {

/// One case of the table.
struct BenchCase {
    std::string name;  ///< for --cases
    Covariance covariance;
    std::size_t frames, dimension, components;
    std::size_t models = 1;  ///< of so many frames each, fitted side by side

    std::size_t all_frames() const { return frames * models; }
};

/// All of them, numbers of frames multiplied by `scale`.
std::vector<BenchCase> bench_cases(double scale);

/// Those named, in the order of the table; all where nothing is. Throws InputError for a name that
/// is none, with the nearest.
std::vector<BenchCase> chosen_cases(const std::vector<std::string>& names, double scale);

/// Frames of a mixture of as many Gaussians as the case has components, of different spread, and
/// mixtures to start from: means at frames, the variance of all, equal weights. Always the same.
struct BenchData {
    asp::AlignedVector<float> single;    ///< [models * N, D]
    asp::AlignedVector<double> twofold;  ///< the same numbers
    std::vector<Mixture> starts;         ///< [models]
};
BenchData make_data(const BenchCase& bench_case, const asp::Team& team);

/// The frames that peers get, which take long: the first, for whom an iteration is at most 2e10
/// operations and 3.2e7 responsibilities. Their times are scaled to all.
std::size_t frames_for_peers(const BenchCase& bench_case);

}  // namespace gmm

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "asp/base/array.hpp"
#include "gmm/mixture.hpp"

namespace gmm {

enum class Precision { single, twofold };

/// The same work for everybody: iterations of EM from one mixture, covariances full or diag,
/// nothing added to the variances.
struct PeerTask {
    asp::View<const float, 2> rows;  ///< [N, D]
    const Mixture& start;
    std::size_t threads;
};

/// Another library's EM, set up once for a task. What the task points to must outlive it.
class Peer {
public:
    explicit Peer(std::string its_name) : name(std::move(its_name)) {}
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer() = default;

    /// [s] of one iteration.
    virtual double iteration_seconds(Precision precision) = 0;
    /// [nats a frame] of the mixture after so many iterations.
    virtual double log_likelihood(Precision precision, int iterations) = 0;

    const std::string name;  ///< "scikit-learn 1.9.1"
};

/// scikit-learn in a child process: what the loop of GaussianMixture.fit calls. Throws BackendError
/// where `python` has none.
std::unique_ptr<Peer> sklearn_peer(const PeerTask& task, const std::filesystem::path& python);

/// The Python of this place: of the environment that is active, of .venv, or the system's.
std::filesystem::path usual_python();

/// Armadillo's gmm_diag and gmm_full. Throws BackendError where this build has none.
std::unique_ptr<Peer> armadillo_peer(const PeerTask& task);

}  // namespace gmm

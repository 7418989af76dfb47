#include "gmm/bench/armadillo_module.hpp"

#include <omp.h>

#include <armadillo>
#include <type_traits>
#include <vector>

#include "asp/base/error.hpp"
#include "gmm/bench/timing.hpp"

namespace gmm {
namespace {

/// Frames and the mixture to start from, as Armadillo has them: a column for each.
template <class Real>
struct Start {
    arma::Mat<Real> frames, means;
    arma::Cube<Real> full;
    arma::Mat<Real> diag;
    arma::Row<Real> weights;

    explicit Start(const PeerTask& task) {
        const std::size_t N = task.rows.extent(0), D = task.rows.extent(1);
        const Mixture& mixture = task.start;
        const std::size_t M = mixture.components();
        frames.set_size(D, N);
        std::copy(task.rows.begin(), task.rows.end(), frames.memptr());
        means.set_size(D, M);
        std::copy(mixture.means.begin(), mixture.means.end(), means.memptr());
        weights.set_size(M);
        std::copy(mixture.weights.begin(), mixture.weights.end(), weights.memptr());
        if (mixture.covariance == Covariance::full) {
            full.set_size(D, D, M);
            std::copy(mixture.covariances.begin(), mixture.covariances.end(), full.memptr());
        } else {
            diag.set_size(D, M);
            std::copy(mixture.covariances.begin(), mixture.covariances.end(), diag.memptr());
        }
    }
};

template <class Real>
class Learner {
public:
    explicit Learner(const PeerTask& task)
        : start_(task), is_full_(task.start.covariance == Covariance::full) {}

    double seconds(int iterations) { return learn(iterations).seconds; }
    double log_likelihood(int iterations) { return learn(iterations).log_likelihood; }

private:
    struct Result {
        double seconds, log_likelihood;
    };
    Result learn(int iterations) {
        if (is_full_) {
            std::conditional_t<std::is_same_v<Real, float>, arma::fgmm_full, arma::gmm_full> model;
            model.set_params(start_.means, start_.full, start_.weights);
            return learn(model, iterations);
        }
        std::conditional_t<std::is_same_v<Real, float>, arma::fgmm_diag, arma::gmm_diag> model;
        model.set_params(start_.means, start_.diag, start_.weights);
        return learn(model, iterations);
    }
    template <class Learned>
    Result learn(Learned& model, int iterations) {
        bool is_done = true;
        const arma::uword M = start_.means.n_cols;
        // Its least floor is its default for doubles: for the others it is as good as none.
        const double seconds = seconds_of([&] {
            is_done = model.learn(start_.frames, M, arma::maha_dist, arma::keep_existing, 0,
                                  static_cast<arma::uword>(iterations), Real(1e-10), false);
        });
        if (!is_done) throw asp::BackendError("Armadillo: learn() failed");
        return {seconds, static_cast<double>(model.avg_log_p(start_.frames))};
    }

    Start<Real> start_;
    bool is_full_;
};

class ArmadilloPeer final : public Peer {
public:
    explicit ArmadilloPeer(const PeerTask& task)
        : Peer("Armadillo " + arma::arma_version::as_string().substr(
                                  0, arma::arma_version::as_string().find(' '))),
          threads_(static_cast<int>(task.threads)),
          single_(task),
          twofold_(task) {}

    /// What more iterations cost more: what comes before the first is not counted.
    double iteration_seconds(Precision precision) override {
        omp_set_num_threads(threads_);
        const double one = seconds(precision, 1), three = seconds(precision, 3);
        return std::max(three - one, 0.0) / 2.0;
    }
    double log_likelihood(Precision precision, int iterations) override {
        omp_set_num_threads(threads_);
        return precision == Precision::single ? single_.log_likelihood(iterations)
                                              : twofold_.log_likelihood(iterations);
    }

private:
    double seconds(Precision precision, int iterations) {
        return precision == Precision::single ? single_.seconds(iterations)
                                              : twofold_.seconds(iterations);
    }

    int threads_;
    Learner<float> single_;
    Learner<double> twofold_;
};

}  // namespace
}  // namespace gmm

gmm::Peer* gmm_make_armadillo_peer(const gmm::PeerTask& task) {
    return new gmm::ArmadilloPeer(task);  // NOLINT(cppcoreguidelines-owning-memory): over a C name
}

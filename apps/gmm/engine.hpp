#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "asp/harts/team.hpp"
#include "asp/specialize/kernel.hpp"
#include "gmm/frames.hpp"
#include "gmm/mixture.hpp"
#include "gmm/statistics.hpp"

namespace gmm {

/// Where to write what is wanted of each frame; what is empty is left out.
struct FrameResults {
    std::span<double> log_likelihood = {};       ///< [N] [nats] ln p(x_n)
    asp::View<double, 2> responsibilities = {};  ///< [N, M] p(m | x_n), without the weights
    std::span<std::int32_t> component = {};      ///< [N] the most responsible one
};

/// What comes of giving each frame to its nearest centre.
struct Assignment {
    asp::Array<double, 1> weight;  ///< [M] of the frames of each centre
    asp::Array<double, 2> first;   ///< [M, D] their sum of w (x - centre)
    double inertia = 0.0;          ///< sum over frames of w |x - centre|^2
};

/// A kernel that an engine has run.
struct KernelUse {
    std::string what;  ///< "squares, single precision, 39 dimensions, 64 components"
    asp::Rung rung;
    std::string explanation;  ///< how it came to be
    std::string source;       ///< of the specialized one
};

/// Computes passes elsewhere than on harts. Its functions may be called from several threads.
class Backend {
public:
    virtual ~Backend() = default;
    /// As Engine::statistics, but for rounding, in one pass and about any points.
    virtual Statistics statistics(const Mixture& mixture, FrameSource<float>& frames) const = 0;
    virtual Statistics statistics(const Mixture& mixture, FrameSource<double>& frames) const = 0;
    /// As Engine::evaluate, but for rounding.
    virtual void evaluate(const Mixture& mixture, const Frames<float>& frames,
                          const FrameResults& results) const = 0;
    virtual void evaluate(const Mixture& mixture, const Frames<double>& frames,
                          const FrameResults& results) const = 0;
};

/// Runs EM's passes over frames: harts and kernels. One for a whole program or fit; its functions
/// may be called from several threads. Real is float or double: of frames and of the arithmetic.
/// Frames must be finite.
class Engine {
public:
    /// `team` must outlive this; null: the calling thread alone.
    /// All rungs give the same bits, and the built-in one is at most a sixth slower where passes
    /// take long: in mode `automatic` a kernel is specialized, in the background, when it has run
    /// for a second.
    /// A `backend` takes over all passes but those of assign(); null: none.
    explicit Engine(const asp::Team* team = nullptr, asp::Context context = asp::process_context(),
                    std::shared_ptr<const Backend> backend = nullptr);
    /// With the kernels and the back end of another engine.
    Engine(const asp::Team* team, const Engine& other) : team_(team), state_(other.state_) {}
    ~Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// E-step and sums of the M-step in one pass; nothing is kept for a frame. Bitwise the same for
    /// any number of harts and any blocks. About the mixture's means. Where components shrink so
    /// much in this step that digits would be lost a second, more careful pass is made; what
    /// variances are below the `regularization`, which will be added to them, does not matter then.
    template <class Real>
    Statistics statistics(const Mixture& mixture, FrameSource<Real>& frames,
                          double regularization = 0.0) const;
    template <class Real>
    Statistics statistics(const Mixture& mixture, const Frames<Real>& frames) const {
        FramesInMemory<Real> source(frames);
        return statistics<Real>(mixture, source);
    }

    template <class Real>
    void evaluate(const Mixture& mixture, const Frames<Real>& frames,
                  const FrameResults& results) const;

    /// Nearest of `centres` [M, D] for each frame: a pass of Lloyd's algorithm. `labels` [N] may be
    /// empty.
    template <class Real>
    Assignment assign(asp::View<const double, 2> centres, FrameSource<Real>& frames,
                      std::span<std::int32_t> labels = {}) const;

    const asp::Team* team() const { return team_; }

    /// Those it has used, each once.
    std::vector<KernelUse> kernels() const;

    struct State;  ///< of engine.cpp

private:
    const asp::Team* team_;
    std::shared_ptr<State> state_;
};

}  // namespace gmm

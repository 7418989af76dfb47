#pragma once

#include <deque>
#include <vector>

#include "gmm/engine.hpp"
#include "gmm/fit_options.hpp"
#include "gmm/initialize.hpp"

namespace gmm {

struct OnlineOptions {
    FitOptions start = {};  ///< of the first mixture, where none is given; and of M-steps
    double decay = 0.6;     ///< in (0.5, 1]: 1 never forgets, less forgets the poor first steps
    /// In [0, 1]: the step never falls below; above 0 it follows data that change.
    double least_step = 0.0;
};

/// A mixture that learns from batches as they come.
struct OnlineFit {
    Mixture mixture = {};        ///< no components: the first batch gives one
    Statistics statistics = {};  ///< decaying, of a total weight of 1
    std::int64_t batches = 0;
    double log_likelihood = 0.0;       ///< [nats a frame] of the last batch, before it was learned
    std::vector<Repair> repairs = {};  ///< their iterations are numbers of batches, from 1
};

/// Learns from the k-th batch by stepwise EM: s <- s + step (s_k - s) with s_k the batch's
/// statistics per unit of weight and step = max(k^-decay, least_step), then an M-step of s. The
/// first batch is taken whole; batches count the same whatever their size; those without frames or
/// weight are passed over. Source: Cappe and Moulines, "Online EM algorithm for latent data
/// models" (2009), whose batches are single observations. Nothing is learned where `go_on`, asked
/// while a start is looked for, says stop. Throws InputError for options out of range, frames of
/// another dimension, and as fit does.
template <class Real>
OnlineFit partial_fit(OnlineFit fit, FrameSource<Real>& batch, const OnlineOptions& options,
                      const Engine& engine, const GoOn& go_on = always);

struct WindowOptions {
    FitOptions start = {};     ///< of the first mixture, where none is given; and of M-steps
    std::size_t batches = 10;  ///< that a window holds
};

/// A mixture of the last batches: what leaves the window is subtracted.
struct WindowFit {
    Mixture mixture = {};              ///< no components: the first batch gives one
    Statistics sum = {};               ///< of `held`
    std::deque<Statistics> held = {};  ///< of the last batches, each as it was seen when it came
    std::size_t subtractions = 0;      ///< since `sum` was last added up anew
    double log_likelihood = 0.0;       ///< [nats a frame] of the last batch, before it was learned
    std::int64_t batches = 0;          ///< that came so far
    std::vector<Repair> repairs = {};  ///< their iterations are numbers of batches, from 1
};

/// Moves the window on by one batch, then an M-step. The sum is added up anew after as many
/// subtractions as there are batches, so that rounding errors do not grow. `go_on` as of
/// partial_fit. Throws InputError for a window of no batches, frames of another dimension, and as
/// fit does.
template <class Real>
WindowFit slide(WindowFit fit, FrameSource<Real>& batch, const WindowOptions& options,
                const Engine& engine, const GoOn& go_on = always);

}  // namespace gmm

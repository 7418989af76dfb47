#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "gmm/fit.hpp"

namespace gmm {

/// One of many mixtures. What it points to is not copied.
struct Job {
    /// [N] numbers of rows; none: all rows.
    std::optional<std::span<const std::int64_t>> chosen = {};
    std::size_t components = 0;           ///< 0: FitOptions::components
    const Mixture* given = nullptr;       ///< to start from; it decides components and covariance
    std::optional<std::uint64_t> seed{};  ///< none: FitOptions::seed
};

/// Asked, one call at a time but from any thread, when a job is done and between passes of one, how
/// many are done; false: stop.
using ManyWatch = std::function<bool(std::size_t done)>;

/// Fits a mixture for each job to rows of one array (`data` without a choice of its own): harts of
/// the engine's team work on different mixtures, or all on one where there are fewer jobs than
/// harts: this is for many that are small. Each is bitwise what fit() gives for its rows, whatever
/// the number of harts. Jobs that `watch` kept from being finished have states that are not (those
/// not begun: mixtures of no components). Throws InputError as fit does, for the first job in their
/// order, with its number; for rows that do not exist before any work.
template <class Real>
std::vector<FitState> fit_many(const Frames<Real>& data, std::span<const Job> jobs,
                               const FitOptions& options, const Engine& engine,
                               const ManyWatch& watch = {});

}  // namespace gmm

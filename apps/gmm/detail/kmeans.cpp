#include "gmm/detail/kmeans.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "gmm/detail/checked_frames.hpp"
#include "gmm/detail/ranges.hpp"

namespace gmm::detail {
namespace {

/// Frames turned so that lanes run over them, with their squared distance to the nearest of the
/// centres so far.
template <class Real>
class Distances {
public:
    Distances(const Sample<Real>& sample, const asp::Team* team)
        : dimension_(sample.dimension()),
          sample_(sample),
          team_(team),
          turned_({groups(), dimension_, lanes}),
          weights_({groups(), lanes}),
          nearest_({groups(), lanes}),
          chunk_inertia_(chunks()) {
        for (std::size_t n = 0; n < sample.size(); ++n) {
            for (std::size_t i = 0; i < dimension_; ++i)
                turned_(n / lanes, i, n % lanes) = sample.rows(n, i);
            weights_(n / lanes, n % lanes) = sample.weights[n];
            nearest_(n / lanes, n % lanes) = std::numeric_limits<Real>::infinity();
        }
    }

    /// Sum of weight times squared distance if each of these frames were a centre too.
    std::vector<double> inertia_with(const std::vector<std::size_t>& candidates) const {
        asp::Array<double, 2> parts({chunks(), candidates.size()});
        for_each(team_, chunks(), [&](std::size_t chunk) {
            for (std::size_t c = 0; c < candidates.size(); ++c) {
                LaneSums sums{};
                for (std::size_t g = first_group(chunk); g < first_group(chunk + 1); ++g)
                    add(sums, g, measured(g, sample_.rows[candidates[c]].data()));
                parts(chunk, c) = total(sums);
            }
        });
        std::vector<double> sums(candidates.size());
        for (std::size_t chunk = 0; chunk < chunks(); ++chunk)
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += parts(chunk, c);
        return sums;
    }

    void add_centre(asp::View<const Real, 1> centre) {
        for_each(team_, chunks(), [&](std::size_t chunk) {
            LaneSums sums{};
            for (std::size_t g = first_group(chunk); g < first_group(chunk + 1); ++g) {
                const Lanes distance = measured(g, centre.data());
                std::copy(distance.begin(), distance.end(), nearest_[g].begin());
                add(sums, g, distance);
            }
            chunk_inertia_[chunk] = total(sums);
        });
    }

    double inertia() const {
        double sum = 0.0;
        for (const double part : chunk_inertia_) sum += part;
        return sum;
    }

    /// The frame at which the running sum of weight times squared distance passes `target`, one of
    /// those away from all centres. Precondition: inertia() > 0.
    std::size_t frame_at(double target) const {
        std::size_t chunk = 0;
        double sum = 0.0;
        for (; chunk + 1 < chunks() && !(sum + chunk_inertia_[chunk] > target); ++chunk)
            sum += chunk_inertia_[chunk];
        const std::size_t begin = first_group(chunk) * lanes,
                          end = std::min(sample_.size(), first_group(chunk + 1) * lanes);
        std::size_t last = sample_.size();
        for (std::size_t n = begin; n < end; ++n) {
            const double part = cost(n);
            if (!(part > 0.0)) continue;
            sum += part;
            last = n;
            if (sum > target) break;
        }
        return last < sample_.size() ? last : farthest();  // where rounding hides the sum's end
    }

    /// The frame that adds most to the inertia.
    std::size_t farthest() const {
        std::size_t best = 0;
        for (std::size_t n = 1; n < sample_.size(); ++n)
            if (cost(n) > cost(best)) best = n;
        return best;
    }

    double cost(std::size_t n) const {
        return static_cast<double>(sample_.weights[n]) *
               static_cast<double>(nearest_(n / lanes, n % lanes));
    }

private:
    // Distances of so many frames stay in eight registers of the least instruction set.
    static constexpr std::size_t lanes = 128 / sizeof(Real), groups_at_once = 32;
    using Lanes = std::array<Real, lanes>;
    using LaneSums = std::array<double, lanes>;

    std::size_t groups() const { return (sample_.size() + lanes - 1) / lanes; }
    std::size_t chunks() const { return (groups() + groups_at_once - 1) / groups_at_once; }
    std::size_t first_group(std::size_t chunk) const {
        return std::min(groups(), chunk * groups_at_once);
    }

    /// Squared distances of a group with one more centre.
    Lanes measured(std::size_t group, const Real* centre) const {
        Lanes distance{};
        const Real* x = &turned_(group, 0, 0);
        for (std::size_t i = 0; i < dimension_; ++i, x += lanes)
            for (std::size_t l = 0; l < lanes; ++l) {
                const Real d = x[l] - centre[i];
                distance[l] += d * d;
            }
        const Real* const nearest = &nearest_(group, 0);
        for (std::size_t l = 0; l < lanes; ++l)
            distance[l] = distance[l] < nearest[l] ? distance[l] : nearest[l];
        return distance;
    }

    void add(LaneSums& sums, std::size_t group, const Lanes& distance) const {
        const Real* const weight = &weights_(group, 0);
        for (std::size_t l = 0; l < lanes; ++l)
            sums[l] += static_cast<double>(weight[l]) * static_cast<double>(distance[l]);
    }

    static double total(const LaneSums& sums) {
        double sum = 0.0;
        for (const double value : sums) sum += value;
        return sum;
    }

    std::size_t dimension_;
    const Sample<Real>& sample_;
    const asp::Team* team_;
    asp::Array<Real, 3> turned_;   ///< [groups, D, lanes]
    asp::Array<Real, 2> weights_;  ///< [groups, lanes] 0 where there is no frame
    asp::Array<Real, 2> nearest_;  ///< [groups, lanes]
    std::vector<double> chunk_inertia_;
};

/// Some rows of an array.
template <class Real>
asp::Array<double, 2> rows_of(const asp::Array<Real, 2>& rows,
                              const std::vector<std::size_t>& chosen) {
    asp::Array<double, 2> result({chosen.size(), rows.extent(1)});
    for (std::size_t k = 0; k < chosen.size(); ++k)
        std::copy(rows[chosen[k]].begin(), rows[chosen[k]].end(), result[k].begin());
    return result;
}

/// Puts centres without frames where they help most, and drops those for which no place is left.
template <class Real>
asp::Array<double, 2> reseed_empty(const asp::Array<double, 2>& centres,
                                   const asp::Array<double, 1>& weight, const Sample<Real>& sample,
                                   const asp::Team* team) {
    Distances<Real> distances(sample, team);
    std::vector<std::size_t> kept;
    std::vector<Real> centre(sample.dimension());
    for (std::size_t k = 0; k < centres.extent(0); ++k) {
        if (!(weight(k) > 0.0)) continue;
        kept.push_back(k);
        std::transform(centres[k].begin(), centres[k].end(), centre.begin(),
                       [](double value) { return static_cast<Real>(value); });
        distances.add_centre({centre.data(), {centre.size()}});
    }
    asp::Array<double, 2> result = rows_of(centres, kept);
    std::vector<std::size_t> added;
    while (kept.size() + added.size() < centres.extent(0)) {
        const std::size_t n = distances.farthest();
        if (!(distances.cost(n) > 0.0)) break;
        added.push_back(n);
        distances.add_centre(sample.rows[n]);
    }
    const asp::Array<double, 2> more = rows_of(sample.rows, added);
    asp::Array<double, 2> all({kept.size() + added.size(), centres.extent(1)});
    std::copy(more.begin(), more.end(), std::copy(result.begin(), result.end(), all.begin()));
    return all;
}

}  // namespace

template <class Real>
asp::Array<double, 2> kmeans_seeds(const Sample<Real>& sample, std::size_t count,
                                   RandomNumbers& random, const asp::Team* team,
                                   const GoOn& go_on) {
    Distances<Real> distances(sample, team);
    double total = 0.0;
    for (const Real weight : sample.weights) total += static_cast<double>(weight);
    double target = random.uniform() * total;
    std::size_t first = 0;
    while (first + 1 < sample.size() && !(target < static_cast<double>(sample.weights[first])))
        target -= static_cast<double>(sample.weights[first++]);
    std::vector<std::size_t> seeds{first};
    distances.add_centre(sample.rows[first]);
    const auto trials = 2 + static_cast<std::size_t>(
                                std::log(static_cast<double>(std::max<std::size_t>(1, count))));
    std::vector<std::size_t> candidates(trials);
    while (seeds.size() < count && go_on()) {
        const double inertia = distances.inertia();
        if (!std::isfinite(inertia)) {
            FramesInMemory<Real> frames(sample.frames());
            explain_overflow<Real>(frames);
        }
        if (!(inertia > 0.0)) break;
        for (std::size_t& candidate : candidates)
            candidate = distances.frame_at(random.uniform() * inertia);
        const std::vector<double> with = distances.inertia_with(candidates);
        seeds.push_back(candidates[static_cast<std::size_t>(
            std::min_element(with.begin(), with.end()) - with.begin())]);
        distances.add_centre(sample.rows[seeds.back()]);
    }
    return rows_of(sample.rows, seeds);
}

template <class Real>
asp::Array<double, 2> lloyd(asp::Array<double, 2> centres, FrameSource<Real>& frames,
                            const Sample<Real>& sample, const Engine& engine,
                            const LloydOptions& options, const GoOn& go_on) {
    const double least = options.tolerance * sample.variance();
    for (int pass = 0; pass < options.passes && go_on(); ++pass) {
        const Assignment groups = engine.assign<Real>(centres, frames);
        if (!std::isfinite(groups.inertia)) explain_overflow(frames);
        double moved = 0.0;
        bool has_empty = false;
        for (std::size_t k = 0; k < centres.extent(0); ++k) {
            has_empty = has_empty || !(groups.weight(k) > 0.0);
            for (std::size_t i = 0; groups.weight(k) > 0.0 && i < centres.extent(1); ++i) {
                const double step = groups.first(k, i) / groups.weight(k);
                centres(k, i) += step;
                moved += step * step;
            }
        }
        if (has_empty)
            centres = reseed_empty(centres, groups.weight, sample, engine.team());
        else if (moved <= least)
            break;
    }
    return centres;
}

template asp::Array<double, 2> kmeans_seeds(const Sample<float>&, std::size_t, RandomNumbers&,
                                            const asp::Team*, const GoOn&);
template asp::Array<double, 2> kmeans_seeds(const Sample<double>&, std::size_t, RandomNumbers&,
                                            const asp::Team*, const GoOn&);
template asp::Array<double, 2> lloyd(asp::Array<double, 2>, FrameSource<float>&,
                                     const Sample<float>&, const Engine&, const LloydOptions&,
                                     const GoOn&);
template asp::Array<double, 2> lloyd(asp::Array<double, 2>, FrameSource<double>&,
                                     const Sample<double>&, const Engine&, const LloydOptions&,
                                     const GoOn&);

}  // namespace gmm::detail

#include "gmm/detail/kmeans.hpp"

#include <algorithm>
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
          turned_({blocks(), dimension_, width}),
          nearest_({blocks(), width}, Real{0}) {
        for (std::size_t n = 0; n < sample.size(); ++n)
            for (std::size_t i = 0; i < dimension_; ++i)
                turned_(n / width, i, n % width) = sample.rows(n, i);
        for (std::size_t n = 0; n < sample.size(); ++n)
            nearest_(n / width, n % width) = std::numeric_limits<Real>::infinity();
    }

    /// Sum of weight times squared distance if each of these frames were a centre too.
    std::vector<double> inertia_with(const std::vector<std::size_t>& candidates) const {
        asp::Array<double, 2> parts({blocks(), candidates.size()});
        for_each(team_, blocks(), [&](std::size_t b) {
            std::vector<Real> distance(width);
            for (std::size_t c = 0; c < candidates.size(); ++c) {
                measure(b, sample_.rows[candidates[c]], distance);
                parts(b, c) = weighted_sum(b, distance);
            }
        });
        std::vector<double> sums(candidates.size());
        for (std::size_t b = 0; b < blocks(); ++b)
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += parts(b, c);
        return sums;
    }

    void add_centre(asp::View<const Real, 1> centre) {
        block_inertia_.assign(blocks(), 0.0);
        for_each(team_, blocks(), [&](std::size_t b) {
            std::vector<Real> distance(width);
            measure(b, centre, distance);
            std::copy(distance.begin(), distance.end(), nearest_[b].begin());
            block_inertia_[b] = weighted_sum(b, distance);
        });
    }

    double inertia() const {
        double sum = 0.0;
        for (const double part : block_inertia_) sum += part;
        return sum;
    }

    /// The frame at which the running sum of weight times squared distance passes `target`, one of
    /// those away from all centres. Precondition: inertia() > 0.
    std::size_t frame_at(double target) const {
        std::size_t b = 0;
        double sum = 0.0;
        for (; b + 1 < blocks() && !(sum + block_inertia_[b] > target); ++b)
            sum += block_inertia_[b];
        std::size_t last = farthest();  // where rounding hides the end of the sum
        for (std::size_t n = b * width; n < std::min(sample_.size(), (b + 1) * width); ++n) {
            const double part = cost(n);
            if (!(part > 0.0)) continue;
            sum += part;
            last = n;
            if (sum > target) break;
        }
        return last;
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
               static_cast<double>(nearest_(n / width, n % width));
    }

private:
    static constexpr std::size_t width = 1024;  // of a block: distances stay in the first cache

    std::size_t blocks() const { return (sample_.size() + width - 1) / width; }

    /// Squared distances of block b with one more centre.
    void measure(std::size_t b, asp::View<const Real, 1> centre,
                 std::vector<Real>& distance) const {
        std::fill(distance.begin(), distance.end(), Real{0});
        for (std::size_t i = 0; i < dimension_; ++i) {
            const Real* const x = &turned_(b, i, 0);
            for (std::size_t l = 0; l < width; ++l) {
                const Real d = x[l] - centre[i];
                distance[l] += d * d;
            }
        }
        const Real* const nearest = &nearest_(b, 0);
        for (std::size_t l = 0; l < width; ++l) distance[l] = std::min(distance[l], nearest[l]);
    }

    double weighted_sum(std::size_t b, const std::vector<Real>& distance) const {
        double sum = 0.0;
        for (std::size_t n = b * width; n < std::min(sample_.size(), (b + 1) * width); ++n)
            sum += static_cast<double>(sample_.weights[n]) *
                   static_cast<double>(distance[n - b * width]);
        return sum;
    }

    std::size_t dimension_;
    const Sample<Real>& sample_;
    const asp::Team* team_;
    asp::Array<Real, 3> turned_;   ///< [blocks, D, width]
    asp::Array<Real, 2> nearest_;  ///< [blocks, width]
    std::vector<double> block_inertia_;
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
                                   RandomNumbers& random, const asp::Team* team) {
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
    while (seeds.size() < count) {
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
                            const LloydOptions& options) {
    const double least = options.tolerance * sample.variance();
    for (int pass = 0; pass < options.passes; ++pass) {
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
                                            const asp::Team*);
template asp::Array<double, 2> kmeans_seeds(const Sample<double>&, std::size_t, RandomNumbers&,
                                            const asp::Team*);
template asp::Array<double, 2> lloyd(asp::Array<double, 2>, FrameSource<float>&,
                                     const Sample<float>&, const Engine&, const LloydOptions&);
template asp::Array<double, 2> lloyd(asp::Array<double, 2>, FrameSource<double>&,
                                     const Sample<double>&, const Engine&, const LloydOptions&);

}  // namespace gmm::detail

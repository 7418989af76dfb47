#include "gmm/detail/sample.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "gmm/detail/checked_frames.hpp"
#include "gmm/detail/random.hpp"

namespace gmm::detail {
namespace {

/// A frame that is held for the time being.
struct Held {
    double key;
    std::size_t frame, slot;
    double weight;
    std::size_t row;
    friend bool operator<(const Held& a, const Held& b) {
        return a.key != b.key ? a.key < b.key : a.frame < b.frame;
    }
};

}  // namespace

template <class Real>
std::vector<double> Sample<Real>::mean() const {
    std::vector<double> result(dimension());
    double total = 0.0;
    for (std::size_t n = 0; n < size(); ++n) {
        total += static_cast<double>(weights[n]);
        for (std::size_t i = 0; i < result.size(); ++i)
            result[i] += static_cast<double>(weights[n]) * static_cast<double>(rows(n, i));
    }
    for (double& value : result) value /= total;
    return result;
}

template <class Real>
double Sample<Real>::variance() const {
    const std::vector<double> centre = mean();
    double sum = 0.0, total = 0.0;
    for (std::size_t n = 0; n < size(); ++n) {
        total += static_cast<double>(weights[n]);
        for (std::size_t i = 0; i < centre.size(); ++i) {
            const double d = static_cast<double>(rows(n, i)) - centre[i];
            sum += static_cast<double>(weights[n]) * d * d;
        }
    }
    return sum / total / static_cast<double>(centre.size());
}

template <class Real>
Sample<Real> draw_sample(FrameSource<Real>& frames, std::size_t most, std::uint64_t seed) {
    const std::size_t D = frames.dimension(), room = std::min(most, frames.size());
    asp::Array<Real, 2> rows({room, D});
    // Each frame has a clock that rings at a time of exponential distribution, sooner for a larger
    // weight: the first `room` to ring are a draw without replacement. The heap's top is the last.
    std::vector<Held> heap;
    heap.reserve(room);
    std::size_t weighty = 0;
    frames.visit([&](const Frames<Real>& block, std::size_t first) {
        for (std::size_t n = 0; n < block.size(); ++n) {
            const double weight = block.weight(n);
            if (!(weight > 0.0)) continue;
            ++weighty;
            const double u = random_uniform(seed, first + n);
            // 1 - k w <= exp(-k w): most are too late, and that is seen without a logarithm.
            if (heap.size() == room && u < 1.0 - heap.front().key * weight) continue;
            Held held{-std::log(u) / weight, first + n, heap.size(), weight,
                      row_number(block, first, n)};
            if (heap.size() == room) {
                if (!(held < heap.front())) continue;
                std::pop_heap(heap.begin(), heap.end());
                held.slot = heap.back().slot;
                heap.pop_back();
            }
            require_finite(block, first, n);
            const auto x = block.rows[block.row(n)];
            std::copy(x.begin(), x.end(), rows[held.slot].begin());
            heap.push_back(held);
            std::push_heap(heap.begin(), heap.end());
        }
    });
    if (heap.empty()) throw asp::InputError("all weights are 0: expected one above 0");
    std::sort(heap.begin(), heap.end(),
              [](const Held& a, const Held& b) { return a.frame < b.frame; });
    Sample<Real> sample{asp::Array<Real, 2>({heap.size(), D}), std::vector<Real>(heap.size()),
                        std::vector<std::size_t>(heap.size())};
    for (std::size_t n = 0; n < heap.size(); ++n) {
        const auto x = rows[heap[n].slot];
        std::copy(x.begin(), x.end(), sample.rows[n].begin());
        sample.origins[n] = heap[n].row;
        sample.weights[n] = weighty > room ? Real{1} : static_cast<Real>(heap[n].weight);
    }
    return sample;
}

template struct Sample<float>;
template struct Sample<double>;
template Sample<float> draw_sample(FrameSource<float>&, std::size_t, std::uint64_t);
template Sample<double> draw_sample(FrameSource<double>&, std::size_t, std::uint64_t);

}  // namespace gmm::detail

#include "gmm/cuda/plan.hpp"

#include <cmath>
#include <iterator>

#include "gmm/detail/prepared.hpp"

namespace gmm::cuda {
namespace {

/// The most components at once, up to what all threads can work on.
Shape widened(Shape shape, const Extents& e, std::size_t limit) {
    if (shape.form != Form::whitened) return shape;
    const long edge = in_fours(e.dimension + 1) / 4, blocks = edge * (edge + 1) / 2;
    Shape wider = shape;
    while (wider.together < e.components && wider.together * blocks < wider.threads()) {
        wider.together *= 2;
        if (memory_of(wider, e) > limit) break;
        shape = wider;
    }
    return shape;
}

}  // namespace

Form form_for(const Mixture& mixture, const Whitening& white, bool is_single) {
    return mixture.covariance == Covariance::full
               ? Form::whitened
               : detail::suitable_form(mixture, white, is_single);
}

Shape shape_for(Form form, bool is_single, const Extents& e, std::size_t memory_of_block,
                bool by_cores) {
    struct Choice {
        int tile;
        bool keeps_frames, keeps_scores, keeps_sums;
    };
    // What is outside costs traffic with the second-level cache, small tiles traffic for the
    // parameters. The order is a guess until a device has said better.
    constexpr Choice choices[]{
        {64, true, true, true},   {32, true, true, true},   {64, true, true, false},
        {32, true, true, false},  {16, true, true, false},  {64, true, false, false},
        {32, true, false, false}, {32, false, true, false}, {64, false, false, false}};
    const auto shape_of = [&](const Choice& c) {
        return Shape{.form = form,
                     .is_single = is_single,
                     .tile = c.tile,
                     .keeps_frames = c.keeps_frames,
                     .keeps_scores = c.keeps_scores,
                     .keeps_sums = c.keeps_sums,
                     .by_cores = by_cores && is_single && is_of_features(form)};
    };
    for (const std::size_t limit : {memory_of_block / 2, memory_of_block})
        for (const Choice& choice : choices)
            if (const Shape shape = shape_of(choice); memory_of(shape, e) <= limit)
                return widened(shape, e, limit);
    return shape_of(choices[std::size(choices) - 1]);
}

bool agree(std::span<const double> exact, std::span<const double> found) {
    double sum = 0.0;
    for (std::size_t n = 0; n < exact.size(); ++n) {
        const double apart = std::abs(found[n] - exact[n]);
        if (!(apart <= 5e-3 + 1e-5 * std::abs(exact[n]))) return false;  // NaN fails too
        sum += apart;
    }
    return sum <= 1e-4 * static_cast<double>(exact.size());
}

}  // namespace gmm::cuda

#pragma once
// For *.test.cpp only: the kernels of kernels/cuda/ run by threads of the processor.

#include <algorithm>
#include <span>
#include <vector>

#include "asp/cuda/emulation.hpp"
#include "gmm/cuda/plan.hpp"
#include "gmm/detail/moments.hpp"
#include "gmm/engine.hpp"
#include "gmm/kernels/cuda/pass.hpp"

namespace gmm::cuda {

using asp::cuda::EmulatedThread;
using asp::cuda::launch;
using asp::cuda::LaunchShape;

template <class R, Shape s, int D = 0>
struct Fixed {
    using Real = R;
    static constexpr Shape shape = s;
    static constexpr int dimension = D;
};

/// How a launch is cut up.
struct Cut {
    int blocks = 2, slab = 64;
};

template <class Real>
PassCall<Real> call_of(const detail::Prepared<Real>& p, const Frames<Real>& frames, int slab) {
    const auto optional = [](const auto& values) {
        return values.empty() ? nullptr : values.data();
    };
    PassCall<Real> call{};
    call.rows = frames.rows.data();
    call.chosen = frames.chosen ? frames.chosen->data() : nullptr;
    call.weights = optional(frames.weights);
    call.centre = p.centre.data();
    call.scale = p.scale.data();
    call.transform = optional(p.transform);
    call.parameters = p.parameters.data();
    call.constants = p.constants.data();
    call.frames = static_cast<long>(frames.size());
    call.slab = slab;
    call.D = static_cast<int>(p.dimension);
    call.M = static_cast<int>(p.components);
    call.wide = static_cast<int>(p.constants.size());
    return call;
}

template <class Configuration>
void run(PassCall<typename Configuration::Real> call, int blocks) {
    constexpr Shape shape = Configuration::shape;
    const Layout layout(shape, call.D, call.M, call.wide, call.transform != nullptr);
    std::vector<typename Configuration::Real> scratch(
        static_cast<std::size_t>(layout.outside * blocks) + 16);
    const std::size_t past = reinterpret_cast<std::uintptr_t>(scratch.data()) % 16;
    call.scratch = scratch.data() + past / sizeof(typename Configuration::Real);
    launch({blocks, shape.threads(),
            static_cast<std::size_t>(layout.inside) * sizeof(typename Configuration::Real)},
           [&](EmulatedThread t) { pass<Configuration>(t, call); });
}

template <class Configuration>
detail::Prepared<typename Configuration::Real> prepared_for(const Mixture& mixture) {
    using Real = typename Configuration::Real;
    constexpr Form form = Configuration::shape.form;
    return detail::prepare<Real>(mixture, whitening(mixture), form,
                                 vector_bytes(form, sizeof(Real)));
}

/// A pass and the sum of its records.
template <class Configuration>
Statistics emulated_statistics(const Mixture& mixture,
                               const Frames<typename Configuration::Real>& frames,
                               const Cut& cut = {}) {
    const auto prepared = prepared_for<Configuration>(mixture);
    auto call = call_of(prepared, frames, cut.slab);
    const long slabs = (call.frames + cut.slab - 1) / cut.slab;
    const long numbers = call.record(Configuration::shape.form);
    const auto n = static_cast<std::size_t>(numbers);
    std::vector<double> records(n * static_cast<std::size_t>(slabs), 1e300), total(n);
    call.records = records.data();
    run<Configuration>(call, cut.blocks);
    launch({cut.blocks, 2 * columns, 2 * columns * sizeof(double)},
           [&](EmulatedThread t) { add_records(t, records.data(), slabs, numbers, total.data()); });
    const std::span<const double> all(total);
    const auto sums = static_cast<std::size_t>(call.sums(Configuration::shape.form));
    Statistics statistics =
        detail::statistics_of(prepared, all.first(sums), all.subspan(sums, n - 2 - sums));
    statistics.total_weight = total[n - 1];
    statistics.log_likelihood = total[n - 2] + prepared.shift * statistics.total_weight;
    statistics.frames = call.frames;
    return statistics;
}

}  // namespace gmm::cuda

// fit_many on a device: the host makes the starts and ends what the device gives back.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "asp/base/error.hpp"
#include "gmm/cuda/device_pass.hpp"
#include "gmm/kernels/cuda/many.hpp"

namespace gmm::cuda {
namespace {

/// Rounded up so that whatever comes next lies on 16 bytes.
std::size_t in_sixteens(std::size_t bytes) {
    return (bytes + 15) / 16 * 16;
}

/// Arrays side by side in one buffer, copied in at once and out at once.
class Arena {
public:
    template <class T>
    std::size_t add(const std::vector<T>& values) {
        const std::size_t at = bytes_.size(), size = values.size() * sizeof(T);
        bytes_.resize(at + in_sixteens(size));
        std::copy_n(reinterpret_cast<const std::byte*>(values.data()), size, bytes_.data() + at);
        return at;
    }
    void send(const Stream& stream) {
        buffer_ = Buffer(bytes_.size());
        stream.copy_in(buffer_.address(), bytes_.data(), bytes_.size());
    }
    void fetch(const Stream& stream) {
        stream.copy_out(bytes_.data(), buffer_.address(), bytes_.size());
        stream.synchronize();
    }
    template <class T>
    T* on_device(std::size_t at) const {
        return reinterpret_cast<T*>(buffer_.as<std::byte>() + at);
    }
    template <class T>
    const T* here(std::size_t at) const {
        return reinterpret_cast<const T*>(bytes_.data() + at);
    }

private:
    std::vector<std::byte> bytes_;
    Buffer buffer_;
};

/// Jobs as the kernel takes them, those first that take longest.
struct Packed {
    std::vector<std::size_t> order;  ///< numbers of jobs
    std::vector<ManyJob> jobs;
    std::vector<long> chosen;
    std::vector<double> weights, means, variances;
    long most_components = 1;
};

Packed packed(std::span<const Job> jobs, const std::vector<FitState>& states,
              std::vector<std::size_t> order, std::size_t rows) {
    const auto frames = [&](std::size_t j) {
        return jobs[j].chosen ? jobs[j].chosen->size() : rows;
    };
    const auto work = [&](std::size_t j) { return states[j].mixture.components() * frames(j); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return work(a) > work(b); });
    Packed p;
    p.order = std::move(order);
    for (const std::size_t j : p.order) {
        const Mixture& m = states[j].mixture;
        p.jobs.push_back({jobs[j].chosen ? static_cast<long>(p.chosen.size()) : -1,
                          static_cast<long>(frames(j)), static_cast<long>(p.weights.size()),
                          static_cast<int>(m.components())});
        if (jobs[j].chosen)
            p.chosen.insert(p.chosen.end(), jobs[j].chosen->begin(), jobs[j].chosen->end());
        p.weights.insert(p.weights.end(), m.weights.begin(), m.weights.end());
        p.means.insert(p.means.end(), m.means.begin(), m.means.end());
        p.variances.insert(p.variances.end(), m.covariances.begin(), m.covariances.end());
        p.most_components = std::max(p.most_components, static_cast<long>(m.components()));
    }
    return p;
}

/// What the device has written for one job.
struct Written {
    const ManyResult& result;
    const double *weights, *means, *variances, *trace;
    const int* floored;
};

void take_over(FitState& state, const Written& from) {
    const std::size_t M = state.mixture.components(), D = state.mixture.dimension();
    std::copy_n(from.weights, M, state.mixture.weights.begin());
    std::copy_n(from.means, M * D, state.mixture.means.begin());
    std::copy_n(from.variances, M * D, state.mixture.covariances.begin());
    state.iteration = from.result.iterations;
    state.converged = from.result.ending == ManyEnding::converged;
    state.trace.assign(from.trace, from.trace + from.result.iterations);
    for (std::size_t k = 1; k < state.trace.size(); ++k)
        state.greatest_fall = std::max(state.greatest_fall, state.trace[k - 1] - state.trace[k]);
    for (std::size_t m = 0; m < M; ++m)
        if (from.floored[m] != 0)
            state.repairs.push_back({Repair::Kind::variance_floor, m, from.floored[m],
                                     fmt::format("component {}: a variance was raised", m)});
}

template <class Real>
void run_on_device(const Frames<Real>& data, const Packed& p, const FitOptions& options,
                   DeviceEngine::State& state, std::vector<FitState>& states) {
    constexpr Shape shape = many_shape(sizeof(Real) == 4);
    const std::size_t D = data.dimension();
    const auto bytes =
        static_cast<std::size_t>(ManyLayout(shape, static_cast<long>(D), p.most_components).bytes);
    const Function& function = state.function({KernelKind::many, shape, static_cast<int>(D)});
    const int blocks =
        std::min(function.blocks_at_once(shape.threads(), bytes), static_cast<int>(p.jobs.size()));
    const DeviceFrames<Real> frames(data);
    Arena in, out;
    const std::size_t jobs = in.add(p.jobs), chosen = in.add(p.chosen);
    const std::size_t weights = out.add(p.weights), means = out.add(p.means),
                      variances = out.add(p.variances),
                      floored = out.add(std::vector<int>(p.weights.size())),
                      trace = out.add(std::vector<double>(
                          p.jobs.size() * static_cast<std::size_t>(options.iterations))),
                      results = out.add(std::vector<ManyResult>(p.jobs.size()));
    in.send(state.stream);
    out.send(state.stream);
    ManyCall<Real> call{.rows = frames.arrays().rows.template as<Real>(),
                        .weights = frames.arrays().weights_or_null,
                        .chosen = in.on_device<long>(chosen),
                        .jobs = in.on_device<ManyJob>(jobs),
                        .count = static_cast<int>(p.jobs.size()),
                        .D = static_cast<int>(D),
                        .component_weights = out.on_device<double>(weights),
                        .means = out.on_device<double>(means),
                        .variances = out.on_device<double>(variances),
                        .floored = out.on_device<int>(floored),
                        .trace = out.on_device<double>(trace),
                        .results = out.on_device<ManyResult>(results),
                        .iterations = options.iterations,
                        .tolerance = options.tolerance,
                        .regularization = options.m_step.regularization,
                        .relative_floor = options.m_step.relative_floor,
                        .least_weight = options.m_step.least_weight};
    void* arguments[] = {&call};
    function.launch(state.stream, {blocks, shape.threads(), bytes}, arguments);
    out.fetch(state.stream);
    for (std::size_t k = 0; k < p.order.size(); ++k) {
        const auto first = static_cast<std::size_t>(p.jobs[k].first_component);
        take_over(states[p.order[k]],
                  {out.here<ManyResult>(results)[k], out.here<double>(weights) + first,
                   out.here<double>(means) + first * D, out.here<double>(variances) + first * D,
                   out.here<double>(trace) + k * static_cast<std::size_t>(options.iterations),
                   out.here<int>(floored) + first});
    }
}

/// Goes on with what is not done, as fit() does; an error gets the job's number.
template <class Real>
FitState ended(FitState state, const Frames<Real>& data, const Job& job, std::size_t number,
               const FitOptions& options, const Engine& host) {
    if (is_finished(state, options) && !options.scores) return state;
    FramesInMemory<Real> frames({data.rows, job.chosen, data.weights});
    try {
        return continue_fit<Real>(std::move(state), frames, options, host);
    } catch (const asp::InputError& error) {
        std::vector<std::string> lines = error.lines();
        for (std::string& line : lines) line = fmt::format("job {}: {}", number, line);
        throw asp::InputError(std::move(lines));
    }
}

}  // namespace

template <class Real>
std::vector<FitState> DeviceEngine::fit_many(const Frames<Real>& data, std::span<const Job> jobs,
                                             const FitOptions& options, const Engine& host) const {
    if (options.starts > 1 || options.iterations == 0)
        return gmm::fit_many<Real>(data, jobs, options, host);
    FitOptions no_iterations = options;
    no_iterations.iterations = 0;
    no_iterations.scores = false;
    std::vector<FitState> states = gmm::fit_many<Real>(data, jobs, no_iterations, host);
    std::vector<std::size_t> fitting;
    const std::size_t room = asp::cuda::device_info().memory_of_block;
    for (std::size_t j = 0; j < jobs.size(); ++j) {
        const Mixture& m = states[j].mixture;
        const ManyLayout layout(many_shape(sizeof(Real) == 4), static_cast<long>(m.dimension()),
                                static_cast<long>(m.components()));
        if (m.covariance == Covariance::diag && static_cast<std::size_t>(layout.bytes) <= room &&
            (!jobs[j].chosen || !jobs[j].chosen->empty()))
            fitting.push_back(j);
    }
    if (!fitting.empty()) {
        const std::lock_guard lock(state_->mutex);
        run_on_device(data, packed(jobs, states, std::move(fitting), data.size()), options, *state_,
                      states);
    }
    for (std::size_t j = 0; j < jobs.size(); ++j)
        states[j] = ended<Real>(std::move(states[j]), data, jobs[j], j, options, host);
    return states;
}

template std::vector<FitState> DeviceEngine::fit_many(const Frames<float>&, std::span<const Job>,
                                                      const FitOptions&, const Engine&) const;
template std::vector<FitState> DeviceEngine::fit_many(const Frames<double>&, std::span<const Job>,
                                                      const FitOptions&, const Engine&) const;

}  // namespace gmm::cuda

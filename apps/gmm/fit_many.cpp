#include "gmm/fit_many.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>

#include "asp/base/error.hpp"
#include "gmm/detail/ranges.hpp"

namespace gmm {
namespace {

asp::InputError of_job(std::size_t number, const asp::InputError& error) {
    std::vector<std::string> lines = error.lines();
    for (std::string& line : lines) line = fmt::format("job {}: {}", number, line);
    return asp::InputError(std::move(lines));
}

void check_rows(std::span<const Job> jobs, std::size_t rows) {
    for (std::size_t j = 0; j < jobs.size(); ++j) {
        if (!jobs[j].chosen) continue;
        for (const std::int64_t row : *jobs[j].chosen)
            if (row < 0 || static_cast<std::size_t>(row) >= rows)
                throw asp::InputError(fmt::format(
                    "job {}: row {}: expected one of the {} rows from 0 on", j, row, rows));
    }
}

/// Numbers of the jobs, those first that take longest: what is left at the end is then short.
template <class Real>
std::vector<std::size_t> longest_first(const Frames<Real>& data, std::span<const Job> jobs,
                                       const FitOptions& options) {
    const auto work = [&](std::size_t j) {
        const Job& job = jobs[j];
        const std::size_t M = job.given != nullptr  ? job.given->components()
                              : job.components != 0 ? job.components
                                                    : options.components;
        return M * (job.chosen ? job.chosen->size() : data.size());
    };
    std::vector<std::size_t> order(jobs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return work(a) > work(b); });
    return order;
}

template <class Real>
FitState fit_one(const Frames<Real>& data, const Job& job, FitOptions options, const Engine& engine,
                 const GoOn& go_on) {
    if (job.components != 0) options.components = job.components;
    if (job.seed) options.seed = *job.seed;
    FramesInMemory<Real> frames({data.rows, job.chosen, data.weights});
    return fit<Real>(
        frames, options, engine, job.given != nullptr ? std::optional(*job.given) : std::nullopt,
        [&go_on](const FitState&) { return go_on(); }, go_on);
}

}  // namespace

template <class Real>
std::vector<FitState> fit_many(const Frames<Real>& data, std::span<const Job> jobs,
                               const FitOptions& options, const Engine& engine,
                               const ManyWatch& watch) {
    ASP_ASSERT(!data.chosen);
    check(options);
    check_rows(jobs, data.rows.extent(0));
    const std::vector<std::size_t> order = longest_first(data, jobs, options);
    std::vector<FitState> states(jobs.size());
    std::vector<std::optional<asp::InputError>> errors(jobs.size());
    std::atomic<bool> is_stopped{false};
    std::mutex mutex;
    std::size_t done = 0;
    const auto ask = [&](std::size_t more) {
        const std::lock_guard lock(mutex);
        done += more;
        if (!is_stopped && !watch(done)) is_stopped = true;
        return !is_stopped;
    };
    const GoOn go_on = watch ? GoOn([&ask] { return ask(0); }) : always;
    const auto run = [&](std::size_t k) {
        if (is_stopped) return;
        const std::size_t j = order[k];
        try {
            states[j] = fit_one(data, jobs[j], options, engine, go_on);
        } catch (const asp::InputError& error) {
            errors[j] = of_job(j, error);
        }
        if (watch) ask(1);
    };
    // Within a range the engine works in the calling thread alone: its team is busy.
    const bool is_shared = engine.team() != nullptr && jobs.size() < engine.team()->harts();
    detail::for_each(is_shared ? nullptr : engine.team(), jobs.size(), run);
    for (const auto& error : errors)
        if (error) throw *error;
    return states;
}

template std::vector<FitState> fit_many(const Frames<float>&, std::span<const Job>,
                                        const FitOptions&, const Engine&, const ManyWatch&);
template std::vector<FitState> fit_many(const Frames<double>&, std::span<const Job>,
                                        const FitOptions&, const Engine&, const ManyWatch&);

}  // namespace gmm

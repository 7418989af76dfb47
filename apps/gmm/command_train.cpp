#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/base/progress.hpp"
#include "asp/io/atomic_file.hpp"
#include "gmm/commands.hpp"
#include "gmm/cross_check.hpp"
#include "gmm/picture.hpp"
#include "gmm/report.hpp"
#include "gmm/selection.hpp"
#include "gmm/session.hpp"
#include "gmm/summary.hpp"
#include "gmm/train_task.hpp"

namespace gmm {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

std::string_view name_of(Ending ending) {
    return ending == Ending::converged       ? "converged"
           : ending == Ending::not_converged ? "not_converged"
                                             : "interrupted";
}

asp::ExitCode exit_code(Ending ending) {
    return ending == Ending::converged       ? asp::ExitCode::done
           : ending == Ending::not_converged ? asp::ExitCode::not_converged
                                             : asp::ExitCode::interrupted;
}

/// Where the model goes.
std::filesystem::path target_of(const CommandLine& line) {
    if (!line.result.empty()) return line.result;
    if (!line.output.empty()) return line.output / "model.h5";
    if (!line.resume.empty()) return line.resume;
    throw asp::InputError("-o: expected a file for the model, as in -o model.h5, or --output DIR");
}

/// One `gmm train`, in the precision of its arithmetic.
template <class Real>
class TrainRun {
public:
    TrainRun(const CommandLine& line, TrainTask task, const Session& session, const Ranks* ranks)
        : line_(line),
          begin_(std::move(task.begin)),
          target_(target_of(line)),
          session_(session),
          ranks_(ranks),
          input_(std::move(task.input)),
          part_(ranks ? input_.part(static_cast<std::size_t>(ranks->rank),
                                    static_cast<std::size_t>(ranks->size))
                      : input_.part(0, 1)),
          // Ranks end together, after an iteration: one that stopped within would leave the others
          // waiting.
          frames_(part_.frames<Real>({.memory = memory_for_frames(line),
                                      .before_block = ranks ? nullptr : stop_if_interrupted})) {
        if (ranks) make_common_start<Real>(*ranks, begin_.model, input_, session.engine);
    }

    asp::ExitCode run() {
        const TrainOutcome outcome = begin_.select_from > 0 ? select() : train_once(begin_.model);
        progress_.finish();
        if (outcome.model.state.mixture.weights.empty()) throw Interrupted();
        const asp::ExitCode code = is_first() ? finish(outcome) : asp::ExitCode::done;
        // Nobody goes before the first has written: mpiexec ends all when one ends.
        if (ranks_) ranks_->any(false);
        return code;
    }

private:
    asp::ExitCode finish(const TrainOutcome& outcome) {
        write_model(target_, outcome.model);
        if (!line_.output.empty())
            asp::io::write_text_atomically(line_.output / "report.svg", draw(outcome.model));
        Json summary = summary_of("train", line_, std::string(name_of(outcome.ending)));
        tell(outcome);
        add_results(outcome, summary);
        bool is_right = true;
        if (!line_.cross_check.empty() && outcome.ending != Ending::interrupted)
            is_right = check(outcome.model, summary);
        if (!is_right) summary["status"] = "failed";
        write_summary(line_, summary);
        return is_right ? exit_code(outcome.ending) : asp::ExitCode::failure;
    }

    /// The one that writes and speaks.
    bool is_first() const { return ranks_ == nullptr || ranks_->rank == 0; }
    TrainOutcome train_once(Model model) {
        Clock::time_point saved = Clock::now();
        TrainHooks hooks;
        hooks.stop_requested = asp::interrupt_requested;
        hooks.ranks = ranks_;
        hooks.iteration_done = [&](const Model& now) {
            if (progress_.due()) progress_.show(progress_line(now));
            const double seconds = std::chrono::duration<double>(Clock::now() - saved).count();
            if (!is_first() || begin_.select_from > 0 || seconds < line_.save_seconds) return;
            write_model(target_, now);
            saved = Clock::now();
        };
        progress_.show("looking for a start");
        return train<Real>(std::move(model), *frames_, session_.engine, begin_.prior, hooks);
    }
    TrainOutcome select();
    double judge(const TrainOutcome& outcome, double total_weight);
    std::string progress_line(const Model& now) const;
    void tell(const TrainOutcome& outcome) const;
    void add_results(const TrainOutcome& outcome, Json& summary) const;
    bool check(const Model& model, Json& summary) const;
    void print(const std::string& name, const std::string& text) const {
        if (!line_.quiet) fmt::print("{}", entry(style_, name, text));
        std::fflush(stdout);
    }

    const CommandLine& line_;
    Begin begin_;
    std::filesystem::path target_;
    const Session& session_;
    const Ranks* ranks_;
    FrameInput input_, part_;  ///< of all ranks, and of this one
    std::unique_ptr<FrameSource<Real>> frames_;
    Style style_ = Style::of_screen();
    asp::Progress progress_{line_.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal};
    Json choice_ = Json::array();  ///< of the number of components
};

template <class Real>
std::string TrainRun<Real>::progress_line(const Model& now) const {
    const FitOptions& options = now.training.options;
    const FitState& state = now.state;
    std::string text;
    if (begin_.select_from > 0)
        text += fmt::format("{} of {}..{} components, ", options.components, begin_.select_from,
                            begin_.select_to);
    if (options.starts > 1)
        text += fmt::format("start {} of {}, ", state.start + 1, options.starts);
    text += fmt::format("iteration {} of at most {}: {:.6f} nats a frame", state.iteration,
                        options.iterations, state.trace.back());
    if (state.trace.size() > 1)
        text += fmt::format(", {:+.1e}", state.trace.back() - state.trace[state.trace.size() - 2]);
    return text;
}

/// Of all frames together.
template <class Real>
double weight_of(FrameSource<Real>& frames) {
    double sum = 0.0;
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        for (std::size_t n = 0; n < block.size(); ++n) sum += block.weight(n);
    });
    return sum;
}

/// The criterion of one number of components, which is told: the less the better.
template <class Real>
double TrainRun<Real>::judge(const TrainOutcome& outcome, double total_weight) {
    const FitState& state = outcome.model.state;
    const std::size_t M = outcome.model.training.options.components;
    const double sum = *state.log_likelihood * total_weight;
    const double value =
        line_.criterion == "aic" ? aic(state.mixture, sum) : bic(state.mixture, sum, total_weight);
    progress_.finish();
    print(fmt::format("{}", M), fmt::format("{} {:.6g}, {:.6f} nats a frame, {}", line_.criterion,
                                            value, *state.log_likelihood, name_of(outcome.ending)));
    choice_.push_back({{"components", M},
                       {line_.criterion, value},
                       {"log_likelihood_nat", sum},
                       {"status", std::string(name_of(outcome.ending))}});
    return value;
}

/// Each number of components in turn; the best of those that were done is the answer.
template <class Real>
TrainOutcome TrainRun<Real>::select() {
    std::optional<TrainOutcome> best;
    double least = INFINITY;
    const double total_weight = weight_of(*frames_);
    for (std::size_t M = begin_.select_from; M <= begin_.select_to; ++M) {
        Model model = begin_.model;
        model.training.options.components = M;
        model.training.options.scores = true;
        TrainOutcome outcome = train_once(std::move(model));
        if (outcome.ending == Ending::interrupted) {
            if (!best) throw Interrupted();
            best->ending = Ending::interrupted;
            break;
        }
        const double value = judge(outcome, total_weight);
        if (best && !(value < least)) continue;
        least = value;
        best = std::move(outcome);
    }
    return std::move(*best);
}

/// Of an iteration, in the mean.
struct Rate {
    double seconds, gflops;  ///< [s], [1e9 floating-point operations / s]; 0 where there was none
};
Rate rate_of(const TrainOutcome& outcome, std::size_t frames) {
    if (outcome.iterations == 0 || outcome.iteration_seconds == 0.0) return {0.0, 0.0};
    const Mixture& mixture = outcome.model.state.mixture;
    const double seconds = outcome.iteration_seconds / outcome.iterations;
    const double flops = flops_of_iteration(mixture.covariance, static_cast<double>(frames),
                                            static_cast<double>(mixture.dimension()),
                                            static_cast<double>(mixture.components()));
    return {seconds, 1e-9 * flops / seconds};
}

template <class Real>
void TrainRun<Real>::tell(const TrainOutcome& outcome) const {
    const FitState& state = outcome.model.state;
    const FitOptions& options = outcome.model.training.options;
    print("model", fmt::format("{}: {}", style_.bold(target_.string()), title_of(state.mixture)));
    print("frames", fmt::format("{}, {} precision, {}{}", input_.size(),
                                outcome.model.training.precision, session_.where,
                                ranks_ ? fmt::format(" on each of {} ranks", ranks_->size) : ""));
    const std::string how = outcome.ending == Ending::not_converged
                                ? fmt::format("not converged to {:g}", options.tolerance)
                                : std::string(name_of(outcome.ending));
    print("iterations",
          fmt::format("{}{}, {}", state.iteration,
                      options.starts > 1 ? fmt::format(" (best of {} starts)", options.starts) : "",
                      how));
    if (!state.trace.empty())
        print("likelihood", fmt::format("{:.6f} nats a frame", state.trace.back()));
    const Rate rate = rate_of(outcome, input_.size());
    if (outcome.iterations > 0)
        print("time", fmt::format("{} an iteration, {:.3g} GFLOP/s",
                                  style_.bold(seconds_text(rate.seconds)), rate.gflops));
    if (!line_.quiet) fmt::print("{}", repairs_text(style_, state.repairs));
    if (outcome.ending == Ending::interrupted && begin_.select_from == 0)
        print("go on with", fmt::format("gmm train --resume {}", target_.string()));
}

template <class Real>
void TrainRun<Real>::add_results(const TrainOutcome& outcome, Json& summary) const {
    const FitState& state = outcome.model.state;
    const Rate rate = rate_of(outcome, input_.size());
    summary["kernels"] = kernels_of(session_.engine);
    summary["timings"] = {{"iteration_s", rate.seconds},
                          {"iterations_s", outcome.iteration_seconds}};
    summary["results"] = {{"model", target_.string()},
                          {"frames", input_.size()},
                          {"dimension", state.mixture.dimension()},
                          {"components", state.mixture.components()},
                          {"covariance", std::string(gmm::name_of(state.mixture.covariance))},
                          {"precision", outcome.model.training.precision},
                          {"iterations", state.iteration},
                          {"converged", state.converged},
                          {"trace_nat", state.trace},
                          {"gflop_s", rate.gflops},
                          {"repairs", state.repairs.size()}};
    if (!choice_.empty()) summary["results"]["choice"] = choice_;
}

template <class Real>
bool TrainRun<Real>::check(const Model& model, Json& summary) const {
    const CrossCheck found = cross_check<Real>(model.state.mixture, *frames_, session_.engine,
                                               model.training.options.m_step);
    Json numbers = {{"frames", found.frames}, {"is_rounding", found.is_rounding()}};
    const auto add = [&](const char* name, const CrossCheck::Difference& difference) {
        numbers[name] = difference.value;
        numbers["allowed"][name] = difference.allowed;
    };
    add("log_likelihood_nat", found.log_likelihood);
    add("weights", found.weights);
    add("means", found.means);
    add("covariances", found.covariances);
    summary["results"]["cross_check"] = numbers;
    print("cross-check", found.text());
    if (!found.is_rounding())
        fmt::print(stderr, "gmm: cross-check: {}: more than rounding explains\n", found.text());
    return found.is_rounding();
}

void require_choices(const CommandLine& line, const Training& training) {
    if (!line.cross_check.empty() && line.cross_check != "eigen")
        throw asp::InputError(fmt::format("--cross-check {}: expected eigen", line.cross_check));
    if (line.criterion != "bic" && line.criterion != "aic")
        throw asp::InputError(fmt::format("--by {}: expected bic or aic", line.criterion));
    if (line.criterion != "bic" && line.select.empty())
        throw asp::InputError("--by: expected --select beside it");
    if (!line.adapt.empty() && line.prior.empty())
        throw asp::InputError("--adapt: expected --prior beside it");
    if (line.inputs.empty() && !(line.rows.empty() && line.weights.empty()))
        throw asp::InputError(fmt::format("{}: expected --input beside it",
                                          line.rows.empty() ? "--weights" : "--rows"));
    std::vector<std::string> sources = training.inputs;
    sources.insert(sources.end(), {training.weights, training.prior});
    std::erase(sources, "");
    require_other("-o", target_of(line), sources);
    sources.push_back(target_of(line).string());
    require_other("--summary", line.summary, sources);
    if (!line.output.empty()) asp::io::require_writable_folder(line.output);
    require_writable(target_of(line));
    require_writable(line.summary);
}

}  // namespace

asp::ExitCode train_command(const CommandLine& given) {
    const std::unique_ptr<Ranks> ranks = ranks_of_this_run();
    const CommandLine line = ranks ? line_of_rank(given, *ranks) : given;
    TrainTask task = open_task(line, ranks.get(), require_choices);
    const Session session(line);
    const asp::InterruptGuard guard;
    if (task.begin.model.training.precision == "single")
        return TrainRun<float>(line, std::move(task), session, ranks.get()).run();
    return TrainRun<double>(line, std::move(task), session, ranks.get()).run();
}

}  // namespace gmm

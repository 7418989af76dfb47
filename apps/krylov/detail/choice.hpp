#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "asp/jit/platform.hpp"
#include "krylov/akx.hpp"
#include "krylov/kernel_config.hpp"
#include "krylov/schedule.hpp"

namespace krylov::detail {

/// A candidate that could be run.
struct Option {
    Candidate candidate;
    std::shared_ptr<const Schedule> schedule;  ///< null: plain products
};

double seconds_now();

/// Candidates of which one is taken: by the model, and where there is a budget by their times, as
/// soon as somebody has vectors to run them on. Whatever is run, the vectors hold the right values.
class Choice {
public:
    /// `request`: with what the user gave. A verdict on the matrix, where nothing was given, is
    /// kept in the request's database.
    Choice(std::vector<Option> options, const PlanOptions& request,
           const asp::jit::Platform& platform, ScalarKind scalar, ValueForm form, bool is_verdict);

    /// Takes the best by the model and says so in the plan.
    std::shared_ptr<const Schedule> by_model(Plan& plan);

    /// Whether times could tell more.
    bool is_open() const;
    /// Runs the first `levels` of an option; [s].
    using Run = std::function<double(const Option& option, int levels)>;
    /// Times plain products, where they are among the options, and as many others as the budget
    /// allows beside what planning took: the most promising first, the best twice.
    std::shared_ptr<const Schedule> by_times(Plan& plan, const Run& run);

private:
    void time_options(const Plan& plan, const Run& run);
    std::shared_ptr<const Schedule> take(Plan& plan);
    /// Plain products as a user would have them: in the given numbering where that is an option.
    bool is_plain(const Option& option) const;
    /// How many levels tell the time of all.
    int levels_of(const Option& option) const;
    std::vector<Option*> best_of_each_depth_first();
    std::vector<Option*> close_to_best();
    void time_plain(Option& plain, const Run& run, double& product);
    const Candidate* plain() const;
    void explain(Plan& plan) const;

    std::vector<Option> options_;
    PlanOptions request_;
    asp::jit::Platform platform_;
    ScalarKind scalar_;
    ValueForm form_;
    bool is_verdict_;
};

}  // namespace krylov::detail

#include "krylov/detail/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "asp/base/error.hpp"
#include "krylov/detail/remembered.hpp"

namespace krylov::detail {
namespace {

bool is_plain(const Option& option) {
    return option.schedule == nullptr;
}

void note(Option& option, double seconds) {
    option.candidate.measured = std::min(option.candidate.measured.value_or(seconds), seconds);
}

}  // namespace

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Choice::Choice(std::vector<Option> options, const PlanOptions& request,
               const asp::jit::Platform& platform, ScalarKind scalar, ValueForm form,
               bool is_verdict)
    : options_(std::move(options)),
      request_(request),
      platform_(platform),
      scalar_(scalar),
      form_(form),
      is_verdict_(is_verdict) {
    ASP_ASSERT(!options_.empty());
}

bool Choice::is_open() const {
    return options_.size() > 1 && request_.budget > 0.0;
}

std::shared_ptr<const Schedule> Choice::by_model(Plan& plan) {
    return take(plan);
}

std::shared_ptr<const Schedule> Choice::by_times(Plan& plan, const Run& run) {
    const double begin = seconds_now();
    time_options(plan, run);
    plan.tuning_seconds = seconds_now() - begin;
    std::shared_ptr<const Schedule> taken = take(plan);
    if (request_.database != nullptr && is_verdict_ && plan.speedup)
        remember(*request_.database, platform_, plan.structure, request_, scalar_, form_, plan);
    return taken;
}

void Choice::time_options(const Plan& plan, const Run& run) {
    const auto plain = std::ranges::find_if(options_, is_plain);
    const auto first = std::ranges::find_if_not(options_, is_plain);
    const double begin = seconds_now() - plan.planning_seconds;

    // One sweep of each tells the time of all.
    const auto time = [&](Option& option) {
        const int levels = std::min(option.candidate.depth, request_.k);
        note(option, run(option, levels) * request_.k / levels);
    };
    // The first run also brings in the pages of the vectors, and does not count.
    run(*first, std::min(first->candidate.depth, request_.k));
    double product = first->candidate.modelled / request_.k;
    const auto run_plain = [&] {
        if (plain == options_.end()) return;
        const double once = run(*plain, 1);
        product = std::min(once, run(*plain, 1));
        note(*plain, product * request_.k);
    };
    run_plain();
    time(*first);
    const auto affords = [&](const Option& option) {
        const double sweep = option.candidate.modelled * option.candidate.depth / request_.k;
        return seconds_now() - begin + sweep < request_.budget * product;
    };
    for (Option& option : options_)
        if (!is_plain(option) && &option != &*first && affords(option)) time(option);
    for (Option& option : options_)
        if (!is_plain(option) && option.candidate.measured && affords(option) &&
            *option.candidate.measured < 1.1 * *first->candidate.measured)
            time(option);
    if (plain == options_.end()) return;
    if (affords(*first)) run_plain();
    // What is not clearly faster is not worth a schedule.
    const double bar = *plain->candidate.measured;
    for (Option& option : options_)
        if (!is_plain(option) && option.candidate.measured &&
            *option.candidate.measured > 0.97 * bar)
            option.candidate.measured = std::max(*option.candidate.measured, 1.0001 * bar);
}

std::shared_ptr<const Schedule> Choice::take(Plan& plan) {
    // What was timed stands before what was not.
    std::ranges::stable_sort(options_, {}, [](const Option& o) {
        return o.candidate.measured.value_or(1e6 + o.candidate.modelled);
    });
    plan.chosen = options_.front().candidate;
    plan.considered.clear();
    for (const Option& option : options_) plan.considered.push_back(option.candidate);
    explain(plan);
    return options_.front().schedule;
}

const Candidate* Choice::plain() const {
    const auto found = std::ranges::find_if(options_, is_plain);
    return found == options_.end() ? nullptr : &found->candidate;
}

void Choice::explain(Plan& plan) const {
    const Candidate& chosen = plan.chosen;
    const Candidate* const other = plain();
    if (other == nullptr) {
        if (plan.reason.empty()) plan.reason = "as asked for";
        return;
    }
    if (!chosen.measured || !other->measured) {
        plan.reason = chosen.method == Method::plain
                          ? "plain products are best here, by the model"
                          : fmt::format("by the model {:.2f} times the best plain product",
                                        other->modelled / chosen.modelled);
        return;
    }
    plan.speedup = *other->measured / *chosen.measured;
    if (chosen.method == Method::plain) {
        plan.reason = "plain products are best here: timed, no tiling was faster";
        return;
    }
    plan.break_even =
        (plan.planning_seconds + plan.tuning_seconds) / (*other->measured - *chosen.measured);
    plan.reason =
        fmt::format("timed here: {:.2f} times the best plain product, pays after {:.0f} calls",
                    *plan.speedup, std::ceil(*plan.break_even));
}

}  // namespace krylov::detail

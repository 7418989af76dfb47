#include "krylov/detail/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "asp/base/error.hpp"
#include "krylov/detail/remembered.hpp"

namespace krylov::detail {
namespace {

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

bool Choice::is_plain(const Option& option) const {
    const auto is_plain_in = [](Numbering numbering) {
        return [numbering](const Option& o) {
            return o.schedule == nullptr && o.candidate.numbering == numbering;
        };
    };
    const bool has_given = std::ranges::any_of(options_, is_plain_in(Numbering::given));
    return is_plain_in(has_given ? Numbering::given : option.candidate.numbering)(option);
}

int Choice::levels_of(const Option& option) const {
    // Going into another numbering and back is worth its while for many levels only.
    if (option.candidate.numbering != Numbering::given) return request_.k;
    return std::min(option.candidate.depth, request_.k);
}

void Choice::time_plain(Option& plain, const Run& run, double& product) {
    const int levels = levels_of(plain);
    const double once = run(plain, levels);
    product = std::min(once, run(plain, levels)) / levels;
    note(plain, product * request_.k);
}

/// Models err by less among tiles of one depth than between depths.
std::vector<Option*> Choice::best_of_each_depth_first() {
    std::vector<Option*> order, others;
    std::set<int> depths;
    for (Option& option : options_)
        (depths.insert(option.candidate.depth).second ? order : others).push_back(&option);
    order.insert(order.end(), others.begin(), others.end());
    return order;
}

/// The quickest first: one lucky time is no verdict.
std::vector<Option*> Choice::close_to_best() {
    std::vector<Option*> timed;
    for (Option& option : options_)
        if (option.candidate.measured) timed.push_back(&option);
    const auto seconds = [](const Option* option) { return *option->candidate.measured; };
    std::ranges::sort(timed, {}, seconds);
    std::erase_if(timed, [&, bar = 1.1 * seconds(timed.front())](const Option* option) {
        return seconds(option) > bar;
    });
    return timed;
}

void Choice::time_options(const Plan& plan, const Run& run) {
    const auto is_reference = [this](const Option& option) { return is_plain(option); };
    const auto plain = std::ranges::find_if(options_, is_reference);
    const auto first = std::ranges::find_if_not(options_, is_reference);
    const double begin = seconds_now() - plan.planning_seconds;
    const auto time = [&](Option& option) {
        const int levels = levels_of(option);
        note(option, run(option, levels) * request_.k / levels);
    };
    double product = first->candidate.modelled / request_.k;
    if (plain != options_.end()) time_plain(*plain, run, product);
    time(*first);
    const auto affords = [&](const Option& option) {
        const double sweep = option.candidate.modelled * levels_of(option) / request_.k;
        return seconds_now() - begin + sweep < request_.budget * product;
    };
    for (Option* const option : best_of_each_depth_first())
        if (!is_reference(*option) && option != &*first && affords(*option)) time(*option);
    for (Option* const option : close_to_best())
        if (!is_reference(*option) && affords(*option)) time(*option);
    if (plain == options_.end()) return;
    if (affords(*first)) time_plain(*plain, run, product);
    // What is not clearly faster is not worth a schedule.
    const double bar = *plain->candidate.measured;
    for (Option& option : options_)
        if (!is_reference(option) && option.candidate.measured &&
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
    const auto found =
        std::ranges::find_if(options_, [this](const Option& option) { return is_plain(option); });
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
        plan.reason = chosen.method == Method::plain && chosen.numbering == other->numbering
                          ? "plain products are best here, by the model"
                          : fmt::format("by the model {:.2f} times the best plain product",
                                        other->modelled / chosen.modelled);
        return;
    }
    plan.speedup = *other->measured / *chosen.measured;
    if (chosen.method == Method::plain && chosen.numbering == other->numbering) {
        plan.reason = "plain products are best here: timed, nothing else was faster";
        return;
    }
    plan.break_even =
        (plan.planning_seconds + plan.tuning_seconds) / (*other->measured - *chosen.measured);
    plan.reason =
        fmt::format("timed here: {:.2f} times the best plain product, pays after {:.0f} calls",
                    *plan.speedup, std::ceil(*plan.break_even));
}

}  // namespace krylov::detail

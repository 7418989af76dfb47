#include "krylov/detail/trials.hpp"

#include <algorithm>
#include <chrono>

#include "asp/base/huge_pages.hpp"
#include "krylov/detail/powers.hpp"

namespace krylov::detail {
namespace {

/// Vectors to run candidates on.
template <class Scalar>
class Trial {
public:
    Trial(const Engine<Scalar>& engine, std::int64_t items_per_unit, const PlanOptions& request,
          const asp::Team* team)
        : engine_(engine),
          items_per_unit_(items_per_unit),
          team_(team),
          recurrence_(monomial_basis(static_cast<std::size_t>(request.k))),
          ones_(recurrence_.k() + 1, 1.0) {
        const auto n =
            static_cast<std::size_t>(engine.rows()) * static_cast<std::size_t>(request.vectors);
        const bool is_basis = request.keep == Keep::basis;
        memory_.resize(n * (is_basis ? ones_.size() : 4));
        for (std::size_t p = 0; p < ones_.size(); ++p)
            vectors_.level.push_back(memory_.data() + n * (is_basis || p == 0 ? p : 1 + p % 2));
        std::fill_n(memory_.data(), n, Scalar(1));
        if (!is_basis) {
            vectors_.sum = memory_.data() + 3 * n;
            vectors_.coefficient = ones_.data();
        }
        if (request.has_recurrence) recurrence_.b.assign(recurrence_.k(), 0.125);
        engine.kernel(terms_of(recurrence_), !is_basis).wait();
    }

    /// [s] of the first `levels`.
    double time(const Option& option, std::size_t levels) const {
        Recurrence some = recurrence_;
        for (auto* const list : {&some.a, &some.b, &some.c}) list->resize(levels);
        const double begin = seconds_now();
        make_levels(engine_, option.schedule.get(), items_per_unit_, some, vectors_, team_);
        return seconds_now() - begin;
    }
    double time(const Option& option) const { return time(option, recurrence_.k()); }

private:
    const Engine<Scalar>& engine_;
    std::int64_t items_per_unit_;
    const asp::Team* team_;
    Recurrence recurrence_;
    std::vector<double> ones_;
    asp::HugeVector<Scalar> memory_;
    Vectors<Scalar> vectors_;
};

void note(Option& option, double seconds) {
    option.candidate.measured = std::min(option.candidate.measured.value_or(seconds), seconds);
}

}  // namespace

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

template <class Scalar>
void time_options(std::vector<Option>& options, const Engine<Scalar>& engine,
                  std::int64_t items_per_unit, const PlanOptions& request, double begin,
                  const asp::Team* team) {
    const Trial<Scalar> trial(engine, items_per_unit, request, team);
    const auto is_plain = [](const Option& o) { return o.schedule == nullptr; };
    const auto plain = std::ranges::find_if(options, is_plain);
    const auto first = std::ranges::find_if_not(options, is_plain);

    // The first run also brings in the pages of the vectors, and does not count.
    trial.time(*first);
    double product = first->candidate.modelled / request.k;
    const auto run_plain = [&] {
        if (plain == options.end()) return;
        product = std::min(trial.time(*plain, 1), trial.time(*plain, 1));
        note(*plain, product * request.k);
    };
    run_plain();
    note(*first, trial.time(*first));
    const auto affords = [&](const Option& option) {
        return seconds_now() - begin + option.candidate.modelled < request.budget * product;
    };
    for (Option& option : options)
        if (!is_plain(option) && &option != &*first && affords(option))
            note(option, trial.time(option));
    for (Option& option : options)
        if (!is_plain(option) && option.candidate.measured && affords(option) &&
            *option.candidate.measured < 1.1 * *first->candidate.measured)
            note(option, trial.time(option));
    if (plain == options.end()) return;
    if (affords(*first)) run_plain();
    const double bar = *plain->candidate.measured;
    for (Option& option : options)
        if (!is_plain(option) && option.candidate.measured &&
            *option.candidate.measured > 0.97 * bar)
            option.candidate.measured = std::max(*option.candidate.measured, 1.0001 * bar);
}

template void time_options(std::vector<Option>&, const Engine<double>&, std::int64_t,
                           const PlanOptions&, double, const asp::Team*);
template void time_options(std::vector<Option>&, const Engine<float>&, std::int64_t,
                           const PlanOptions&, double, const asp::Team*);
template void time_options(std::vector<Option>&, const Engine<std::complex<double>>&, std::int64_t,
                           const PlanOptions&, double, const asp::Team*);
template void time_options(std::vector<Option>&, const Engine<std::complex<float>>&, std::int64_t,
                           const PlanOptions&, double, const asp::Team*);

}  // namespace krylov::detail

#include "asp/tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "asp/base/error.hpp"
#include "asp/tune/detail/candidates.hpp"
#include "asp/tune/detail/surrogate.hpp"

namespace asp::tune {

using detail::Observation;
using detail::Place;

namespace {

constexpr std::array level_names{"estimate", "measure", "patient"};

double seconds_of_steady_clock() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double quantile_of(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    const double at = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

db::Ratio ratio_of(const std::vector<double>& ratios) {
    return {quantile_of(ratios, 0.5), quantile_of(ratios, 0.25), quantile_of(ratios, 0.75)};
}

std::vector<std::size_t> value_counts(const Space& space) {
    std::vector<std::size_t> counts;
    for (const Parameter& p : space.parameters) counts.push_back(p.values.size());
    return counts;
}

class Search {
public:
    Search(const Space& space, const Contest& contest, const SearchOptions& options)
        : contest_(contest),
          options_(options),
          clock_(options.clock ? options.clock : seconds_of_steady_clock),
          candidates_(space, options.seed),
          model_(value_counts(space)),
          end_(clock_() + options.seconds),
          refused_(options.excluded.begin(), options.excluded.end()) {}

    SearchResult run() {
        const Variant start = candidates_.default_variant();
        result_.best = start;
        if (options_.timed_runs < 2 * duel_rounds) return finish(Verdict::not_tuned);
        if (candidates_.count() == 1u) return finish(Verdict::default_best);
        if (!try_once(start)) return finish(Verdict::default_fails);
        for (const Variant& hint : options_.hints)
            if (may_search()) try_once(hint);
        first_look(start);
        while (may_search() && next_by_model()) {
        }
        return decide();
    }

private:
    struct Entry {
        Measurement measurement;
        Place place;
        std::vector<double> duel = {};  ///< [rounds] times [s]

        double least() const { return measurement.least(); }
    };

    int runs_left() const { return options_.timed_runs - result_.timed_runs; }
    /// Runs that are kept for the duel.
    int reserve() const { return std::min(options_.timed_runs / 2, 20); }
    bool may_search() const { return runs_left() > reserve() && clock_() < end_; }

    Entry* find(const Variant& variant) {
        const auto found = index_.find(variant);
        return found == index_.end() ? nullptr : &entries_[found->second];
    }

    double sample(Entry& entry) {
        const Sample s = contest_.run(entry.measurement.variant);
        entry.measurement.samples.push_back(s);
        ++result_.timed_runs;
        if (s.noisy) ++noisy_runs_;
        return s.seconds;
    }

    /// Admits a variant that is new and valid and times it once; false when it cannot.
    bool try_once(const Variant& variant) {
        if (find(variant) || refused_.contains(variant) || !candidates_.is_valid(variant))
            return false;
        index_[variant] = entries_.size();
        entries_.push_back({{variant, contest_.admit(variant)}, candidates_.place(variant)});
        if (entries_.back().measurement.status != db::Status::ok) {
            refused_.insert(variant);
            return false;
        }
        sample(entries_.back());
        return true;
    }

    void first_look(const Variant& start) {
        std::vector<Variant> moves = candidates_.first_moves(start);
        const auto most = static_cast<std::size_t>(std::max(runs_left() - reserve(), 0)) / 3;
        std::erase_if(moves, [&](const Variant& v) { return refused_.contains(v) || find(v); });
        if (moves.size() > most) moves.resize(most);
        if (contest_.prepare) contest_.prepare(moves);
        for (const Variant& variant : moves)
            if (may_search()) try_once(variant);
    }

    /// What the model learns from: all, or the best of very many.
    std::vector<Observation> observations() const {
        std::vector<Observation> all;
        double best = infinity;
        for (const Entry& e : entries_) best = std::min(best, e.least());
        for (const Entry& e : entries_) {
            const auto n = static_cast<double>(e.measurement.samples.size());
            if (n == 0.0) continue;
            // How slow a bad variant is does not matter: it must not dominate the fit. The least of
            // n times falls short of the truth about as 1 / n.
            all.push_back({e.place, std::min(std::log(e.least() / best), 1.0), 1.0 / (n * n)});
        }
        if (all.size() > most_observations) {
            std::sort(all.begin(), all.end(),
                      [](const Observation& a, const Observation& b) { return a.value < b.value; });
            all.resize(most_observations);
        }
        return all;
    }

    void learn() {
        const std::size_t n = entries_.size();
        const bool adapt = n <= 2 * adapted_at_ || n < 32 || n >= adapted_at_ + 8;
        model_.fit(observations(), adapt);
        if (adapt) adapted_at_ = n;
    }

    /// Times what promises most: a new variant, or one that may have been disturbed. False when
    /// there is nothing left to learn.
    bool next_by_model() {
        learn();
        const detail::Candidate* pick = nullptr;
        double lowest = infinity;
        for (const detail::Candidate& candidate : candidates_.pool(leaders())) {
            const auto p = model_.predict(candidate.place);
            const double bound = p.mean - curiosity * p.deviation;
            if (bound >= lowest || refused_.contains(candidate.variant)) continue;
            const Entry* known = find(candidate.variant);
            if (known && known->measurement.samples.size() >= most_samples) continue;
            lowest = bound, pick = &candidate;
        }
        if (pick == nullptr) return false;
        if (Entry* known = find(pick->variant))
            sample(*known);
        else
            try_once(pick->variant);
        return true;
    }

    /// The variants measured best so far, by the model.
    std::vector<Variant> leaders() const {
        std::vector<std::pair<double, Variant>> order;
        for (const Entry& e : entries_)
            if (!e.measurement.samples.empty())
                order.emplace_back(model_.predict(e.place).mean, e.measurement.variant);
        std::sort(order.begin(), order.end());
        std::vector<Variant> best;
        for (std::size_t i = 0; i < std::min(order.size(), most_duellists + 1); ++i)
            best.push_back(order[i].second);
        return best;
    }

    /// The default and the leaders run in turns; those that fall behind drop out.
    std::vector<Entry*> duel() {
        learn();
        std::vector<Entry*> in{&entries_[0]};
        for (const Variant& variant : leaders())
            if (Entry* entry = find(variant); entry != in[0] && in.size() <= most_duellists)
                in.push_back(entry);
        for (int round = 1; in.size() > 1 && static_cast<int>(in.size()) <= runs_left(); ++round) {
            if (round > (clock_() < end_ ? most_rounds : duel_rounds)) break;
            for (Entry* entry : in) entry->duel.push_back(sample(*entry));
            std::sort(in.begin() + 1, in.end(),
                      [](const Entry* a, const Entry* b) { return a->least() < b->least(); });
            const double best = std::min(in[0]->least(), in[1]->least());
            const auto must_go = [&] {
                if (in.size() <= 2) return false;
                const int needed = std::max(duel_rounds - round, 0) * static_cast<int>(in.size());
                return needed > runs_left() || (round >= 2 && in.back()->least() > hopeless * best);
            };
            while (must_go()) in.pop_back();
        }
        return in;
    }

    SearchResult decide() {
        if (entries_.size() == 1 && clock_() >= end_) return finish(Verdict::not_tuned);
        const std::vector<Entry*> in = duel();
        if (2 * noisy_runs_ > result_.timed_runs) return finish(Verdict::too_noisy);
        if (in.size() < 2 || static_cast<int>(in[1]->duel.size()) < duel_rounds)
            return finish(Verdict::default_best);
        const Entry &standard = *in[0], &winner = *in[1];
        std::vector<double> ratios;
        for (std::size_t r = 0; r < winner.duel.size(); ++r)
            ratios.push_back(winner.duel[r] / standard.duel[r]);
        const db::Ratio ratio = ratio_of(ratios);
        // The least times say how fast it is, the rounds that this is no single lucky run.
        if (winner.least() > worth_adopting * standard.least() || ratio.median >= 1.0)
            return finish(Verdict::default_best);
        result_.best = winner.measurement.variant;
        result_.ratio = ratio;
        return finish(Verdict::faster);
    }

    SearchResult finish(Verdict verdict) {
        result_.verdict = verdict;
        std::vector<double> standard;
        if (!entries_.empty())
            for (const Sample& s : entries_[0].measurement.samples) standard.push_back(s.seconds);
        for (Entry& e : entries_) {
            std::vector<double> ratios;
            for (const Sample& s : e.measurement.samples)
                ratios.push_back(s.seconds / quantile_of(standard, 0.5));
            if (!ratios.empty()) e.measurement.ratio = ratio_of(ratios);
            if (verdict == Verdict::faster && e.measurement.variant == result_.best)
                e.measurement.ratio = result_.ratio;
            result_.measured.push_back(std::move(e.measurement));
        }
        result_.how = explain();
        return std::move(result_);
    }

    std::string explain() const {
        const auto measured =
            std::count_if(result_.measured.begin(), result_.measured.end(),
                          [](const Measurement& m) { return !m.samples.empty(); });
        const std::string effort =
            fmt::format("{} variants in {} timed runs", measured, result_.timed_runs);
        switch (result_.verdict) {
            case Verdict::faster:
                return fmt::format("{:.3g} times as fast as the default; {}",
                                   1.0 / result_.ratio->median, effort);
            case Verdict::default_best:
                return "nothing is 3 % faster than the default; " + effort;
            case Verdict::too_noisy:
                return fmt::format(
                    "the machine is too busy to tell ({} of {} runs disturbed): the "
                    "default is kept",
                    noisy_runs_, result_.timed_runs);
            case Verdict::default_fails:
                return "the default itself fails: nothing to compare with";
            case Verdict::not_tuned:
                break;
        }
        return "nothing was timed";
    }

    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr double worth_adopting = 0.97;  ///< ratio to the default
    static constexpr double hopeless = 1.10;        ///< ratio to the best: dropped from the duel
    static constexpr double curiosity = 3.0;  ///< standard deviations given to what is unknown
    static constexpr int duel_rounds = 5, most_rounds = 20;
    static constexpr std::size_t most_duellists = 4;  ///< besides the default
    static constexpr std::size_t most_samples = 3;    ///< before the duel
    static constexpr std::size_t most_observations = 96;

    const Contest& contest_;
    const SearchOptions& options_;
    std::function<double()> clock_;
    detail::Candidates candidates_;
    detail::Surrogate model_;
    double end_;
    std::vector<Entry> entries_;  ///< in the order in which they were tried; the default first
    std::map<Variant, std::size_t> index_;
    std::set<Variant> refused_;
    std::size_t adapted_at_ = 0;
    int noisy_runs_ = 0;
    SearchResult result_;
};

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
    for (std::size_t i = 0; i < level_names.size(); ++i)
        if (text == level_names[i]) return static_cast<Level>(i);
    return std::nullopt;
}

std::string_view name_of(Level level) {
    return level_names[static_cast<std::size_t>(level)];
}

SearchOptions options_for(Level level) {
    SearchOptions options;
    if (level == Level::estimate) options.timed_runs = 0;
    if (level == Level::patient) options.timed_runs = 480, options.seconds = 300.0;
    return options;
}

double Measurement::least() const {
    double least = std::numeric_limits<double>::infinity();
    for (const Sample& s : samples) least = std::min(least, s.seconds);
    return least;
}

SearchResult search(const Space& space, const Contest& contest, const SearchOptions& options) {
    ASP_ASSERT(contest.admit && contest.run);
    return Search(space, contest, options).run();
}

}  // namespace asp::tune

#include "gmm/bench/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "asp/base/error.hpp"
#include "gmm/bench/peak.hpp"
#include "gmm/bench/timing.hpp"
#include "gmm/engine.hpp"
#include "gmm/fit_many.hpp"
#include "gmm/session.hpp"
#include "gmm/train.hpp"

namespace gmm {
namespace {

constexpr int iterations_compared = 3;

/// Nothing is added to the variances, as with the peers.
MStepOptions plain_m_step() {
    MStepOptions options;
    options.regularization = 0.0;
    return options;
}

/// Ours, on some harts.
class Ours {
public:
    Ours(const BenchCase& bench_case, const BenchData& data, std::size_t threads,
         const asp::Context& context)
        : case_(bench_case),
          data_(data),
          pool_(threads),
          lease_(pool_.request(threads)),
          team_(lease_),
          engine_(&team_, context) {}

    double peak(Precision precision) const { return measure_peak(team_, precision); }

    /// [s] of one iteration of all models.
    double iteration_seconds(Precision precision) {
        return precision == Precision::single ? seconds<float>() : seconds<double>();
    }
    /// [nats a frame] of the first `frames` of the first model after some iterations.
    double log_likelihood(Precision precision, std::size_t frames) {
        return precision == Precision::single ? likelihood<float>(frames)
                                              : likelihood<double>(frames);
    }

private:
    template <class Real>
    Frames<Real> frames(std::size_t count) const {
        const Real* values = nullptr;
        if constexpr (sizeof(Real) == sizeof(float))
            values = data_.single.data();
        else
            values = data_.twofold.data();
        return {{values, {count, case_.dimension}}};
    }
    template <class Real>
    double seconds() {
        const Frames<Real> all = frames<Real>(case_.all_frames());
        if (case_.models > 1) return seconds_of_many(all);
        return seconds_of([&] {
            const Statistics statistics = engine_.statistics<Real>(data_.starts[0], all);
            static_cast<void>(m_step(statistics, plain_m_step()));
        });
    }
    template <class Real>
    double seconds_of_many(const Frames<Real>& all) {
        constexpr int iterations = 4;
        FitOptions options;
        options.covariance = case_.covariance;
        options.components = case_.components;
        options.iterations = iterations;
        options.tolerance = 0.0;
        options.m_step = plain_m_step();
        if (rows_.empty())
            for (std::size_t n = 0; n < case_.all_frames(); ++n)
                rows_.push_back(static_cast<std::int64_t>(n));
        std::vector<Job> jobs(case_.models);
        for (std::size_t k = 0; k < case_.models; ++k) {
            jobs[k].chosen =
                std::span<const std::int64_t>(rows_).subspan(k * case_.frames, case_.frames);
            jobs[k].given = &data_.starts[k];
        }
        return seconds_of([&] { fit_many<Real>(all, jobs, options, engine_); }) / iterations;
    }
    template <class Real>
    double likelihood(std::size_t count) {
        const Frames<Real> some = frames<Real>(count);
        Mixture mixture = data_.starts[0];
        for (int k = 0; k < iterations_compared; ++k)
            mixture = m_step(engine_.statistics<Real>(mixture, some), plain_m_step()).mixture;
        const Statistics last = engine_.statistics<Real>(mixture, some);
        return last.log_likelihood / last.total_weight;
    }

    const BenchCase& case_;
    const BenchData& data_;
    asp::HartPool pool_;  // its own: several of these live at once, and run in turns
    asp::Lease lease_;
    asp::Team team_;
    Engine engine_;
    std::vector<std::int64_t> rows_;
};

constexpr std::array<Precision, 2> precisions{Precision::single, Precision::twofold};

/// [s], or [flop/s] of a peak, in each round.
using Times = std::vector<double>;
struct Measured {
    std::array<Times, 2> of;  ///< [precision]

    double median_of(std::size_t precision) const { return median(of[precision]); }
    std::size_t faster() const { return median_of(0) < median_of(1) ? 0 : 1; }
};

/// One case under way.
class Race {
public:
    Race(const BenchCase& bench_case, const MeasureOptions& options)
        : case_(bench_case), options_(options) {
        most_ = *std::max_element(options.threads.begin(), options.threads.end());
        const asp::Lease all = asp::HartPool::process().request();
        options_.say(case_.name + ": making frames");
        data_ = make_data(case_, asp::Team(all));
    }

    std::vector<BenchRow> run() {
        if (options_.has_peers) {
            const PeerTask task{{data_.single.data(), {frames_for_peers(case_), case_.dimension}},
                                data_.starts[0],
                                most_};
            enter([&] { return sklearn_peer(task, options_.python); });
            enter([&] { return armadillo_peer(task); });
        }
        compare();
        time();
        std::vector<BenchRow> rows;
        for (std::size_t t = 0; t < options_.threads.size(); ++t)
            for (std::size_t p = 0; p < 2; ++p) rows.push_back(row(t, p));
        return rows;
    }

private:
    template <class Make>
    void enter(Make&& make) {
        try {
            peers_.push_back(make());
        } catch (const asp::BackendError& error) {
            options_.complain(error.what());
        }
    }

    void compare() {
        options_.say(case_.name + ": comparing likelihoods");
        Ours ours(case_, data_, most_, options_.context);
        difference_ = ours.log_likelihood(Precision::single, case_.frames) -
                      ours.log_likelihood(Precision::twofold, case_.frames);
        const double on_theirs = ours.log_likelihood(Precision::twofold, frames_for_peers(case_));
        // One that gives up (a covariance is singular) is told of and left out.
        std::erase_if(peers_, [&](const std::unique_ptr<Peer>& peer) {
            stop_if_interrupted();
            try {
                static_cast<void>(peer->log_likelihood(Precision::single, iterations_compared));
                const double theirs = peer->log_likelihood(Precision::twofold, iterations_compared);
                peer_differences_.push_back(theirs - on_theirs);
                return false;
            } catch (const asp::BackendError& error) {
                stop_if_interrupted();  // which ends a child too
                options_.complain(case_.name + ": " + error.what());
                return true;
            }
        });
    }

    /// One round of everything.
    double round(bool counts) {
        return seconds_of([&] {
            for (std::size_t t = 0; t < ours_.size(); ++t)
                for (std::size_t p = 0; p < 2; ++p) {
                    stop_if_interrupted();
                    const double seconds = ours_[t]->iteration_seconds(precisions[p]);
                    const double peak = ours_[t]->peak(precisions[p]);
                    if (!counts) continue;
                    our_times_[t].of[p].push_back(seconds);
                    peaks_[t].of[p].push_back(peak);
                }
            const double scale = static_cast<double>(case_.all_frames()) /
                                 static_cast<double>(frames_for_peers(case_));
            for (std::size_t k = 0; k < peers_.size(); ++k)
                for (std::size_t p = 0; p < 2; ++p) {
                    stop_if_interrupted();
                    const double seconds = peers_[k]->iteration_seconds(precisions[p]);
                    if (counts) their_times_[k].of[p].push_back(scale * seconds);
                }
        });
    }
    void time() {
        for (const std::size_t threads : options_.threads)
            ours_.push_back(std::make_unique<Ours>(case_, data_, threads, options_.context));
        our_times_.resize(ours_.size());
        peaks_.resize(ours_.size());
        their_times_.resize(peers_.size());
        options_.say(case_.name + ": warming up");
        measure_memory();
        const double seconds = round(false);
        constexpr double worth = 30.0;  // [s] of a case
        const int rounds = options_.repetitions > 0
                               ? options_.repetitions
                               : static_cast<int>(std::clamp(worth / seconds, 5.0, 25.0));
        for (int k = 0; k < rounds; ++k) {
            options_.say(fmt::format("{}: round {} of {}", case_.name, k + 1, rounds));
            round(true);
        }
    }

    /// Of first calls, with engines of their own.
    void measure_memory() {
        memory_.resize(options_.threads.size());
        for (std::size_t t = 0; t < options_.threads.size(); ++t)
            for (std::size_t p = 0; p < 2; ++p) {
                stop_if_interrupted();
                memory_[t][p] = growth_during([&] {
                    Ours(case_, data_, options_.threads[t], options_.context)
                        .iteration_seconds(precisions[p]);
                });
            }
    }

    BenchRow row(std::size_t t, std::size_t p) const {
        BenchRow row{};
        row.name = case_.name;
        row.threads = options_.threads[t];
        row.precision = precisions[p];
        row.seconds = our_times_[t].median_of(p);
        const double flops = flops_of_iteration(
            case_.covariance, static_cast<double>(case_.all_frames()),
            static_cast<double>(case_.dimension), static_cast<double>(case_.components));
        row.flops = flops / row.seconds;
        row.peak = peaks_[t].median_of(p);
        std::vector<double> fractions;
        for (std::size_t i = 0; i < our_times_[t].of[p].size(); ++i)
            fractions.push_back(flops / our_times_[t].of[p][i] / peaks_[t].of[p][i]);
        row.fraction = median(fractions);
        row.difference = p == 0 ? difference_ : 0.0;
        row.memory = memory_[t][p];
        if (row.threads != most_) return row;
        for (std::size_t k = 0; k < peers_.size(); ++k) {
            // Ours in single precision against their faster one.
            const std::size_t theirs = p == 0 ? their_times_[k].faster() : 1;
            std::vector<double> ratios;
            for (std::size_t i = 0; i < our_times_[t].of[p].size(); ++i)
                ratios.push_back(their_times_[k].of[theirs][i] / our_times_[t].of[p][i]);
            row.peers.push_back({peers_[k]->name, their_times_[k].median_of(theirs), median(ratios),
                                 peer_differences_[k]});
        }
        return row;
    }

    const BenchCase& case_;
    const MeasureOptions& options_;
    std::size_t most_;
    BenchData data_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<std::unique_ptr<Ours>> ours_;                ///< [threads]
    std::vector<Measured> our_times_, peaks_, their_times_;  ///< [threads] twice, [peers]
    std::vector<std::array<double, 2>> memory_;              ///< [threads][precision]
    double difference_ = 0.0;
    std::vector<double> peer_differences_;
};

const char* name_of(Precision precision) {
    return precision == Precision::single ? "single" : "double";
}

std::string ratio_to(const BenchRow& row, const std::string& name) {
    for (const Against& peer : row.peers)
        if (peer.name.starts_with(name)) return fmt::format("{:.1f}", peer.ratio);
    return "";
}

}  // namespace

std::vector<BenchRow> measure_case(const BenchCase& bench_case, const MeasureOptions& options) {
    return Race(bench_case, options).run();
}

nlohmann::json to_json(const BenchRow& row) {
    nlohmann::json rows = nlohmann::json::array();
    const auto add = [&](double ours, double reference, const std::string& name, double ratio,
                         const std::string& unit) {
        rows.push_back({{"case", row.name},
                        {"threads", row.threads},
                        {"precision", name_of(row.precision)},
                        {"ours", ours},
                        {"reference", reference},
                        {"reference_name", name},
                        {"ratio", ratio},
                        {"unit", unit}});
    };
    if (std::isfinite(row.memory)) {
        constexpr double promised = 64e6;
        add(1e-6 * row.memory, 1e-6 * promised, "promised", row.memory / promised, "MB of memory");
    }
    add(1e-9 * row.flops, 1e-9 * row.peak, "multiply-add peak", row.fraction, "GFLOP/s");
    for (const Against& peer : row.peers) {
        add(1e3 * row.seconds, 1e3 * peer.seconds, peer.name, peer.ratio, "ms per iteration");
        rows.back()["log_likelihood_difference_nat"] = peer.difference;
    }
    if (row.precision == Precision::single)
        for (nlohmann::json& json : rows)
            if (json.at("unit") == "GFLOP/s")
                json["log_likelihood_difference_nat"] = row.difference;
    return rows;
}

std::vector<std::string> bench_head() {
    return {"case",        "threads",     "precision",    "ms",        "GFLOP/s",
            "peak",        "% peak",      "MB",           "x sklearn", "x Armadillo",
            "dLL to fp64", "sklearn dLL", "Armadillo dLL"};
}

std::vector<std::string> bench_line(const BenchRow& row) {
    const auto difference_of = [&](const std::string& name) -> std::string {
        for (const Against& peer : row.peers)
            if (peer.name.starts_with(name) && row.precision == Precision::twofold)
                return fmt::format("{:.0e}", peer.difference);
        return "";
    };
    return {row.name,
            fmt::format("{}", row.threads),
            name_of(row.precision),
            fmt::format("{:.4g}", 1e3 * row.seconds),
            fmt::format("{:.4g}", 1e-9 * row.flops),
            fmt::format("{:.4g}", 1e-9 * row.peak),
            fmt::format("{:.1f}", 100.0 * row.fraction),
            std::isfinite(row.memory) ? fmt::format("{:.0f}", 1e-6 * row.memory) : "",
            ratio_to(row, "scikit-learn"),
            ratio_to(row, "Armadillo"),
            row.precision == Precision::single ? fmt::format("{:.0e}", row.difference) : "",
            difference_of("scikit-learn"),
            difference_of("Armadillo")};
}

}  // namespace gmm

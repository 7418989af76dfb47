#include "krylov/timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

#include "asp/base/interrupt.hpp"

namespace krylov {

void stop_if_interrupted() {
    if (asp::interrupt_requested()) throw Interrupted();
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double seconds_of(const std::function<void()>& work) {
    const double begin = seconds_now();
    work();
    return seconds_now() - begin;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double load_average() {
    double load = std::nan("");
    std::ifstream("/proc/loadavg") >> load;
    return load;
}

std::vector<Spread> time_in_turns(const std::vector<std::function<void()>>& works,
                                  const Repetitions& repetitions,
                                  const std::function<void(int, int)>& round_done) {
    // A work that is over sooner than a clock can tell is done several times in its turn.
    constexpr double least_turn = 1e-3;  // [s]
    double round_seconds = 0.0;
    std::vector<int> times_in_turn;
    for (const auto& work : works) {
        stop_if_interrupted();
        work();  // touches its pages
        const double seconds = std::max(seconds_of(work), 1e-9);
        times_in_turn.push_back(static_cast<int>(std::ceil(least_turn / seconds)));
        round_seconds += seconds * times_in_turn.back();
    }
    constexpr double least = 5.0, most = 51.0;
    const int rounds =
        repetitions.count > 0
            ? repetitions.count
            : static_cast<int>(std::clamp(repetitions.seconds / round_seconds, least, most));
    std::vector<std::vector<double>> found(works.size());
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t k = 0; k < works.size(); ++k) {
            stop_if_interrupted();
            const double seconds = seconds_of([&] {
                for (int i = 0; i < times_in_turn[k]; ++i) works[k]();
            });
            found[k].push_back(seconds / times_in_turn[k]);
        }
        round_done(round + 1, rounds);
    }
    std::vector<Spread> spreads;
    spreads.reserve(found.size());
    for (const auto& times : found)
        spreads.push_back({median(times), *std::min_element(times.begin(), times.end()), rounds});
    return spreads;
}

}  // namespace krylov

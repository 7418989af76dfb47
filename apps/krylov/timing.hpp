#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace krylov {

/// Somebody pressed Ctrl-C, and an asp::InterruptGuard lives.
class Interrupted : public std::exception {
public:
    const char* what() const noexcept override { return "interrupted"; }
};

/// Throws Interrupted after a signal.
void stop_if_interrupted();

double seconds_now();
double seconds_of(const std::function<void()>& work);

/// The middle one; the upper of two. Precondition: not empty.
double median(std::vector<double> values);

/// Of one minute; NaN where the system does not tell.
double load_average();

/// Of repeated runs of one work.
struct Spread {
    double median;  ///< [s]
    double least;   ///< [s]
    int repetitions;
};

struct Repetitions {
    int count = 0;         ///< 0: as many as `seconds` allows, 5 to 51
    double seconds = 1.5;  ///< for all works together
};

/// Each work in turns, so that whatever disturbs the machine disturbs all alike; before the first
/// turn each runs twice. `round_done` hears the number of rounds and of those to come.
/// Throws Interrupted between two runs.
std::vector<Spread> time_in_turns(
    const std::vector<std::function<void()>>& works, const Repetitions& repetitions,
    const std::function<void(int, int)>& round_done = [](int, int) {});

}  // namespace krylov

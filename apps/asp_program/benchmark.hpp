#pragma once
// The cases of `asp bench`.

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace asp_program {

enum class Bar {
    none,
    most_ours,   ///< ours is at most so much
    least_ratio  ///< reference over ours is at least so much
};

/// One line of the table. Ratio: reference over ours.
struct Row {
    std::string name;
    std::size_t threads;
    double ours;
    double reference;  ///< NaN: none
    std::string unit;
    std::string reference_name = {};
    Bar kind = Bar::none;
    double bar = 0.0;

    bool has_reference() const { return !std::isnan(reference); }
    double ratio() const { return reference / ours; }
    /// Nothing where there is no bar.
    std::optional<bool> is_met() const;
    std::string bar_text() const;
};
using Rows = std::vector<Row>;

inline constexpr double no_reference = std::numeric_limits<double>::quiet_NaN();

// Each adds its rows. Those that compile take a compiler for granted.
void bench_first_answer(Rows& rows);  ///< new formulas: interpreted, swapped in, from disk
void bench_calls(Rows& rows);         ///< a ready kernel against a function pointer
void bench_interpreter(Rows& rows);   ///< against compiled code
void bench_teams(Rows& rows);         ///< parallel regions, alone and beside a busy process
void bench_newton(Rows& rows);        ///< batches of small systems against scalar loops
void bench_stencil(Rows& rows);       ///< sweeps over grids against copies of them
void bench_tuner(Rows& rows);         ///< choices on recorded times

/// For `--case`.
std::vector<std::string> case_names();

double median(std::vector<double> values);

/// Medians of what each of the works returns, done in turns for so many rounds after one that does
/// not count.
std::vector<double> medians_in_turns(int rounds, const std::vector<std::function<double()>>& works);

double seconds_now();
/// Of processor time that the calling thread has had: other processes disturb it little.
double thread_seconds_now();

/// Seconds of one call of `work` by `clock`: the mean of as many as a few milliseconds take, which
/// fits into one turn that a busy machine gives.
double seconds_per_call(const std::function<void()>& work, double (*clock)());

}  // namespace asp_program

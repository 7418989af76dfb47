#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "asp/tune/contest.hpp"

namespace asp::tune {

/// How much is spent on finding a variant.
enum class Level {
    estimate,  ///< nothing is timed: the database, else the default
    measure,   ///< at most 48 timed runs
    patient,   ///< at most 480
};
/// "estimate", "measure", "patient"; nothing for anything else.
std::optional<Level> parse_level(std::string_view text);
std::string_view name_of(Level level);

struct SearchOptions {
    int timed_runs = 48;  ///< the final duel among them
    double seconds = 30.0;
    std::uint64_t seed = 1;
    std::vector<Variant> hints = {};     ///< good elsewhere; timed early
    std::vector<Variant> excluded = {};  ///< known to fail
    /// [s] since any fixed moment; tests have their own.
    std::function<double()> clock = {};
};

SearchOptions options_for(Level level);

/// What is known about one variant after the search.
struct Measurement {
    Variant variant;
    db::Status status = db::Status::ok;
    std::vector<Sample> samples = {};
    /// Of the samples to the median of the default's; for the winner, of the duel round by round.
    std::optional<db::Ratio> ratio = {};

    /// Least time of all samples [s]: interference only ever adds. Infinity without samples.
    double least() const;
};

enum class Verdict {
    faster,         ///< by 3 % or more, in the final duel too
    default_best,   ///< nothing that is clearly faster was found
    too_noisy,      ///< more than half of the runs were disturbed: the default is kept
    not_tuned,      ///< nothing was timed
    default_fails,  ///< the default itself was refused: there is nothing to compare with
};

struct SearchResult {
    Variant best;  ///< the default unless the verdict is `faster`
    Verdict verdict = Verdict::not_tuned;
    std::optional<db::Ratio> ratio = {};  ///< of `best`, to the default, from the duel
    /// All variants that were admitted or refused, in the order in which they were tried.
    std::vector<Measurement> measured = {};
    int timed_runs = 0;
    std::string how;  ///< one line for people
};

/// Looks for the fastest variant. Begins with the default and the hints and their neighbours in one
/// parameter at a time; then a model of the times seen so far (a Gaussian process) says where to
/// look next, and which time to measure once more because it may have been disturbed. The most
/// promising run a final duel with the default, in turns; what is not at least 3 % faster there is
/// not adopted.
SearchResult search(const Space& space, const Contest& contest, const SearchOptions& options);

}  // namespace asp::tune

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace asp::db {

/// The machine, as whoever measured it describes it: CPU, caches, compiler, flags.
struct Platform {
    std::string id;    ///< its fingerprint
    std::string json;  ///< an object of numbers and words
};

/// How a variant's runs ended. All but `ok` are negative: such a variant can never win.
enum class Status { ok, wrong, crash, timeout, compile_error };

/// Who measured: a running solver, `asp tune`, or somebody else.
enum class Provenance { online, offline, import };

std::string_view name_of(Status status);
std::string_view name_of(Provenance provenance);

/// Time of a variant over the time of the default, measured in turns. Robust against clocks and
/// load where the times themselves are not.
struct Ratio {
    double median;
    double low;   ///< lower quartile
    double high;  ///< upper quartile
};

/// What a tuner asks about: one input class of one specializer on one machine.
struct ProblemKey {
    std::string specializer;
    long version = 0;
    std::string platform;                    ///< Platform::id
    std::map<std::string, double> features;  ///< sizes and the like, all finite

    friend bool operator==(const ProblemKey&, const ProblemKey&) = default;
};

/// What one variant did on one problem.
struct TuningRecord {
    ProblemKey problem;
    std::map<std::string, long> variant;
    Status status = Status::ok;
    std::optional<Ratio> ratio;  ///< with `ok` only
    int runs = 0;                ///< timed runs behind the ratio
    bool chosen = false;         ///< its session's verdict: use this one
    Provenance provenance = Provenance::offline;
    std::int64_t created = 0;  ///< [s] since 1970, UTC
    std::string submitter;     ///< empty: this user
    std::string tool_version;
};

/// Seconds since 1970, UTC.
std::int64_t seconds_now();

/// SHA-256 of what was measured, in hex: the same for equal records, whichever way they came here
/// (the provenance is left out).
std::string content_id(const TuningRecord& record);

/// Throws InputError with what is wrong: a number that is not finite, a negative record with a
/// ratio, an empty name.
void check(const TuningRecord& record);

}  // namespace asp::db

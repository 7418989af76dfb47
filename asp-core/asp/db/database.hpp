#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "asp/db/distance.hpp"
#include "asp/db/record.hpp"

namespace asp::db {

/// What a database can be used for; `Database::reason()` says why not for more.
enum class Access { unavailable, read_only, read_write };

struct DatabaseOptions {
    /// How long to wait for another process before going on without the database.
    std::chrono::milliseconds patience{5000};
    /// Hears each trouble once, as one line. Left empty: stderr.
    std::function<void(const std::string&)> warn = {};
};

/// Narrows `list`; what is left out matches all.
struct RecordFilter {
    std::optional<std::string> specializer = {};
    std::optional<std::int64_t> version = {};
    std::optional<std::string> platform = {};
    std::optional<Status> status = {};
};

/// What `prune` removes: records for which all that is given here holds; nothing given, nothing
/// removed.
struct PruneRule {
    std::optional<std::int64_t> created_before = {};  ///< [s] since 1970, UTC
    std::optional<std::string> specializer = {};
    std::optional<std::int64_t> version_below = {};
    std::optional<std::string> platform = {};
};

struct Counts {
    std::int64_t records = 0;
    std::int64_t negative = 0;  ///< of these: wrong, crashed, too slow to wait for, not compiled
    std::int64_t problems = 0;
    std::int64_t platforms = 0;
    std::int64_t specializers = 0;
};

/// A variant worth timing here, because it was good for a problem like this one.
struct Hint {
    TuningRecord record;
    double distance;  ///< 0: the same problem on the same platform
};

/// This user's tuning records, in one SQLite file. Any number of processes may use it at once, any
/// of them may be killed at any time. May be used by several threads.
///
/// Speed only depends on it, so nothing here throws for a file that cannot be used: one line is
/// said, and from then on there are no records to find (or, on a full or read-only disk, none are
/// kept). A damaged file is renamed to `<file>.damaged-<time>` and a fresh one begun.
///
/// A child of fork() must not touch a database that its parent has opened.
class Database {
public:
    /// tuning.sqlite in this user's data folder.
    static Database of_user(const DatabaseOptions& options = {});

    explicit Database(const std::filesystem::path& file, const DatabaseOptions& options = {});
    Database(Database&&) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    Access access() const;
    /// One line, for an access below read_write.
    std::string reason() const;
    const std::filesystem::path& file() const;

    /// Keeps the records, all made on `platform`, in one transaction. Those that are known already
    /// stay as they are. The number that is new; nothing when they could not be kept.
    /// Throws InputError for a record that `check` refuses.
    std::optional<std::size_t> record(const Platform& platform,
                                      std::span<const TuningRecord> records);

    /// The latest verdict measured here for exactly this problem, unless its variant has failed
    /// since. Imported records are hints, never verdicts.
    std::optional<TuningRecord> best(const ProblemKey& problem);

    /// Variants that were wrong, crashed, hung or did not compile on exactly this problem.
    std::set<std::map<std::string, long>> failed_variants(const ProblemKey& problem);

    /// At most `limit` variants that were good on problems like this one (the same version of the
    /// same specializer), the nearest first, each variant once, none that has failed here. One that
    /// was faster than the default without being its session's choice counts as 1 further away.
    /// `here` is the platform of `problem`.
    std::vector<Hint> nearest(const ProblemKey& problem, const Platform& here,
                              std::size_t limit = 5, const DistanceWeights& weights = {});

    /// In a stable order: specializer, version, platform, features, variant, time, content.
    std::vector<TuningRecord> list(const RecordFilter& filter = {});
    /// Those whose content_id begins with `prefix` (hex digits).
    std::vector<TuningRecord> find(const std::string& prefix);
    /// By id.
    std::vector<Platform> platforms();

    /// The number of records removed; platforms without records go with them.
    std::size_t prune(const PruneRule& rule);
    Counts counts();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace asp::db

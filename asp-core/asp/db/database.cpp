#include "asp/db/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <utility>

#include "asp/base/error.hpp"
#include "asp/db/detail/opening.hpp"
#include "asp/db/detail/record_json.hpp"
#include "asp/db/detail/schema.hpp"
#include "asp/db/detail/sqlite.hpp"
#include "asp/db/location.hpp"

namespace asp::db {

using detail::Connection;
using detail::Query;
using detail::SqliteFailure;
using detail::Transaction;

namespace {

const std::string columns =
    "specializer, version, platform, features, variant, status, ratio, ratio_low, ratio_high, "
    "runs, chosen, provenance, created, submitter, tool_version";

const std::string stable_order =
    " ORDER BY specializer, version, platform, features, variant, created, id";

/// Nothing for a row that somebody has edited into nonsense.
std::optional<TuningRecord> record_of(detail::Statement& row) try {
    TuningRecord record;
    record.problem = {row.text(0), row.integer(1), row.text(2),
                      detail::features_from_text(row.text(3))};
    record.variant = detail::variant_from_text(row.text(4));
    record.status = detail::status_of(row.text(5)).value();
    if (!row.is_null(6)) record.ratio = Ratio{row.real(6), row.real(7), row.real(8)};
    record.runs = static_cast<int>(row.integer(9));
    record.chosen = row.integer(10) != 0;
    record.provenance = detail::provenance_of(row.text(11)).value();
    record.created = row.integer(12);
    record.submitter = row.text(13);
    record.tool_version = row.text(14);
    check(record);
    return record;
} catch (const std::exception&) {
    return std::nullopt;
}

template <class... Values>
std::vector<TuningRecord> select(Connection& connection, const std::string& rest,
                                 const Values&... values) {
    Query query(connection.prepared("SELECT " + columns + " FROM record " + rest), values...);
    std::vector<TuningRecord> records;
    while (query.step())
        if (auto record = record_of(*query.operator->())) records.push_back(std::move(*record));
    return records;
}

std::int64_t insert(Connection& connection, const TuningRecord& r) {
    std::optional<double> median, low, high;
    if (r.ratio) median = r.ratio->median, low = r.ratio->low, high = r.ratio->high;
    Query query(
        connection.prepared("INSERT OR IGNORE INTO record (" + columns +
                            ", id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        r.problem.specializer, std::int64_t{r.problem.version}, r.problem.platform,
        detail::to_text(r.problem.features), detail::to_text(r.variant), name_of(r.status), median,
        low, high, std::int64_t{r.runs}, std::int64_t{r.chosen}, name_of(r.provenance), r.created,
        r.submitter, r.tool_version, content_id(r));
    query.step();
    return connection.changes();
}

std::vector<TuningRecord> records_for(Connection& connection, const ProblemKey& problem) {
    return select(connection,
                  "WHERE specializer = ? AND version = ? AND platform = ? AND features = ? "
                  "ORDER BY created DESC, id",
                  problem.specializer, std::int64_t{problem.version}, problem.platform,
                  detail::to_text(problem.features));
}

std::set<std::map<std::string, long>> failed_among(const std::vector<TuningRecord>& records) {
    std::set<std::map<std::string, long>> failed;
    for (const TuningRecord& r : records)
        if (r.status != Status::ok) failed.insert(r.variant);
    return failed;
}

std::vector<Platform> platforms_in(Connection& connection) {
    Query query(connection.prepared("SELECT id, json FROM platform ORDER BY id"));
    std::vector<Platform> all;
    while (query.step()) all.push_back({query->text(0), query->text(1)});
    return all;
}

struct Candidate {
    Hint hint;
    double rank;
};

std::vector<Candidate> candidates_for(Connection& connection, const ProblemKey& problem,
                                      const Platform& here, const DistanceWeights& weights) {
    std::map<std::string, double> machines;
    for (const Platform& there : platforms_in(connection))
        machines[there.id] = platform_distance(here, there, weights);
    std::vector<Candidate> candidates;
    for (TuningRecord& r :
         select(connection, "WHERE specializer = ? AND version = ? AND status = 'ok'",
                problem.specializer, std::int64_t{problem.version})) {
        if (!r.chosen && r.ratio->median >= 1.0) continue;
        const double distance = machines[r.problem.platform] +
                                feature_distance(problem.features, r.problem.features, weights);
        const double rank = distance + (r.chosen ? 0.0 : 1.0);
        candidates.push_back({{std::move(r), distance}, rank});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return std::pair(a.rank, a.hint.record.ratio->median) <
               std::pair(b.rank, b.hint.record.ratio->median);
    });
    return candidates;
}

}  // namespace

struct Database::State {
    std::filesystem::path file;
    DatabaseOptions options;
    std::mutex mutex;
    std::optional<std::uintmax_t> identity;
    detail::Opened opened;

    void warn(const std::string& line) const {
        if (options.warn) return options.warn(line);
        std::fprintf(stderr, "%s\n", line.c_str());
    }

    void open() {
        opened.connection.reset();
        opened = detail::open_database(file, options.patience,
                                       [this](const std::string& line) { warn(line); });
        identity = detail::identity_of(file);
        if (opened.access != Access::read_write) say_reason();
    }

    void say_reason() const {
        const char* consequence = opened.access == Access::read_only
                                      ? "tuning results are read from it but not kept"
                                      : "going on without a tuning database";
        warn(fmt::format("{}{}{}: {}", file.string(), file.empty() ? "" : ": ", opened.reason,
                         consequence));
    }

    void give_up(Access access, const std::string& reason) {
        if (access == Access::unavailable) opened.connection.reset();
        opened.access = access;
        opened.reason = reason;
        say_reason();
    }

    /// True when the work may be tried again.
    bool recover(const SqliteFailure& failure, bool first_time) {
        const bool damaged = failure.code == SQLITE_CORRUPT || failure.code == SQLITE_NOTADB;
        if (damaged && first_time && opened.access == Access::read_write) {
            opened.connection.reset();
            std::string reason;
            const bool done = detail::set_aside(
                file, identity, [this](const std::string& line) { warn(line); }, reason);
            if (done)
                open();
            else
                give_up(Access::unavailable, reason);
            return opened.connection != nullptr;
        }
        const bool cannot_write = failure.code == SQLITE_FULL || failure.code == SQLITE_READONLY;
        give_up(cannot_write ? Access::read_only : Access::unavailable, failure.what());
        return false;
    }

    template <class Act, class Result = std::invoke_result_t<Act, Connection&>>
    Result attempt(Act act) {
        const std::lock_guard lock(mutex);
        for (bool first_time = true; opened.connection; first_time = false) {
            try {
                return act(*opened.connection);
            } catch (const SqliteFailure& failure) {
                if (!recover(failure, first_time)) break;
            }
        }
        return Result{};
    }
};

Database Database::of_user(const DatabaseOptions& options) {
    const auto folder = data_folder();
    return Database(folder ? *folder / "tuning.sqlite" : std::filesystem::path(), options);
}

Database::Database(const std::filesystem::path& file, const DatabaseOptions& options)
    : state_(std::make_unique<State>()) {
    state_->file = file.empty() ? file : std::filesystem::absolute(file);
    state_->options = options;
    if (file.empty())
        state_->give_up(Access::unavailable, "no home folder is known (ASP_DATA_DIR names one)");
    else
        state_->open();
}

Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

Access Database::access() const {
    const std::lock_guard lock(state_->mutex);
    return state_->opened.access;
}

std::string Database::reason() const {
    const std::lock_guard lock(state_->mutex);
    return state_->opened.reason;
}

const std::filesystem::path& Database::file() const {
    return state_->file;
}

std::optional<std::size_t> Database::record(const Platform& platform,
                                            std::span<const TuningRecord> records) {
    for (const TuningRecord& r : records) {
        check(r);
        ASP_ASSERT(r.problem.platform == platform.id);
    }
    if (access() != Access::read_write) return std::nullopt;
    return state_->attempt([&](Connection& connection) -> std::optional<std::size_t> {
        Transaction transaction(connection);
        Query(connection.prepared("INSERT OR IGNORE INTO platform (id, json) VALUES (?, ?)"),
              platform.id, platform.json)
            .step();
        std::int64_t added = 0;
        for (const TuningRecord& r : records) added += insert(connection, r);
        transaction.commit();
        return static_cast<std::size_t>(added);
    });
}

std::optional<TuningRecord> Database::best(const ProblemKey& problem) {
    return state_->attempt([&](Connection& connection) -> std::optional<TuningRecord> {
        const auto records = records_for(connection, problem);
        const auto failed = failed_among(records);
        for (const TuningRecord& r : records)  // the latest first
            if (r.chosen && r.provenance != Provenance::import && !failed.contains(r.variant))
                return r;
        return std::nullopt;
    });
}

std::set<std::map<std::string, long>> Database::failed_variants(const ProblemKey& problem) {
    return state_->attempt(
        [&](Connection& connection) { return failed_among(records_for(connection, problem)); });
}

std::vector<Hint> Database::nearest(const ProblemKey& problem, const Platform& here,
                                    std::size_t limit, const DistanceWeights& weights) {
    return state_->attempt([&](Connection& connection) {
        auto seen = failed_among(records_for(connection, problem));
        std::vector<Hint> hints;
        for (Candidate& c : candidates_for(connection, problem, here, weights)) {
            if (hints.size() == limit) break;
            if (seen.insert(c.hint.record.variant).second) hints.push_back(std::move(c.hint));
        }
        return hints;
    });
}

std::vector<TuningRecord> Database::list(const RecordFilter& filter) {
    return state_->attempt([&](Connection& connection) {
        std::optional<std::string_view> status;
        if (filter.status) status = name_of(*filter.status);
        return select(connection,
                      "WHERE (?1 IS NULL OR specializer = ?1) AND (?2 IS NULL OR version = ?2) AND "
                      "(?3 IS NULL OR platform = ?3) AND (?4 IS NULL OR status = ?4)" +
                          stable_order,
                      filter.specializer, filter.version, filter.platform, status);
    });
}

std::vector<TuningRecord> Database::find(const std::string& prefix) {
    return state_->attempt([&](Connection& connection) {
        return select(connection, "WHERE substr(id, 1, length(?1)) = ?1" + stable_order, prefix);
    });
}

std::vector<Platform> Database::platforms() {
    return state_->attempt(platforms_in);
}

std::size_t Database::prune(const PruneRule& rule) {
    if (!rule.created_before && !rule.specializer && !rule.version_below && !rule.platform)
        return 0;
    if (access() != Access::read_write) return 0;
    return state_->attempt([&](Connection& connection) {
        Transaction transaction(connection);
        Query(connection.prepared(
                  "DELETE FROM record WHERE (?1 IS NULL OR created < ?1) AND "
                  "(?2 IS NULL OR specializer = ?2) AND (?3 IS NULL OR version < ?3) AND "
                  "(?4 IS NULL OR platform = ?4)"),
              rule.created_before, rule.specializer, rule.version_below, rule.platform)
            .step();
        const auto removed = static_cast<std::size_t>(connection.changes());
        Query(connection.prepared(
                  "DELETE FROM platform WHERE id NOT IN (SELECT platform FROM record)"))
            .step();
        transaction.commit();
        return removed;
    });
}

Counts Database::counts() {
    return state_->attempt([](Connection& connection) {
        Query query(connection.prepared(
            "SELECT count(*), count(*) FILTER (WHERE status <> 'ok'), "
            "count(DISTINCT specializer || '/' || version || '/' || platform || '/' || features), "
            "(SELECT count(*) FROM platform), count(DISTINCT specializer) FROM record"));
        Counts counts;
        if (query.step())
            counts = {query->integer(0), query->integer(1), query->integer(2), query->integer(3),
                      query->integer(4)};
        return counts;
    });
}

}  // namespace asp::db

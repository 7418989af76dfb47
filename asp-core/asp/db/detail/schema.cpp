#include "asp/db/detail/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace asp::db::detail {

namespace {

constexpr std::array<const char*, 1> steps_to_present{
    R"(
CREATE TABLE platform (
    id TEXT NOT NULL PRIMARY KEY,    -- fingerprint
    json TEXT NOT NULL               -- what it stands for
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    id TEXT NOT NULL PRIMARY KEY,    -- SHA-256 of the content
    specializer TEXT NOT NULL,
    version INTEGER NOT NULL,
    platform TEXT NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    features TEXT NOT NULL,          -- JSON, keys in alphabetical order
    variant TEXT NOT NULL,           -- JSON, keys in alphabetical order
    status TEXT NOT NULL,
    ratio REAL,                      -- time over the default's time: median,
    ratio_low REAL,                  -- lower quartile,
    ratio_high REAL,                 -- upper quartile; all null unless the status is ok
    runs INTEGER NOT NULL,
    chosen INTEGER NOT NULL,         -- 1: its session's verdict
    provenance TEXT NOT NULL,
    created INTEGER NOT NULL,        -- seconds since 1970, UTC
    submitter TEXT NOT NULL,
    tool_version TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX record_of_problem ON record (specializer, version, platform, features);
CREATE INDEX record_of_platform ON record (platform);
)"};

struct Identity {
    std::int64_t application = 0;
    std::int64_t schema = 0;
    std::int64_t tables = 0;
};

/// All three of one moment: between two statements another process may have made the schema.
Identity identify(Connection& connection) {
    struct OneMoment {
        explicit OneMoment(Connection& c) : connection(c) {
            connection.run("SAVEPOINT one_moment");
        }
        ~OneMoment() {
            try {
                connection.run("RELEASE one_moment");
            } catch (const SqliteFailure&) {  // nothing was written
            }
        }
        Connection& connection;
    };
    const OneMoment moment(connection);
    return {connection.number("PRAGMA application_id"), connection.number("PRAGMA user_version"),
            connection.number("SELECT count(*) FROM sqlite_master")};
}

void require_ours(const Identity& file, std::size_t present) {
    const bool empty = file.application == 0 && file.schema == 0 && file.tables == 0;
    if (!empty && file.application != application_id)
        throw ForeignFile("not a tuning database; left as it is");
    if (file.schema > static_cast<std::int64_t>(present))
        throw ForeignFile(fmt::format(
            "written by a newer version (schema {}, this program knows up to {}); left as it is",
            file.schema, present));
}

}  // namespace

std::span<const char* const> migrations() {
    return steps_to_present;
}

void require_acceptable(Connection& connection, std::span<const char* const> steps) {
    require_ours(identify(connection), steps.size());
}

void require_present_schema(Connection& connection, std::span<const char* const> steps) {
    const Identity file = identify(connection);
    require_ours(file, steps.size());
    if (file.schema != static_cast<std::int64_t>(steps.size()))
        throw ForeignFile(
            fmt::format("schema {} is older than this program's {}, and it cannot be "
                        "written",
                        file.schema, steps.size()));
}

void migrate(Connection& connection, std::span<const char* const> steps) {
    const auto present = static_cast<std::int64_t>(steps.size());
    Identity file = identify(connection);
    require_ours(file, steps.size());
    if (file.schema == present) return;
    Transaction transaction(connection);
    file = identify(connection);  // another process may have been faster
    require_ours(file, steps.size());
    for (std::int64_t schema = file.schema; schema < present; ++schema)
        connection.run(steps[static_cast<std::size_t>(schema)]);
    connection.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                               application_id, present));
    transaction.commit();
}

}  // namespace asp::db::detail

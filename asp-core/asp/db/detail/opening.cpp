#include "asp/db/detail/opening.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <thread>

#include "asp/base/unique_handle.hpp"
#include "asp/db/detail/schema.hpp"
#include "asp/db/location.hpp"

namespace asp::db::detail {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Descriptor = UniqueHandle<int, ::close, -1>;

namespace {

fs::path with_suffix(fs::path file, const std::string& suffix) {
    return file += suffix;
}

/// Creates the folder, private to the user as far as it is missing; the error's text, or nothing.
std::optional<std::string> create_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::is_directory(folder, failed)) return std::nullopt;
    if (folder.has_parent_path() && folder.parent_path() != folder)
        if (auto why = create_folder(folder.parent_path())) return why;
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return std::nullopt;
    return "cannot create " + folder.string() + ": " + std::strerror(errno);
}

/// Waiting for the lock is SQLite's, but for a few steps that it fails at once: there we wait.
bool is_transient(int code) {
    return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_PROTOCOL;
}

bool is_damage(int code) {
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

void configure(Connection& connection, const fs::path& file,
               const std::function<void(const std::string&)>& warn) {
    require_acceptable(connection, migrations());
    const bool shared = is_network_file_system(file.parent_path());
    if (shared)
        warn(file.string() +
             ": lies on a network file system: use it from one machine at a time, "
             "or set ASP_DATA_DIR to a local folder");
    // Readers and one writer do not wait for each other in a write-ahead log, but it needs memory
    // that all of them share.
    const std::string mode = shared ? "delete" : "wal";
    if (connection.word("PRAGMA journal_mode") != mode)
        connection.run("PRAGMA journal_mode = " + mode);
    // A power cut may lose the last records, never the file.
    connection.run("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    migrate(connection, migrations());
}

Opened opened(Connection connection, Access access, std::string reason) {
    Opened result;
    result.connection = std::make_unique<Connection>(std::move(connection));
    result.access = access;
    result.reason = std::move(reason);
    return result;
}

Opened unavailable(std::string reason) {
    return {nullptr, Access::unavailable, std::move(reason)};
}

/// For a file or a folder that cannot be written.
Opened open_to_read(const fs::path& file, std::chrono::milliseconds patience,
                    const std::string& why) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return unavailable(why);
    const bool has_log = fs::file_size(with_suffix(file, "-wal"), ignored) > 0 && !ignored;
    std::string last = why;
    for (const Mode mode : {Mode::read_only, Mode::immutable}) {
        // What stands in a log would be overlooked without the lock's file beside it.
        if (mode == Mode::immutable && has_log) break;
        try {
            Connection connection(file, mode, patience);
            require_present_schema(connection, migrations());
            return opened(std::move(connection), Access::read_only, why);
        } catch (const SqliteFailure& failure) {
            last = failure.what();
        } catch (const ForeignFile& foreign) {
            return unavailable(foreign.what());
        }
    }
    return unavailable(last);
}

/// A free name of the form <file>.damaged-<time>.
fs::path name_for_damaged(const fs::path& file) {
    const std::time_t now = std::time(nullptr);
    const std::string stem =
        fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", file.string(), fmt::gmtime(now));
    fs::path name = stem;
    std::error_code ignored;
    for (int n = 2; fs::exists(name, ignored); ++n) name = fmt::format("{}-{}", stem, n);
    return name;
}

}  // namespace

std::optional<std::uintmax_t> identity_of(const fs::path& file) {
    struct ::stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
    return facts.st_ino;
}

bool set_aside(const fs::path& file, std::optional<std::uintmax_t> damaged,
               const std::function<void(const std::string&)>& warn, std::string& reason) {
    const fs::path lock_file = with_suffix(file, ".lock");
    const Descriptor lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
        reason = "damaged, and cannot be set aside: " + std::string(std::strerror(errno));
        return false;
    }
    if (identity_of(file) != damaged) return true;
    const fs::path name = name_for_damaged(file);
    // The log first: a fresh database must never find a stranger's.
    std::error_code failed;
    for (const char* part : {"-wal", "-shm"}) {
        fs::rename(with_suffix(file, part), with_suffix(name, part), failed);
        if (failed == std::errc::no_such_file_or_directory) failed.clear();
    }
    if (!failed) fs::rename(file, name, failed);
    if (failed) {
        reason = "damaged, and cannot be set aside: " + failed.message();
        return false;
    }
    warn(fmt::format("{}: damaged; kept as {}, a fresh one is begun", file.string(),
                     name.filename().string()));
    return true;
}

Opened open_database(const fs::path& file, std::chrono::milliseconds patience,
                     const std::function<void(const std::string&)>& warn) {
    if (const auto why = create_folder(file.parent_path())) return unavailable(*why);
    const auto deadline = Clock::now() + patience;
    for (int damages = 0;;) {
        const auto identity = identity_of(file);
        try {
            Connection connection(file, Mode::read_write, patience);
            if (connection.is_read_only()) return open_to_read(file, patience, "cannot be written");
            configure(connection, file, warn);
            return opened(std::move(connection), Access::read_write, {});
        } catch (const ForeignFile& foreign) {
            return unavailable(foreign.what());
        } catch (const SqliteFailure& failure) {
            std::string reason = failure.what();
            if (failure.code == SQLITE_CANTOPEN || failure.code == SQLITE_READONLY ||
                failure.code == SQLITE_PERM)
                return open_to_read(file, patience, "cannot be written: " + reason);
            if (is_damage(failure.code)) {
                if (++damages > 3 || !set_aside(file, identity, warn, reason))
                    return unavailable(reason);
            } else if (!is_transient(failure.code) || Clock::now() >= deadline) {
                return unavailable(reason);
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace asp::db::detail

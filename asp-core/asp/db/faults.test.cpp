// Many processes, killed processes, damaged, foreign, newer and older files, disks that are full or
// cannot be written.

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <thread>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/db/database.hpp"
#include "asp/db/detail/schema.hpp"
#include "asp/db/detail/test_records.hpp"

using namespace asp::db;
using namespace asp::db::testing;
using asp::testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

struct Listener {
    std::vector<std::string> lines;
    DatabaseOptions options(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        return {patience, [this](const std::string& line) { lines.push_back(line); }};
    }
};

/// A child process that exits with what `work` returns.
pid_t start(const std::function<int()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int code = 99;
        try {
            code = work();
        } catch (...) {
        }
        ::_exit(code);
    }
    return child;
}

/// Exit code, or minus the signal.
int end_of(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string sql_word(const fs::path& file, const std::string& sql) {
    detail::Connection connection(file, detail::Mode::read_write, std::chrono::seconds(5));
    return connection.word(sql);
}

std::vector<std::string> names_in(const ScratchFolder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const fs::path& file, std::size_t at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << bytes;
}

bool is_damaged_copy(const std::string& name) {
    return name.rfind("tuning.sqlite.damaged-", 0) == 0;
}

}  // namespace

TEST_CASE("sixteen processes write and read one database at once") {
    ScratchFolder folder;
    constexpr int processes = 16, records = 40;
    std::vector<pid_t> children;
    for (int p = 0; p < processes; ++p)
        children.push_back(start([&folder, p] {
            Listener listener;
            Database database(folder / "tuning.sqlite", listener.options());
            for (int i = 0; i < records; ++i) {
                const ProblemKey own = stencil(1000 * p + i + 1);
                if (database.record(here, std::vector{chosen(own, i, 0.5)}) != 1u) {
                    for (const std::string& line : listener.lines)
                        std::fprintf(stderr, "%s\n", line.c_str());
                    return 1;
                }
                if (!database.best(own)) return 2;
                if (database.nearest(own, here).empty()) return 3;
            }
            return listener.lines.empty() ? 0 : 4;
        }));
    for (const pid_t child : children) CHECK(end_of(child) == 0);
    Database database(folder / "tuning.sqlite");
    CHECK(database.counts().records == processes * records);
    CHECK(sql_word(folder / "tuning.sqlite", "PRAGMA integrity_check") == "ok");
}

TEST_CASE("several threads use one database object") {
    ScratchFolder folder;
    Database database(folder / "tuning.sqlite");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&database, t] {
            for (int i = 0; i < 25; ++i) {
                const ProblemKey own = stencil(100 * t + i + 1);
                database.record(here, std::vector{chosen(own, i, 0.5)});
                database.best(own);
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(database.counts().records == 100);
}

TEST_CASE("killing writers at any moment loses no committed record and damages nothing") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    std::mt19937 random(7);
    std::size_t committed = 0;
    for (int round = 0; round < 25; ++round) {
        std::array<int, 2> pipe{};
        REQUIRE(::pipe(pipe.data()) == 0);
        const pid_t child = start([&] {
            Database database(file);
            for (int i = 0;; ++i) {
                const ProblemKey own = stencil(10000 * (round + 1) + i);
                if (!database.record(here, std::vector{chosen(own, i, 0.5)})) return 1;
                const char told = 'x';  // only now: what is told is committed
                if (::write(pipe[1], &told, 1) != 1) return 2;
            }
        });
        ::close(pipe[1]);
        // Some commits in (none in the first round: while it is being created), then any moment.
        char told = 0;
        for (std::size_t n = random() % 20 * (round > 0); n > 0; --n)
            committed += ::read(pipe[0], &told, 1) == 1;
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
        ::kill(child, SIGKILL);
        CHECK(end_of(child) == -SIGKILL);
        while (::read(pipe[0], &told, 1) == 1) ++committed;
        ::close(pipe[0]);
    }
    Listener listener;
    Database database(file, listener.options());
    CHECK(listener.lines.empty());
    const auto kept = static_cast<std::size_t>(database.counts().records);
    CHECK(committed > 0);
    CHECK(kept >= committed);
    CHECK(kept <= committed + 25);  // one may be committed and not yet told, for each killed writer
    CHECK(sql_word(file, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("a damaged file is kept under another name and a fresh one begun") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    const std::string rubbish = GENERATE(std::string("this is no database, but long enough to have "
                                                     "what SQLite takes for a header and more......"
                                                     "................................"),
                                         std::string(20000, '\xff'));
    folder.write("tuning.sqlite", rubbish);
    Listener listener;
    Database database(file, listener.options());
    CHECK(database.access() == Access::read_write);
    CHECK(database.record(here, std::vector{chosen(stencil(), 1, 0.5)}) == 1u);
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0].find("tuning.sqlite: damaged; kept as tuning.sqlite.damaged-") !=
          std::string::npos);
    const auto names = names_in(folder);
    const auto copy = std::find_if(names.begin(), names.end(), is_damaged_copy);
    REQUIRE(copy != names.end());
    CHECK(contents(folder / *copy) == rubbish);
}

TEST_CASE("damage that shows only later is handled the same") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    std::vector<TuningRecord> many;
    for (int i = 0; i < 500; ++i) many.push_back(chosen(stencil(i + 1), i, 0.5));
    Database(file).record(here, many);
    const auto size = fs::file_size(file);
    REQUIRE(size > 100000);
    overwrite(file, 3 * 4096, std::string(size - 4 * 4096, '\x5a'));  // all but the first pages
    Listener listener;
    Database database(file, listener.options());
    CHECK(database.access() == Access::read_write);
    CHECK(database.list().empty());
    CHECK(database.record(here, std::vector{chosen(stencil(), 1, 0.5)}) == 1u);
    CHECK(database.best(stencil()));
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0].find("damaged; kept as") != std::string::npos);
}

TEST_CASE("many processes that find the same damage set it aside once") {
    ScratchFolder folder;
    folder.write("tuning.sqlite", std::string(20000, '\xff'));
    std::vector<pid_t> children;
    for (int p = 0; p < 8; ++p)
        children.push_back(start([&folder, p] {
            Listener listener;
            Database database(folder / "tuning.sqlite", listener.options());
            return database.record(here, std::vector{chosen(stencil(p + 1), p, 0.5)}) == 1u ? 0 : 1;
        }));
    for (const pid_t child : children) CHECK(end_of(child) == 0);
    const auto names = names_in(folder);
    CHECK(std::count_if(names.begin(), names.end(), is_damaged_copy) == 1);
    CHECK(Database(folder / "tuning.sqlite").counts().records == 8);
}

TEST_CASE("a file of schema 1 is migrated with its records, in one transaction") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    const auto released = detail::migrations();
    std::vector<const char*> later(released.begin(), released.end());
    later.push_back("ALTER TABLE record ADD COLUMN note TEXT NOT NULL DEFAULT 'none'");
    detail::Connection connection(file, detail::Mode::read_write, std::chrono::seconds(5));
    detail::migrate(connection, later);
    CHECK(connection.number("PRAGMA user_version") == static_cast<int>(later.size()));
    CHECK(connection.word("SELECT note FROM record") == "none");
    detail::migrate(connection, later);  // nothing left to do
    CHECK(connection.number("SELECT count(*) FROM record") == 1);
}

TEST_CASE("a migration that fails half way leaves the old schema") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    const auto released = detail::migrations();
    std::vector<const char*> later(released.begin(), released.end());
    later.push_back("ALTER TABLE record ADD COLUMN note TEXT; ALTER TABLE nothing ADD COLUMN x");
    {
        detail::Connection connection(file, detail::Mode::read_write, std::chrono::seconds(5));
        CHECK_THROWS_AS(detail::migrate(connection, later), detail::SqliteFailure);
        CHECK(connection.number("PRAGMA user_version") == static_cast<int>(released.size()));
        CHECK_THROWS_AS(connection.word("SELECT note FROM record"), detail::SqliteFailure);
    }
    CHECK(Database(file).best(stencil()));
}

TEST_CASE("sixteen processes that migrate at once migrate once") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    const auto released = detail::migrations();
    std::vector<const char*> later(released.begin(), released.end());
    later.push_back("CREATE TABLE once (n INTEGER) STRICT; INSERT INTO once VALUES (1)");
    std::vector<pid_t> children;
    for (int p = 0; p < 16; ++p)
        children.push_back(start([&] {
            detail::Connection connection(file, detail::Mode::read_write, std::chrono::seconds(20));
            detail::migrate(connection, later);
            return 0;
        }));
    for (const pid_t child : children) CHECK(end_of(child) == 0);
    CHECK(sql_word(file, "SELECT count(*) FROM once") == "1");
}

TEST_CASE("a file of a newer schema is left alone, with one clear line") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    sql_word(file, "PRAGMA user_version = 99");
    const std::string before = contents(file);
    Listener listener;
    Database database(file, listener.options());
    CHECK(database.access() == Access::unavailable);
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0] ==
          file.string() +
              ": written by a newer version (schema 99, this program knows up to 1); "
              "left as it is: going on without a tuning database");
    CHECK_FALSE(database.record(here, std::vector{chosen(stencil(), 16, 0.8)}));
    CHECK_FALSE(database.best(stencil()));
    CHECK(contents(file) == before);
    CHECK(listener.lines.size() == 1);
}

TEST_CASE("another program's SQLite file is left alone") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    sql_word(file, "CREATE TABLE bookmarks (url TEXT)");
    const std::string before = contents(file);
    Listener listener;
    const Database database(file, listener.options());
    CHECK(database.access() == Access::unavailable);
    CHECK(database.reason() == "not a tuning database; left as it is");
    CHECK(contents(file) == before);
}

TEST_CASE("a database that another process keeps locked is gone without after the patience") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    Listener listener;
    Database database(file, listener.options(std::chrono::milliseconds(100)));
    detail::Connection other(file, detail::Mode::read_write, std::chrono::seconds(1));
    other.run("BEGIN IMMEDIATE");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(database.best(stencil()));  // readers do not wait for a writer
    CHECK_FALSE(database.record(here, std::vector{chosen(stencil(2), 16, 0.8)}));
    CHECK_FALSE(database.record(here, std::vector{chosen(stencil(3), 16, 0.8)}));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    CHECK(database.access() == Access::unavailable);
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0].find("locked") != std::string::npos);
}

TEST_CASE("a folder that cannot be made means no database and one line") {
    Listener listener;
    Database database("/proc/no-such-place/tuning.sqlite", listener.options());
    CHECK(database.access() == Access::unavailable);
    CHECK_FALSE(database.record(here, std::vector{chosen(stencil(), 16, 0.8)}));
    CHECK(database.list().empty());
    CHECK(database.counts().records == 0);
    REQUIRE(listener.lines.size() == 1);
    CHECK(listener.lines[0].find("cannot create /proc/no-such-place") != std::string::npos);
}

TEST_CASE("where a file stands in the folder's place there is no database") {
    ScratchFolder folder;
    folder.write("file", "text");
    Listener listener;
    const Database database(folder / "file" / fs::path("tuning.sqlite"), listener.options());
    CHECK(database.access() == Access::unavailable);
    CHECK(listener.lines.size() == 1);
}

TEST_CASE("a database in a folder that this user cannot write is read") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    using fs::perms;
    fs::permissions(folder.path(), perms::owner_read | perms::owner_exec | perms::group_read |
                                       perms::group_exec | perms::others_read | perms::others_exec);
    const int code = end_of(start([&] {
        // An administrator can write anywhere, so it must be somebody else.
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 90;
        Listener listener;
        Database database(file, listener.options());
        if (database.access() != Access::read_only) return 1;
        if (!database.best(stencil())) return 2;
        if (database.record(here, std::vector{chosen(stencil(2), 16, 0.8)})) return 3;
        if (database.prune({.created_before = 5000}) != 0) return 4;
        if (listener.lines.size() != 1) return 5;
        return listener.lines[0].find("not kept") != std::string::npos ? 0 : 6;
    }));
    fs::permissions(folder.path(), fs::perms::owner_all);
    CHECK(code == 0);
}

TEST_CASE("a full disk means that nothing more is kept, with one line") {
    ScratchFolder folder;
    const fs::path file = folder / "tuning.sqlite";
    Database(file).record(here, std::vector{chosen(stencil(), 16, 0.8)});
    const int code = end_of(start([&] {
        Listener listener;
        Database database(file, listener.options());
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{100000, 100000};  // [bytes] for any file; writing more fails
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 90;
        bool kept = true;
        for (int i = 0; kept && i < 2000; ++i)
            kept = database.record(here, std::vector{chosen(stencil(i + 2), i, 0.5)}).has_value();
        if (kept) return 1;
        if (database.record(here, std::vector{chosen(stencil(5000), 1, 0.5)})) return 2;
        if (listener.lines.size() != 1) return 3;
        return database.access() != Access::read_write ? 0 : 4;
    }));
    CHECK(code == 0);
    Listener listener;
    Database database(file, listener.options());
    CHECK(listener.lines.empty());
    CHECK(database.best(stencil()));
    CHECK(sql_word(file, "PRAGMA integrity_check") == "ok");
}

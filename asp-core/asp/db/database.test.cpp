#include "asp/db/database.hpp"

#include <sqlite3.h>

#include <cstdlib>

#include "asp/base/error.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/db/detail/test_records.hpp"
#include "asp/db/location.hpp"

using namespace asp::db;
using namespace asp::db::testing;
using asp::testing::ScratchFolder;

namespace {

struct TestDatabase {
    ScratchFolder folder;
    std::vector<std::string> warnings;
    Database database{folder / "tuning.sqlite", options()};

    DatabaseOptions options() {
        DatabaseOptions options;
        options.warn = [this](const std::string& line) { warnings.push_back(line); };
        return options;
    }
    void record(const TuningRecord& r) {
        const Platform platform{r.problem.platform, R"({"vendor":"AuthenticAMD"})"};
        REQUIRE(database.record(platform, std::vector{r}) == 1u);
    }
    std::vector<long> nearest_tiles(const ProblemKey& problem, std::size_t limit = 5) {
        std::vector<long> tiles;
        for (const Hint& hint : database.nearest(problem, here, limit))
            tiles.push_back(hint.record.variant.at("tile"));
        return tiles;
    }
};

}  // namespace

TEST_CASE("a new database is empty, writable and private to the user") {
    TestDatabase test;
    CHECK(test.database.access() == Access::read_write);
    CHECK(test.database.reason().empty());
    CHECK(test.database.counts().records == 0);
    CHECK(test.database.list().empty());
    CHECK_FALSE(test.database.best(stencil()));
    CHECK(test.database.nearest(stencil(), here).empty());
    const Database deep(test.folder / "a" / std::filesystem::path("b") / "tuning.sqlite");
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((std::filesystem::status(test.folder / "a").permissions() & others) ==
          std::filesystem::perms::none);
    CHECK(test.warnings.empty());
}

TEST_CASE("a verdict is found again, by another process too") {
    ScratchFolder folder;
    const TuningRecord verdict = chosen(stencil(), 16, 0.8);
    {
        Database writer(folder / "tuning.sqlite");
        CHECK(writer.record(here, std::vector{verdict, measured(stencil(), 8, 0.7)}) == 2u);
    }
    Database reader(folder / "tuning.sqlite");
    const auto found = reader.best(stencil());
    REQUIRE(found);
    CHECK(content_id(*found) == content_id(verdict));
    CHECK(reader.platforms().size() == 1);
    CHECK(reader.platforms()[0].json == here.json);
}

TEST_CASE("a record that is known already is not kept twice") {
    TestDatabase test;
    const std::vector records{chosen(stencil(), 16, 0.8)};
    CHECK(test.database.record(here, records) == 1u);
    CHECK(test.database.record(here, records) == 0u);
    CHECK(test.database.counts().records == 1);
}

TEST_CASE("the best is exact: specializer, version, platform and features") {
    TestDatabase test;
    test.record(chosen(stencil(), 16, 0.8));
    ProblemKey other = stencil();
    other.specializer = "newton";
    CHECK_FALSE(test.database.best(other));
    CHECK_FALSE(test.database.best(stencil(64.0, "here", 2)));
    CHECK_FALSE(test.database.best(stencil(64.0, "there")));
    CHECK_FALSE(test.database.best(stencil(65.0)));
    CHECK(test.database.best(stencil(64.0)));
}

TEST_CASE("the best is the latest verdict") {
    TestDatabase test;
    test.record(chosen(stencil(), 16, 0.6, 1000));
    test.record(chosen(stencil(), 32, 0.9, 2000));
    CHECK(test.database.best(stencil())->variant.at("tile") == 32);
}

TEST_CASE("a variant that has failed is not the best any more, whatever it won before") {
    const Status status =
        GENERATE(Status::wrong, Status::crash, Status::timeout, Status::compile_error);
    TestDatabase test;
    test.record(chosen(stencil(), 16, 0.8, 1000));
    test.record(chosen(stencil(), 32, 0.6, 2000));
    test.record(failed(stencil(), 32, status, 3000));
    CHECK(test.database.best(stencil())->variant.at("tile") == 16);
    CHECK(test.database.failed_variants(stencil()).size() == 1);
    CHECK(test.database.failed_variants(stencil(65.0)).empty());
    CHECK(test.nearest_tiles(stencil()) == std::vector<long>{16});
}

TEST_CASE("an imported verdict is a hint and never the best") {
    TestDatabase test;
    TuningRecord foreign = chosen(stencil(), 16, 0.5);
    foreign.provenance = Provenance::import;
    test.record(foreign);
    CHECK_FALSE(test.database.best(stencil()));
    CHECK(test.nearest_tiles(stencil()) == std::vector<long>{16});
}

TEST_CASE("the nearest problems come first, on this platform before others") {
    TestDatabase test;
    test.record(chosen(stencil(512), 1, 0.5));
    test.record(chosen(stencil(128), 2, 0.9));
    test.record(chosen(stencil(64), 3, 0.9));
    test.record(chosen(stencil(64, "there"), 4, 0.5));
    test.record(chosen(stencil(64, "here", 2), 5, 0.5));  // another version: not comparable
    CHECK(test.nearest_tiles(stencil(64)) == std::vector<long>{3, 4, 2, 1});
    CHECK(test.nearest_tiles(stencil(512), 2) == std::vector<long>{1, 2});
    const auto hints = test.database.nearest(stencil(64), here);
    CHECK(hints[0].distance == 0.0);
    CHECK(hints[2].distance == Approx(1.0));
    CHECK(hints[3].distance == Approx(3.0));
}

TEST_CASE("each variant is hinted at once, and slow ones never") {
    TestDatabase test;
    test.record(chosen(stencil(128), 2, 0.9));
    test.record(chosen(stencil(256), 2, 0.8));
    test.record(measured(stencil(128), 3, 0.95));
    test.record(measured(stencil(64), 4, 1.2));
    CHECK(test.nearest_tiles(stencil(64)) == std::vector<long>{2, 3});
}

TEST_CASE("records are listed in a stable order and can be narrowed") {
    TestDatabase test;
    test.record(chosen(stencil(64), 16, 0.8));
    test.record(failed(stencil(128), 8, Status::wrong));
    test.record(chosen(stencil(64, "there", 2), 4, 0.8));
    CHECK(test.database.list().size() == 3);
    CHECK(test.database.list()[2].problem.version == 2);
    RecordFilter filter;
    filter.status = Status::wrong;
    CHECK(test.database.list(filter).size() == 1);
    filter = {};
    filter.platform = "there";
    CHECK(test.database.list(filter).size() == 1);
    filter.version = 1;
    CHECK(test.database.list(filter).empty());
}

TEST_CASE("a record is found by the beginning of its id") {
    TestDatabase test;
    const TuningRecord record = chosen(stencil(64), 16, 0.8);
    test.record(record);
    CHECK(test.database.find(content_id(record).substr(0, 8)).size() == 1);
    CHECK(test.database.find("xyz").empty());
    CHECK(test.database.find("%").empty());
}

TEST_CASE("pruning removes what all parts of the rule match, and platforms left without records") {
    TestDatabase test;
    test.record(chosen(stencil(64), 16, 0.8, 1000));
    test.record(chosen(stencil(64, "here", 2), 16, 0.8, 2000));
    test.record(chosen(stencil(64, "there", 2), 16, 0.8, 1000));
    CHECK(test.database.prune({}) == 0);
    PruneRule rule;
    rule.created_before = 1500;
    rule.version_below = 2;
    CHECK(test.database.prune(rule) == 1);
    CHECK(test.database.platforms().size() == 2);
    rule = {};
    rule.platform = "there";
    CHECK(test.database.prune(rule) == 1);
    CHECK(test.database.platforms().size() == 1);
    rule = {};
    rule.specializer = "stencil";
    CHECK(test.database.prune(rule) == 1);
    CHECK(test.database.counts().records == 0);
    CHECK(test.database.counts().platforms == 0);
}

TEST_CASE("the database counts what it has") {
    TestDatabase test;
    test.record(chosen(stencil(64), 16, 0.8));
    test.record(failed(stencil(64), 8, Status::timeout));
    test.record(chosen(stencil(128), 16, 0.8));
    ProblemKey newton{"newton", 1, "there", {}};
    test.record(chosen(newton, 4, 0.8));
    const Counts counts = test.database.counts();
    CHECK(counts.records == 4);
    CHECK(counts.negative == 1);
    CHECK(counts.problems == 3);
    CHECK(counts.platforms == 2);
    CHECK(counts.specializers == 2);
}

TEST_CASE("a record that makes no sense is a mistake of the caller") {
    TestDatabase test;
    TuningRecord record = chosen(stencil(), 16, 0.8);
    record.ratio.reset();
    CHECK_THROWS_AS(test.database.record(here, std::vector{record}), asp::InputError);
    CHECK(test.database.counts().records == 0);
}

TEST_CASE("text of any kind is kept as it is") {
    TestDatabase test;
    ProblemKey problem = stencil();
    problem.specializer = "it's \"odd\"; DROP TABLE record; --";
    problem.features["Größe"] = 2.0;
    test.record(chosen(problem, 16, 0.8));
    CHECK(test.database.best(problem));
    CHECK(test.database.list()[0].problem == problem);
}

TEST_CASE("rows that somebody has edited into nonsense are passed over") {
    TestDatabase test;
    test.record(chosen(stencil(64), 16, 0.8));
    test.record(chosen(stencil(128), 8, 0.8));
    sqlite3* editor = nullptr;
    REQUIRE(sqlite3_open(test.database.file().c_str(), &editor) == SQLITE_OK);
    CHECK(sqlite3_exec(editor, "UPDATE record SET variant = '{' WHERE features LIKE '%64.0%'",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(editor);
    CHECK(test.database.list().size() == 1);
    CHECK_FALSE(test.database.best(stencil(64)));
    CHECK(test.database.best(stencil(128)));
    CHECK(test.warnings.empty());
}

TEST_CASE("the user's data folder follows the environment") {
    const auto with = [](const char* own, const char* xdg, const char* home) {
        for (const auto& [name, value] :
             {std::pair{"ASP_DATA_DIR", own}, {"XDG_DATA_HOME", xdg}, {"HOME", home}}) {
            if (value)
                ::setenv(name, value, 1);
            else
                ::unsetenv(name);
        }
        return data_folder().value_or("none").string();
    };
    const char* home = std::getenv("HOME");
    const std::string kept = home ? home : "/";
    CHECK(with("/own", "/xdg", "/home/x") == "/own");
    CHECK(with(nullptr, "/xdg", "/home/x") == "/xdg/asp");
    CHECK(with(nullptr, "relative", "/home/x") == "/home/x/.local/share/asp");
    CHECK(with("", nullptr, "/home/x") == "/home/x/.local/share/asp");
    CHECK(with(nullptr, nullptr, nullptr) != "/.local/share/asp");  // from the user's account
    with(nullptr, nullptr, kept.c_str());
}

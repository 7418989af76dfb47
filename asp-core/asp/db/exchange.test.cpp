#include "asp/db/exchange.hpp"

#include <sstream>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/db/detail/test_records.hpp"

using namespace asp::db;
using namespace asp::db::testing;
using asp::testing::ScratchFolder;

namespace {

std::string exported(Database& database) {
    std::ostringstream out;
    export_lines(database, out);
    return out.str();
}

void fill(Database& database) {
    database.record(here,
                    std::vector{chosen(stencil(64), 16, 1.0 / 3.0), measured(stencil(64), 8, 0.9),
                                failed(stencil(128), 4, Status::timeout)});
    database.record({"there", R"({"harts":64})"},
                    std::vector{chosen(stencil(64, "there"), 32, 0.8)});
}

}  // namespace

TEST_CASE("export and import give the same database, line for line") {
    ScratchFolder folder;
    Database a(folder / "a.sqlite"), b(folder / "b.sqlite");
    fill(a);
    std::istringstream in(exported(a));
    const ImportReport report = import_lines(b, in, "a.jsonl", Trust::own);
    CHECK(report.added == 4);
    CHECK(report.known == 0);
    CHECK(report.refused.empty());
    CHECK(exported(b) == exported(a));
}

TEST_CASE("what somebody else measured comes in as hints") {
    ScratchFolder folder;
    Database a(folder / "a.sqlite"), b(folder / "b.sqlite");
    fill(a);
    std::istringstream in(exported(a));
    import_lines(b, in, "a.jsonl");
    CHECK_FALSE(b.best(stencil(64)));
    CHECK(b.nearest(stencil(64), here).size() == 3);
    for (const TuningRecord& record : b.list()) CHECK(record.provenance == Provenance::import);
}

TEST_CASE("importing again changes nothing, nor does importing what is ours") {
    ScratchFolder folder;
    Database a(folder / "a.sqlite");
    fill(a);
    const std::string before = exported(a);
    for (int i = 0; i < 2; ++i) {
        std::istringstream in(before);
        const ImportReport report = import_lines(a, in, "a.jsonl");
        CHECK(report.added == 0);
        CHECK(report.known == 4);
    }
    CHECK(exported(a) == before);
}

TEST_CASE("a bad line is refused with its number, the good ones are taken") {
    ScratchFolder folder;
    Database a(folder / "a.sqlite"), b(folder / "b.sqlite");
    fill(a);
    std::istringstream lines(exported(a));
    std::string text, line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (number == 3) line.replace(line.find("\"runs\":5"), 8, "\"runs\":-5");
        if (number == 5) line = line.substr(0, line.size() / 2);
        text += line + "\n";
        if (number == 3) text += "\n";  // an empty line counts but says nothing
    }
    text += "[1, 2]\n";
    std::istringstream in(text);
    const ImportReport report = import_lines(b, in, "their.jsonl");
    CHECK(report.added == 2);
    REQUIRE(report.refused.size() == 3);
    CHECK(report.refused[0] == "their.jsonl:3: runs = -5: expected 0 to 1000000000");
    CHECK(report.refused[1] == "their.jsonl:6: expected one complete JSON object");
    CHECK(report.refused[2] == "their.jsonl:8: line = [1,2]: expected a JSON object");
}

TEST_CASE("a record of a platform that nothing describes is refused") {
    ScratchFolder folder;
    Database a(folder / "a.sqlite"), b(folder / "b.sqlite");
    fill(a);
    std::istringstream lines(exported(a));
    std::string text, line;
    while (std::getline(lines, line))
        if (line.find("\"describes\"") == std::string::npos) text += line + "\n";
    std::istringstream in(text), again(text);
    const ImportReport report = import_lines(b, in, "x");
    CHECK(report.added == 0);
    REQUIRE(report.refused.size() == 4);
    CHECK(report.refused[0] == "x:1: platform = here: expected one that another line describes");
    CHECK(import_lines(a, again, "x").known == 4);  // there it is known
}

TEST_CASE("binary rubbish is refused line by line") {
    ScratchFolder folder;
    Database b(folder / "b.sqlite");
    std::string rubbish;
    for (int i = 0; i < 4000; ++i) rubbish += static_cast<char>(i * 7919 % 256);
    std::istringstream in(rubbish + "\n" + std::string(100000, '['));
    const ImportReport report = import_lines(b, in, "x");
    CHECK(report.added == 0);
    CHECK(report.refused.back().find("at most 65536 bytes") != std::string::npos);
}

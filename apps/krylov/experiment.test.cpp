#include "krylov/experiment.hpp"

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/config/testing.hpp"
#include "krylov/experiment_files.hpp"
#include "krylov/plot.hpp"

using namespace krylov;
using asp::config::testing::TemporaryFile;

namespace {

std::vector<std::string> complaints(const std::string& text,
                                    const std::vector<std::string>& overrides = {}) {
    const TemporaryFile file(text);
    try {
        read_experiment(file.path(), overrides);
    } catch (const asp::InputError& error) {
        return file.without_folder(error.lines());
    }
    FAIL("no complaint");
    return {};
}

const std::string small = "matrices: [\"stencil:5pt:8\"]\n";

CellResult result_of(const std::string& matrix, const std::string& method, int k, double seconds) {
    CellResult result;
    result.cell = {matrix, method, "auto", "basis", "monomial", k, 1, 1, matrix + method};
    result.plan = "plain, csr";
    result.rows = 100;
    result.nonzeros = 500;
    result.seconds = seconds;
    result.plain_seconds = 2.0 * seconds;
    result.csr_seconds = 4.0 * seconds;
    result.csr_bytes = result.matrix_bytes = 6400.0;
    result.memory_ratio = 1.0;
    return result;
}

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("an experiment that names matrices alone takes the defaults") {
    const TemporaryFile file(small);
    const Experiment experiment = read_experiment(file.path(), {});
    CHECK(experiment.name == "x");
    CHECK(experiment.methods == std::vector<std::string>{"auto"});
    CHECK(experiment.levels == std::vector{8});
    const auto cells = cells_of(experiment, 2);
    REQUIRE(cells.size() == 1);
    CHECK(cells[0].threads == 2);
}

TEST_CASE("the example experiment can be read") {
    const Experiment experiment = read_experiment("configs/krylov/akx.yaml", {});
    CHECK(experiment.name == "matrix powers");
    CHECK(cells_of(experiment, 2).size() == 6 * 4 * 4 * 2);
}

TEST_CASE("the cells of an experiment are all combinations of what it lists") {
    const TemporaryFile file(small +
                             "k: [2, 4]\nmethods: [plain, implicit]\nthreads: [1, all]\n"
                             "vectors: [1, 3]\n");
    const auto cells = cells_of(read_experiment(file.path(), {"k=[1, 2, 3]"}), 4);
    CHECK(cells.size() == 3 * 2 * 2 * 2);
    std::vector<std::string> keys;
    for (const Cell& cell : cells) keys.push_back(cell.key);
    std::sort(keys.begin(), keys.end());
    CHECK(std::unique(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("what is wrong in an experiment is told with its line, all at once") {
    CHECK(complaints("methods: [plane]\nmatrices: []\nk: [0, 2000]\nvectors: [9]\nmetods: []\n") ==
          std::vector<std::string>{
              "x.yaml:2: matrices: expected at least one",
              "x.yaml:1: methods[0] = plane: expected one of 'auto', 'plain', 'implicit', "
              "'explicit'",
              "x.yaml:3: k[0] = 0: expected an integer of at least 1",
              "x.yaml:3: k[1] = 2000: expected at most 1000",
              "x.yaml:4: vectors[0] = 9: expected at most 8",
              "x.yaml:5: metods: unknown key; did you mean 'methods'?"});
}

TEST_CASE("a matrix that is neither generated nor a file is refused with its line") {
    const auto lines = complaints("matrices:\n  - stencil:5pt:8\n  - nowhere.mtx\n");
    REQUIRE(lines.size() == 1);
    CHECK(
        lines[0].starts_with("x.yaml:3: matrices[1] = nowhere.mtx: expected a generated matrix, "
                             "a file or a folder; there is no "));
}

TEST_CASE("a folder stands for the Matrix Market files in it, by name") {
    const TemporaryFile file("matrices: [mine]\n");
    const auto folder = file.path().parent_path() / "mine";
    std::filesystem::create_directory(folder);
    for (const char* name : {"b.mtx", "a.mtx.gz", "notes.txt"}) std::ofstream(folder / name) << "x";
    const Experiment experiment = read_experiment(file.path(), {});
    CHECK(experiment.matrices ==
          std::vector{(folder / "a.mtx.gz").string(), (folder / "b.mtx").string()});
    const std::string key = cells_of(experiment, 1).front().key;
    std::ofstream(folder / "a.mtx.gz") << "longer";
    CHECK(cells_of(experiment, 1).front().key != key);
}

TEST_CASE("a folder without matrices is refused") {
    const TemporaryFile file("matrices: [.]\n");
    CHECK(asp::testing::message_of<asp::InputError>([&] { read_experiment(file.path(), {}); })
              .ends_with("x.yaml:1: matrices[0] = .: expected a folder with .mtx or .mtx.gz files "
                         "in it"));
}

TEST_CASE("results come back from their file as they were") {
    const asp::testing::ScratchFolder folder;
    const TemporaryFile file(small);
    ExperimentRecord record{"{\"processor\":\"one\"}",
                            {{1, {{"DRAM", 1000, 2e10}}}},
                            {result_of("a", "plain", 2, 1e-6), result_of("b", "auto", 4, 2e-6)}};
    record.results[1].failure = "level 3 of the basis overflows";
    write_record(folder / "e.h5", read_experiment(file.path(), {}), record);
    const auto back = read_results(folder / "e.h5", record.platform);
    REQUIRE(back.size() == 2);
    CHECK(back[0].cell.key == "aplain");
    CHECK(back[0].cell.k == 2);
    CHECK(back[0].seconds == 1e-6);
    CHECK(back[0].csr_bytes == 6400.0);
    CHECK(back[1].failure == "level 3 of the basis overflows");
    CHECK(read_results(folder / "none.h5", record.platform).empty());
    CHECK(asp::testing::message_of<asp::InputError>([&] {
              read_results(folder / "e.h5", "{\"processor\":\"two\"}");
          }) == (folder / "e.h5").string() +
                    ": measured on another machine, or with another compiler: expected another "
                    "--output");
}

TEST_CASE("a failed result stands in the table with its reason and without times") {
    CellResult failed = result_of("m.mtx", "auto", 4, 1e-6);
    failed.failure = "level 3 of the basis overflows";
    const Table table = table_of({result_of("/far/m.mtx", "plain", 2, 1e-6), failed});
    CHECK(table.rows[0][0] == "m.mtx");
    CHECK(table.rows[0][8] == "1.000");  // 1 us for 500 nonzeros and 2 levels
    CHECK(table.rows[0][11] == "2.00");
    CHECK(table.rows[1][8].empty());
    CHECK(table.rows[1].back() == "failed: level 3 of the basis overflows");
}

TEST_CASE("pictures have a panel for each matrix, a curve for each method, and the limits") {
    const TemporaryFile file("matrices: [\"stencil:5pt:8\", \"stencil:5pt:9\"]\nname: a < b\n");
    const Experiment experiment = read_experiment(file.path(), {});
    ExperimentRecord record{"{}", {{1, {{"DRAM", 1000, 2e10}}}}, {}};
    for (const char* matrix : {"stencil:5pt:8", "stencil:5pt:9"})
        for (const int k : {2, 4}) record.results.push_back(result_of(matrix, "auto", k, 1e-6 * k));
    const std::string time = time_picture(experiment, record);
    CHECK(time.find("a &lt; b") != std::string::npos);
    CHECK(count(time, ">stencil:5pt:9<") == 1);
    CHECK(count(time, "<polyline") == 2 * (3 + 2));
    CHECK(count(time, "DRAM limit") == 2);
    CHECK(count(speedup_picture(experiment, record), "<polyline") == 2 * 2);
}

TEST_CASE("a picture of nothing is still a picture") {
    const std::string picture = draw({"empty", "k", "time", {}});
    CHECK(picture.starts_with("<svg"));
    CHECK(picture.ends_with("</svg>\n"));
}

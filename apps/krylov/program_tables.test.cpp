// What the program says when it tunes, measures and is interrupted.

#include "asp/base/scratch_folder.hpp"
#include "asp/io/hdf5.hpp"
#include "krylov/program_testing.hpp"

using namespace krylov::testing;
using asp::io::H5Reader;
using asp::testing::ScratchFolder;
namespace fs = std::filesystem;

TEST_CASE("tune gives a verdict for each k, in one line and in the summary") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov(
        {"tune", "--matrix", "stencil:5pt:20", "--k", "2..4", "--summary", file.string()});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    const Json plans = json_of(file).at("results").at("plans");
    REQUIRE(plans.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(plans.at(i).at("k") == i + 2);
        CHECK(outcome.says(plans.at(i).at("verdict").get<std::string>() + "\n"));
    }
    CHECK(!outcome.says("kept in "));  // all fits into the cache: nothing was timed
}

TEST_CASE("what tune finds out, powers takes over; and tune finds out anew") {
    const std::vector<std::string> matrix{"--matrix", "stencil:5pt:231x257", "--k", "5"};
    const auto run = [&](const std::string& command) {
        std::vector<std::string> arguments{command};
        arguments.insert(arguments.end(), matrix.begin(), matrix.end());
        return run_krylov(arguments);
    };
    for (int round = 0; round < 2; ++round) {
        const Outcome tuned = run("tune");
        INFO(tuned.out << tuned.err);
        CHECK(tuned.says("kept in "));
        CHECK(tuned.says("measured"));
    }
    const Outcome powers = run("powers");
    INFO(powers.out << powers.err);
    CHECK((powers.says("timed here on ") || powers.says("timed on ")));
}

TEST_CASE("bench measures what the machine reads, and each case beside its rivals") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    const Outcome outcome = run_krylov({"bench", "--case", "band", "--case", "elasticity",
                                        "--scale", "0.1", "--threads", "1", "--repetitions", "2",
                                        "--k", "3", "--summary", file.string()});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("reads by 1 hart: "));
    CHECK(outcome.says("\nelasticity "));
    CHECK(outcome.says("\nband "));
    CHECK(outcome.says("load average "));
    const Json rows = json_of(file).at("results").at("rows");
    CHECK(rows.at(0).at("case") == "elasticity");
    for (const Json& row : rows) {
        for (const char* key : {"case", "threads", "ours", "unit"}) CHECK(row.contains(key));
        if (row.contains("reference"))
            CHECK(row.at("ratio").get<double>() ==
                  Approx(row.at("reference").get<double>() / row.at("ours").get<double>()));
    }
    CHECK(complaint({"bench", "--case", "elastic"}).find("did you mean 'elasticity'?") ==
          std::string::npos);
    CHECK(complaint({"bench", "--case", "elasticty"})
              .starts_with("--case elasticty: expected 5-point-2000, 7-point-128, "));
}

TEST_CASE("an experiment writes its results, tables and pictures, and does nothing twice") {
    const ScratchFolder place;
    const std::string config =
        place
            .write("e.yaml",
                   "name: small\nmatrices: [\"stencil:5pt:12\", \"fem:3\"]\nk: [1, 2]\n"
                   "methods: [plain, implicit]\nthreads: [1]\nrepetitions: 2\nroofline: false\n"
                   "tune_products: 0\n")
            .string();
    const std::string out = (place / "out").string();
    const Outcome outcome = run_krylov({"experiment", config, "--output", out});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    for (const char* file : {"experiment.h5", "table.txt", "table.csv", "time.svg", "speedup.svg"})
        CHECK(fs::exists(place / "out" / file));
    const H5Reader results(place / "out" / "experiment.h5");
    CHECK(results.extents("/results/counts") == std::vector<std::size_t>{8, 5});
    const auto times = results.read_doubles("/results/time");
    CHECK(results.read_string("/experiment").starts_with("name: small\n"));

    const Outcome again = run_krylov({"experiment", config, "--output", out});
    CHECK(again.code == 0);
    CHECK(again.says("8 of 8 cells kept from an earlier run\n"));
    CHECK(H5Reader(place / "out" / "experiment.h5").read_doubles("/results/time") == times);

    // More of the same: what is there stays.
    CHECK(run_krylov({"experiment", config, "--output", out, "--set", "k=[1, 2, 3]"}).code == 0);
    const auto more = H5Reader(place / "out" / "experiment.h5").read_doubles("/results/time");
    REQUIRE(more.size() == 12);
    CHECK(std::equal(times.begin(), times.end(), more.begin()));

    const Outcome other = run_krylov({"experiment", config, "--output", out, "--set", "k=[1]"});
    CHECK(other.code == 2);
    CHECK(other.err.find("experiment.h5: holds 8 results that ") != std::string::npos);
    CHECK(H5Reader(place / "out" / "experiment.h5").read_doubles("/results/time") == more);
}

TEST_CASE("a cell that fails is told and leaves the others alone") {
    const ScratchFolder place;
    place.write("huge.mtx", huge);
    const std::string config =
        place
            .write("e.yaml",
                   "matrices: [huge.mtx, \"stencil:5pt:8\"]\nk: [3]\nrepetitions: 1\n"
                   "roofline: false\n")
            .string();
    const Outcome outcome =
        run_krylov({"experiment", config, "--output", (place / "out").string()});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("level 2 of the basis overflows\n") != std::string::npos);
    CHECK(outcome.says("failed: level 2 of the basis overflows"));
    CHECK(H5Reader(place / "out" / "experiment.h5").read_doubles("/results/time").size() == 2);
}

TEST_CASE("an experiment with mistakes is refused with their lines, before anything is written") {
    const ScratchFolder place;
    const std::string config =
        place.write("e.yaml", "matrices: [\"stencil:5pt:8\"]\nmetods: [plain]\nk: [0]\n").string();
    const std::string out = (place / "out").string();
    CHECK(complaint({"experiment", config, "--output", out}) ==
          config + ":3: k[0] = 0: expected an integer of at least 1\n" + config +
              ":2: metods: unknown key; did you mean 'methods'?\n");
    CHECK_FALSE(fs::exists(out));
    CHECK(complaint({"experiment", "nowhere.yaml", "--output", out}).starts_with("nowhere.yaml: "));
    CHECK(complaint({"experiment", config, "--output", out, "--set", "k"})
              .starts_with("--set k: expected key=value\n"));
}

TEST_CASE("Ctrl-C between repetitions exits with 130") {
    Child child({"powers", "--matrix", "stencil:5pt:200", "--k", "8", "--repetitions", "100000"});
    child.wait_for("kernel ");
    child.signal(SIGINT);
    const Outcome outcome = child.finish();
    CHECK(outcome.code == 130);
    CHECK(outcome.err == "krylov: interrupted\n");
}

TEST_CASE("an interrupted bench says so, and its summary holds what was measured") {
    const ScratchFolder place;
    const fs::path file = place / "s.json";
    Child child({"bench", "--case", "band", "--scale", "0.1", "--threads", "1", "--repetitions",
                 "100000", "--summary", file.string()});
    child.wait_for("reads by ");
    child.signal(SIGINT);
    const Outcome outcome = child.finish();
    CHECK(outcome.code == 130);
    CHECK(outcome.says("interrupted: the table holds what was measured by then\n"));
    CHECK(json_of(file).at("status") == "interrupted");
    CHECK(json_of(file).at("results").at("read_speeds").size() == 1);
}

TEST_CASE("an interrupted experiment keeps what it has, and says how to go on") {
    const ScratchFolder place;
    const std::string config = place
                                   .write("e.yaml",
                                          "matrices: [\"stencil:5pt:8\", \"stencil:5pt:1000\"]\n"
                                          "k: [8]\nrepetitions: 100\nroofline: false\n"
                                          "check_bits: false\n")
                                   .string();
    // The second matrix takes seconds, and the first is done when its file is there.
    Child child({"experiment", config, "--output", (place / "out").string()});
    while (!fs::exists(place / "out" / "experiment.h5")) std::this_thread::yield();
    child.signal(SIGINT);
    const Outcome outcome = child.finish();
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 130);
    CHECK(outcome.says("interrupted after 1 of 2 cells: the same command goes on\n"));
    CHECK(H5Reader(place / "out" / "experiment.h5").read_doubles("/results/time").size() == 1);
    CHECK(fs::exists(place / "out" / "time.svg"));
}

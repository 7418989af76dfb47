// The program as a person runs it: a child process, its words, its files and its exit code.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/db/database.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp/jit/pack.hpp"

using asp::testing::ScratchFolder;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

struct Outcome {
    int code;  ///< exit code, or minus the signal that ended it
    std::string out, err;

    bool says(const std::string& words) const { return out.find(words) != std::string::npos; }
    bool complains(const std::string& words) const { return err.find(words) != std::string::npos; }
};

std::string drained(int pipe) {
    std::string text;
    char piece[4096];
    for (ssize_t count; (count = ::read(pipe, piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(count));
    ::close(pipe);
    return text;
}

/// An empty variable is not set.
[[noreturn]] void become(const Arguments& arguments, const Variables& variables) {
    for (const auto& [name, value] : variables)
        value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv{const_cast<char*>(ASP_PROGRAM)};
    for (const std::string& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(ASP_PROGRAM, argv.data());
    ::_exit(127);
}

/// Folders of the test's own for cache and data.
struct Place {
    ScratchFolder folder;

    fs::path cache() const { return folder / "cache"; }
    fs::path data() const { return folder / "data"; }
    fs::path operator/(const std::string& name) const { return folder / name; }

    Outcome asp(const Arguments& arguments, Variables variables = {}) const {
        variables.try_emplace("ASP_CACHE_DIR", cache().string());
        variables.try_emplace("ASP_DATA_DIR", data().string());
        for (const char* name : {"ASP_PACK_DIR", "ASP_HARTS", "ASP_CXX", "CXX"})
            variables.try_emplace(name, "");
        int out[2], err[2];
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::dup2(err[1], STDERR_FILENO);
            become(arguments, variables);
        }
        ::close(out[1]);
        ::close(err[1]);
        Outcome outcome{0, {}, {}};
        std::thread reader([&] { outcome.err = drained(err[0]); });
        outcome.out = drained(out[0]);
        reader.join();
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return outcome;
    }

    /// The summary that a command with these arguments writes.
    json summary_of(Arguments arguments, const Variables& variables = {}) const {
        const fs::path file = folder / "summary.json";
        arguments.insert(arguments.end(), {"--quiet", "--summary", file.string()});
        const Outcome outcome = asp(arguments, variables);
        INFO(outcome.err);
        CHECK(outcome.out.empty());
        REQUIRE(fs::exists(file));
        const json summary = json::parse(std::ifstream(file));
        CHECK(summary.at("program") == "asp");
        CHECK(summary.at("version").get<std::string>().starts_with("0."));
        CHECK(summary.at("status") == (outcome.code == 0 ? "converged" : "failed"));
        return summary.at("results");
    }
};

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

bool has_compiler() {
    if (asp::jit::host_toolchain()) return true;
    WARN("skipped: there is no compiler");
    return false;
}

/// What the doctor prints, and its summary.
struct Diagnosis {
    Outcome outcome;
    json results;
};

Diagnosis diagnosis(const Place& place, const Variables& variables = {}) {
    const fs::path file = place / "doctor.json";
    Diagnosis found{place.asp({"doctor", "--summary", file.string()}, variables), {}};
    UNSCOPED_INFO(found.outcome.out << found.outcome.err);
    REQUIRE(fs::exists(file));
    const json summary = json::parse(std::ifstream(file));
    CHECK(summary.at("status") == (found.outcome.code == 0 ? "converged" : "failed"));
    found.results = summary.at("results");
    return found;
}

/// No program is found: what remains takes no time.
Variables without_compiler(const Place& place) {
    return {{"PATH", place.folder.path().string()}};
}

/// The states of all findings about something.
std::vector<std::string> states_of(const json& doctor, const std::string& topic) {
    std::vector<std::string> states;
    for (const json& finding : doctor.at("findings"))
        if (finding.at("topic") == topic) states.push_back(finding.at("state"));
    return states;
}

bool has(const std::vector<std::string>& states, const std::string& wanted) {
    return std::ranges::find(states, wanted) != states.end();
}

/// Two kernels that were compiled.
void fill_cache(const fs::path& folder) {
    asp::jit::KernelCache cache(folder);
    for (const char* factor : {"2.0", "3.0"}) {
        const asp::jit::Source source{
            .text = std::string("extern \"C\" __attribute__((visibility(\"default\")))\n"
                                "double scaled(double x) { return ") +
                    factor + " * x; }\n",
            .name = std::string("scaled by ") + factor};
        REQUIRE(cache.get_or_build(source, asp::jit::host_toolchain()));
    }
}

/// A verdict, another variant, and one that crashed, the last two long ago.
void fill_database(const fs::path& folder) {
    asp::db::Database database(folder / "tuning.sqlite");
    asp::db::TuningRecord verdict;
    verdict.problem = {"stencil", 3, "here0123", {{"n", 64.0}}};
    verdict.variant = {{"tile", 16}};
    verdict.ratio = asp::db::Ratio{0.5, 0.49, 0.52};
    verdict.runs = 5;
    verdict.chosen = true;
    verdict.created = asp::db::seconds_now();
    verdict.tool_version = "0.1.0";
    asp::db::TuningRecord other = verdict;
    other.variant = {{"tile", 8}};
    other.chosen = false;
    other.created = 1000;
    asp::db::TuningRecord crashed = other;
    crashed.variant = {{"tile", 4}};
    crashed.status = asp::db::Status::crash;
    crashed.ratio.reset();
    REQUIRE(database.record({"here0123", R"({"processor":"a fine one"})"},
                            std::vector{verdict, other, crashed}) == 3);
}

}  // namespace

TEST_CASE("the help names every command, and what it prints goes to the standard output") {
    const Place place;
    const Outcome help = place.asp({"--help"});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    for (const char* command : {"doctor", "cache", "db", "tune", "pack", "bench"})
        CHECK(help.says(std::string("  ") + command));
    for (const char* word : {"--version", "ASP_CXX", "ASP_CACHE_DIR", "ASP_PACK_DIR", "Exit codes"})
        CHECK(help.says(word));
    CHECK(place.asp({"db", "--help"}).says("prune"));
    CHECK(place.asp({"cache", "--help"}).says("evict"));
    const Outcome version = place.asp({"--version"});
    CHECK(version.code == 0);
    CHECK(version.out.starts_with("asp 0."));
}

TEST_CASE("an unknown command is refused with the nearest known one") {
    const Place place;
    const Outcome near = place.asp({"docter"});
    CHECK(near.code == 2);
    CHECK(near.err == "asp: there is no command 'docter'; did you mean 'doctor'?\n");
    CHECK(place.asp({"xyzzyx"}).complains("asp --help names all"));
}

TEST_CASE("wrong usage exits with 2 and a line on the standard error") {
    const Place place;
    for (const Arguments& wrong : {Arguments{},
                                   {"docter"},
                                   {"db"},
                                   {"db", "show"},
                                   {"cache", "evict"},
                                   {"pack"},
                                   {"doctor", "--nonsense"},
                                   {"bench", "--case", "nothing"},
                                   {"tune", "--level", "fast"},
                                   {"cache", "evict", "--bytes", "many"},
                                   {"db", "prune", "--older-than", "-1"}}) {
        const Outcome outcome = place.asp(wrong);
        INFO(outcome.out << outcome.err);
        CHECK(outcome.code == 2);
        CHECK(!outcome.err.empty());
    }
}

TEST_CASE("the doctor finds a machine with a compiler well") {
    if (!has_compiler()) return;
    const Place place;
    const auto [outcome, results] = diagnosis(place);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("compiled a probe that computed the right numbers"));
    CHECK(outcome.says("compiled, checked and loaded in"));
    CHECK(outcome.says("SQLite 3."));
    CHECK(outcome.says(place.cache().string()));
    CHECK(outcome.says(place.data().string()));
    CHECK(!outcome.says("\033["));  // no colours in a pipe
    CHECK(results.at("broken") == 0);
    for (const char* topic : {"program", "libraries", "processor", "harts", "compiler", "cache",
                              "database", "probe", "arithmetic"}) {
        INFO(topic);
        CHECK(has(states_of(results, topic), "ok"));
    }
    CHECK(states_of(results, "probe").size() == 2);  // interpreted and compiled
}

TEST_CASE("without a compiler the doctor warns, and formulas run interpreted") {
    const Place place;
    const auto [outcome, results] = diagnosis(place, without_compiler(place));
    CHECK(outcome.code == 0);
    CHECK(outcome.says("apt-get install g++"));
    CHECK(outcome.says("all works, at a cost"));
    CHECK(states_of(results, "compiler") == std::vector<std::string>{"warning"});
    CHECK(states_of(results, "probe") == std::vector<std::string>{"ok"});
}

TEST_CASE("the doctor says why the compiler that was asked for is not used") {
    const Place place;
    place.folder.write("notcxx", "#!/bin/sh\nexit 3\n");
    fs::permissions(place / "notcxx", fs::perms::owner_all);
    for (const std::string& compiler : {(place / "notcxx").string(), std::string("/nowhere/c++")}) {
        Variables variables = without_compiler(place);
        variables["ASP_CXX"] = compiler;
        const auto [outcome, results] = diagnosis(place, variables);
        CHECK(outcome.code == 0);
        CHECK(outcome.says(compiler));
        CHECK(states_of(results, "compiler") == std::vector<std::string>{"warning", "warning"});
    }
}

TEST_CASE("a cache or database folder that cannot be used is broken, with its cure") {
    const Place place;
    const std::string file = place.folder.write("file", "").string();
    const fs::path shared = place / "shared";
    fs::create_directory(shared);
    ::chmod(shared.c_str(), 0777);
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"ASP_CACHE_DIR", file}, {"ASP_CACHE_DIR", shared.string()}, {"ASP_DATA_DIR", file}};
    for (const auto& [variable, folder] : wrong) {
        INFO(variable << "=" << folder);
        Variables variables = without_compiler(place);
        variables[variable] = folder;
        const auto [outcome, results] = diagnosis(place, variables);
        CHECK(outcome.code == 1);
        CHECK(outcome.says("off: " + folder));
        CHECK(outcome.says("cure: mend the folder"));
        CHECK(outcome.says("1 thing broken, 1 warning"));  // that there is no compiler
        CHECK(states_of(results, variable == "ASP_CACHE_DIR" ? "cache" : "database") ==
              std::vector<std::string>{"broken"});
    }
}

TEST_CASE("a limit of harts that is no number is broken") {
    const Place place;
    Variables variables = without_compiler(place);
    variables["ASP_HARTS"] = "some";
    const Diagnosis found = diagnosis(place, variables);
    CHECK(found.outcome.code == 1);
    CHECK(found.outcome.says("cure: unset ASP_HARTS"));
}

TEST_CASE("the cache is listed, thinned out and cleared") {
    if (!has_compiler()) return;
    const Place place;
    fill_cache(place.cache());
    const Outcome list = place.asp({"cache"});
    INFO(list.out << list.err);
    CHECK(list.code == 0);
    CHECK(list.says("scaled by 2.0"));
    CHECK(list.says("today"));
    CHECK(list.says(asp::jit::host_toolchain()->version));
    CHECK(list.says("2 kernels, "));
    CHECK(place.asp({"cache", "list"}).out == list.out);
    CHECK(place.asp({"cache", "path"}).out == place.cache().string() + "\n");
    const json entries = place.summary_of({"cache", "list"}).at("entries");
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].at("bytes") > 1000);

    CHECK(place.asp({"cache", "evict", "--bytes", "1GB"}).code == 0);
    CHECK(place.summary_of({"cache"}).at("entries").size() == 2);
    const json one = place.summary_of(
        {"cache", "evict", "--bytes", std::to_string(entries[0].at("bytes").get<long>() + 10)});
    CHECK(one.at("freed_bytes") > 1000);
    CHECK(place.summary_of({"cache"}).at("entries").size() == 1);
    const Outcome clear = place.asp({"cache", "clear"});
    CHECK(clear.code == 0);
    CHECK(clear.says("freed "));
    CHECK(place.asp({"cache"}).says("0 kernels, 0 B"));
}

TEST_CASE("what cannot be done to a cache that is off is said, with 1") {
    const Place place;
    const std::string file = place.folder.write("file", "").string();
    const Outcome outcome = place.asp({"cache", "clear"}, {{"ASP_CACHE_DIR", file}});
    CHECK(outcome.code == 1);
    CHECK(outcome.complains(file));
    CHECK(outcome.complains("nothing was removed"));
}

TEST_CASE("records are listed and shown") {
    const Place place;
    fill_database(place.data());
    const Outcome list = place.asp({"db", "list"});
    INFO(list.out << list.err);
    CHECK(list.code == 0);
    for (const char* word : {"stencil 3", "tile = 16", "n = 64", "0.500", "chosen", "crash",
                             "a fine one", "3 records"})
        CHECK(list.says(word));
    const json chosen = place.summary_of({"db", "list", "--status", "ok"}).at("records");
    REQUIRE(chosen.size() == 2);
    CHECK(place.asp({"db", "list", "--specializer", "newton"}).says("no records"));
    CHECK(place.asp({"db", "list", "--platform", "here"}).says("3 records"));
    CHECK(place.asp({"db", "list", "--platform", "there"}).code == 2);

    const std::string id = chosen[0].at("id");
    const Outcome shown = place.asp({"db", "show", id.substr(0, 8)});
    CHECK(shown.code == 0);
    CHECK(shown.says(id));
    CHECK(shown.says("0.5000 of the default's time"));
    const Outcome unknown = place.asp({"db", "show", "zz"});
    CHECK(unknown.code == 2);
    CHECK(unknown.complains("zz: no record begins"));
}

TEST_CASE("records go through a file to another database, and back unchanged") {
    const Place place;
    fill_database(place.data());
    const std::string file = (place / "records.jsonl").string();
    CHECK(place.asp({"db", "export", file}).out == "3 records in " + file + "\n");
    const Variables there{{"ASP_DATA_DIR", (place / "there").string()}};
    const json imported = place.summary_of({"db", "import", "--own", file}, there);
    CHECK(imported.at("added") == 3);
    CHECK(place.asp({"db", "import", file}, there).says("0 new, 3 known before, 0 refused"));
    CHECK(place.asp({"db", "export", "-"}, there).out == content(file));

    std::ofstream(file, std::ios::app) << "no record\n";
    const Outcome bad = place.asp({"db", "import", file}, there);
    CHECK(bad.code == 2);
    CHECK(bad.complains(file + ":5: "));
    const Outcome missing = place.asp({"db", "import", "/nowhere/x"}, there);
    CHECK(missing.code == 2);
    CHECK(missing.err == "/nowhere/x: cannot be read\n");
}

TEST_CASE("old records are pruned, and nothing without a rule") {
    const Place place;
    fill_database(place.data());
    CHECK(place.asp({"db", "prune"}).code == 2);
    CHECK(place.asp({"db", "prune", "--older-than", "30"}).out == "2 records removed, 1 left\n");
    CHECK(place.asp({"db", "prune", "--platform", "here"}).out == "1 record removed, 0 left\n");
}

TEST_CASE("a pack has every kernel and record, and the doctor finds it") {
    if (!has_compiler()) return;
    const Place place;
    const std::string folder = (place / "pack").string();
    const Outcome nothing = place.asp({"pack", folder});
    CHECK(nothing.code == 2);
    CHECK(nothing.complains("no kernels to pack"));
    fill_cache(place.cache());
    fill_database(place.data());
    const Outcome packed = place.asp({"pack", folder});
    INFO(packed.out << packed.err);
    CHECK(packed.code == 0);
    CHECK(packed.says("2 kernels and 3 records in " + folder));
    CHECK(asp::jit::list_pack(folder).size() == 2);
    const Variables there{{"ASP_DATA_DIR", (place / "there").string()}};
    CHECK(place.asp({"db", "import", folder + "/tuning.jsonl"}, there).says("3 new"));
    Variables bare = without_compiler(place);
    bare["ASP_PACK_DIR"] = folder;
    const Diagnosis used = diagnosis(place, bare);
    CHECK(used.outcome.code == 0);
    CHECK(used.outcome.says("2 kernels, 2 for this processor"));
    bare["ASP_PACK_DIR"] = "/nowhere";
    CHECK(diagnosis(place, bare).outcome.code == 1);
}

TEST_CASE("what cannot be tuned is bad input, with its place") {
    const Place place;
    const auto complaint = [&](Arguments arguments) {
        arguments.insert(arguments.begin(), "tune");
        const Outcome outcome = place.asp(arguments);
        CHECK(outcome.code == 2);
        return outcome.err;
    };
    CHECK(complaint({"newtn"}) == "newtn: no such specializer; did you mean 'newton'?\n");
    const std::string unknown =
        complaint({"--expression", "x * x - beat", "--argument", "x", "--argument", "beta"});
    CHECK(unknown.find("did you mean 'beta'?") != std::string::npos);
    CHECK(unknown.find("^~~~") != std::string::npos);
    CHECK(complaint({"--expression", "x", "--argument", "x=1"}) ==
          "--argument x=1: expected NAME=LOW:HIGH\n");
    CHECK(complaint({"--expression", "x", "--argument", "x", "--given", "n"}) ==
          "--given n: expected NAME=NUMBER\n");
    CHECK(complaint({"--function", "/nowhere/f.py"}) == "/nowhere/f.py: cannot be read\n");
}

TEST_CASE("an estimate needs no compiler and names the default") {
    const Place place;
    const Variables bare = without_compiler(place);
    const Outcome outcome = place.asp({"tune", "newton", "--level", "estimate"}, bare);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("use: "));
    CHECK(outcome.says("default"));
    CHECK(place.asp({"tune", "--list"}).says("newton 1: "));
    CHECK(place.asp({"tune", "--list"}).says("stencil 2: "));
    const Outcome measure = place.asp({"tune", "newton"}, bare);
    CHECK(measure.code == 1);
    CHECK(measure.complains("nothing can be tuned: no C++ compiler"));
}

TEST_CASE("tuning prints the variants, the default first, and keeps what it learnt") {
    if (!has_compiler()) return;
    const Place place;
    const std::string file =
        place.folder.write("root.py", "def root(x, a):\n    return x * x - a\n").string();
    const Outcome outcome = place.asp({"tune", "newton", "--function", file, "--argument", "x=0:2",
                                       "--argument", "a=1:2", "--extent", "1000", "--time-limit",
                                       "1", "--summary", (place / "tune.json").string()});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.says("(default)"));
    CHECK(outcome.says("kept in "));
    const json result = json::parse(std::ifstream(place / "tune.json")).at("results");
    REQUIRE(!result.at("measured").empty());
    const json& first = result.at("measured")[0];
    CHECK(first.at("status") == "ok");
    CHECK(first.at("ratio").at("median") == Approx(1.0).margin(0.5));  // to itself
    // Records go into the database where there is something to compare.
    CHECK(place.summary_of({"db", "list", "--specializer", "newton"}).at("records").size() ==
          static_cast<std::size_t>(std::ranges::count_if(
              result.at("measured"), [](const json& m) { return m.contains("ratio"); })));
}

TEST_CASE("a benchmark prints rows with their bars and writes them as JSON") {
    const Place place;
    const std::string file = (place / "bench.json").string();
    const Outcome table = place.asp({"bench", "--case", "teams", "--summary", file});
    INFO(table.out << table.err);
    CHECK(table.code == 0);
    CHECK(table.says("ours <= 1"));
    CHECK(table.says("load average"));
    const json bench = json::parse(std::ifstream(file)).at("results");
    CHECK(bench.at("load_average") >= 0.0);
    REQUIRE(bench.at("rows").size() == 4);
    for (const json& row : bench.at("rows")) CHECK(row.at("ours") > 0.0);
    const json& last = bench.at("rows")[3];
    CHECK(last.at("ratio").get<double>() ==
          Approx(last.at("reference").get<double>() / last.at("ours").get<double>()));
    CHECK(last.at("met") == (last.at("ratio") >= 1.0 / 1.2));
}

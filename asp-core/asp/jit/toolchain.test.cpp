#include "asp/jit/toolchain.hpp"

#include "asp/jit/detail/testing.hpp"

using asp::jit::find_toolchains;
using asp::jit::Toolchain;
using asp::jit::ToolchainReport;
using asp::jit::ToolchainSearch;
namespace testing = asp::jit::testing;
using testing::Environment;
using testing::ScratchFolder;

namespace {

/// Where ASP_CXX names a compiler. (g++ finds its assembler on the PATH.)
Environment prefer(const std::filesystem::path& compiler) {
    return Environment{
        {{"ASP_CXX", compiler.string()}, {"CXX", std::nullopt}, {"PATH", "/usr/bin:/bin"}}};
}

ToolchainReport find(const ScratchFolder& memory,
                     std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    return find_toolchains({.time_limit = limit, .first_only = true, .memory = memory / "memory"});
}

std::string real() {
    return testing::compiler().compiler.string();
}

}  // namespace

TEST_CASE("a compiler is found, and says what it is") {
    const Toolchain& found = testing::compiler();
    CHECK(found.compiler.is_absolute());
    CHECK_FALSE(found.version.empty());
    CHECK_FALSE(found.machine.empty());
    CHECK(found.identity.size() == 64);
}

TEST_CASE("every compiler of this machine compiles kernels") {
    const ScratchFolder folder;
    const auto report = find_toolchains({.memory = folder.path()});
    REQUIRE_FALSE(report.found.empty());
    asp::jit::KernelCache cache(folder / "cache");
    for (const Toolchain& toolchain : report.found) {
        INFO(toolchain.compiler);
        const auto module =
            testing::module_of(cache.get_or_build(testing::scaling_by(7), toolchain));
        CHECK(testing::scaled(module, 2.0) == 14.0);
    }
    CHECK(cache.entries().size() == report.found.size());
}

TEST_CASE("what is known of a compiler starts it no second time, until its file changes") {
    const ScratchFolder folder;
    const auto script = testing::write_script(
        folder, "counting", "echo run >> \"$here/runs\"\nexec " + real() + " \"$@\"");
    const Environment environment = prefer(script);
    const auto first = find(folder);
    REQUIRE(first.found.size() == 1);
    const std::string runs = testing::content_of(folder / "runs");
    CHECK_FALSE(runs.empty());
    const auto second = find(folder);
    REQUIRE(second.found.size() == 1);
    CHECK(testing::content_of(folder / "runs") == runs);
    CHECK(second.found[0].identity == first.found[0].identity);
    CHECK(second.found[0].tune == first.found[0].tune);
    testing::write_script(folder, "counting",
                          "# newer\necho run >> \"$here/runs\"\nexec " + real() + " \"$@\"");
    const auto third = find(folder);
    REQUIRE(third.found.size() == 1);
    CHECK(testing::content_of(folder / "runs").size() > runs.size());
    CHECK(third.found[0].identity != first.found[0].identity);
}

TEST_CASE("without any compiler the report says how to get one") {
    const ScratchFolder folder;
    const Environment environment{{{"ASP_CXX", std::nullopt}, {"CXX", std::nullopt}, {"PATH", ""}}};
    const auto report = find(folder);
    CHECK(report.found.empty());
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0] ==
          "no C++ compiler works here: install one (apt-get install g++) or name one in ASP_CXX");
}

TEST_CASE("a name that is no program is a problem, and the search goes on") {
    const ScratchFolder folder;
    const Environment environment{
        {{"ASP_CXX", "/nowhere/g++"}, {"CXX", "ccache no-such-compiler"}}};
    const auto report = find(folder);
    CHECK(report.found.size() == 1);
    REQUIRE(report.problems.size() == 2);
    CHECK(report.problems[0] == "ASP_CXX=/nowhere/g++: there is no such program");
    CHECK(report.problems[1] ==
          "CXX=ccache no-such-compiler: there is no such program; give the compiler alone, "
          "without launcher and flags");
}

TEST_CASE("a compiler that hangs is given up at the time limit, and leaves no process behind") {
    const ScratchFolder folder;
    const auto script = testing::write_script(
        folder, "hanging", "sleep 1000 &\necho $$ $! > \"$here/processes\"\nwait");
    const Environment environment = prefer(script);
    const auto start = std::chrono::steady_clock::now();
    const auto report = find(folder, std::chrono::seconds(1));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
    REQUIRE_FALSE(report.problems.empty());
    CHECK(report.problems[0] == script.string() + ": took longer than the time limit");
    const auto processes = testing::processes_in(folder / "processes");
    REQUIRE(processes.size() == 2);
    for (const long process : processes)
        CHECK(testing::eventually([&] { return !testing::is_running(process); }));
}

TEST_CASE("a compiler that reports success without an object is not taken") {
    const ScratchFolder folder;
    const auto script = testing::write_script(folder, "lying",
                                              "case \"$*\" in *source.cpp*) exit 0;; esac\n"
                                              "exec " +
                                                  real() + " \"$@\"");
    const Environment environment = prefer(script);
    const auto report = find(folder);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0] == script.string() + ": does not compile a probe: " + script.string() +
                                    ": reported success but wrote no object");
}

TEST_CASE("a compiler whose object computes wrong numbers is not taken") {
    const ScratchFolder folder;
    const auto script = testing::write_script(
        folder, "wrong",
        "[ -f source.cpp ] && /bin/sed -i 's/a + b/a - b/' source.cpp\nexec " + real() + " \"$@\"");
    const Environment environment = prefer(script);
    const auto report = find(folder);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0] ==
          script.string() + ": does not compile a probe: its object computes wrong numbers");
}

TEST_CASE("a compiler whose object is none is not taken") {
    const ScratchFolder folder;
    const auto script =
        testing::write_script(folder, "garbage",
                              "[ -f source.cpp ] && echo garbage > kernel.so && exit 0\n"
                              "exec " +
                                  real() + " \"$@\"");
    const Environment environment = prefer(script);
    const auto report = find(folder);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].starts_with(script.string() +
                                         ": does not compile a probe: its object does not load: "));
}

TEST_CASE("a damaged memory of compilers is no memory") {
    const ScratchFolder folder;
    const Environment environment = prefer(real());
    for (const char* text : {"", "{", "[]", "{\"format\": 1}", "{\"format\": 1, \"found\": 3}",
                             "{\"format\": 1, \"found\": {\"x\": 1}}"}) {
        std::filesystem::create_directory(folder / "memory");
        folder.write("memory/toolchains.json", text);
        CHECK(find(folder).found.size() == 1);
    }
}

TEST_CASE("compiler launchers are passed over for the compiler behind them") {
    const ScratchFolder folder;
    folder.write("ccache", "");
    std::filesystem::permissions(folder / "ccache", std::filesystem::perms(0755));
    std::filesystem::create_symlink("ccache", folder / "g++");
    const Environment environment{{{"ASP_CXX", std::nullopt},
                                   {"CXX", std::nullopt},
                                   {"PATH", folder.path().string() + ":/usr/bin:/bin"}}};
    const auto report = find(folder);
    REQUIRE(report.found.size() == 1);
    CHECK(report.found[0].compiler.parent_path() != folder.path());
}

#include "asp/jit/detail/process.hpp"

#include <sys/resource.h>

#include "asp/jit/detail/testing.hpp"

using asp::jit::detail::describe;
using asp::jit::detail::ProcessRequest;
using asp::jit::detail::ProcessResult;
using asp::jit::detail::run_process;
using End = ProcessResult::End;
namespace testing = asp::jit::testing;
using testing::ScratchFolder;

namespace {
ProcessRequest shell(const ScratchFolder& folder, const std::string& text) {
    return {.program = "/bin/sh", .arguments = {"-c", text}, .folder = folder.path()};
}
}  // namespace

TEST_CASE("a program's status and its words come back, from both of its outputs") {
    const ScratchFolder folder;
    const auto result = run_process(shell(folder, "echo out; echo err >&2; exit 3"));
    CHECK(result.end == End::exited);
    CHECK(result.code == 3);
    CHECK(result.output == "out\nerr\n");
    CHECK(result.seconds > 0.0);
    CHECK(describe(result) == "exited with 3");
}

TEST_CASE("a program that a signal ends says which") {
    const ScratchFolder folder;
    const auto result = run_process(shell(folder, "kill -SEGV $$"));
    CHECK(result.end == End::signalled);
    CHECK(result.code == SIGSEGV);
    CHECK(describe(result) == "was ended by signal 11 (Segmentation fault)");
}

TEST_CASE("a program that there is not does not start") {
    const ScratchFolder folder;
    const auto result =
        run_process({.program = "/nowhere/g++", .arguments = {}, .folder = folder.path()});
    CHECK(result.end == End::not_started);
    CHECK(describe(result) == "did not start: No such file or directory");
}

TEST_CASE("arguments arrive as they are, whatever a shell would make of them") {
    const ScratchFolder folder;
    const std::string odd = "$(touch planted); 'a \"b` \\ \n*";
    const auto result = run_process(
        {.program = "/usr/bin/printf", .arguments = {"%s", odd}, .folder = folder.path()});
    CHECK(result.output == odd);
    CHECK(folder.entries() == 0);
}

TEST_CASE("a compiler's environment has nothing in it that changes its result") {
    const ScratchFolder folder;
    const testing::Environment environment{{{"CPATH", "/planted"},
                                            {"GCC_EXEC_PREFIX", "/planted"},
                                            {"LD_PRELOAD", std::nullopt},
                                            {"LANG", "de_DE.UTF-8"}}};
    const auto result = run_process(shell(folder, "env; pwd"));
    CHECK(result.output.find("planted") == std::string::npos);
    CHECK(result.output.find("LANG=C\n") != std::string::npos);
    CHECK(result.output.find("TMPDIR=" + folder.path().string()) != std::string::npos);
    CHECK(result.output.ends_with(folder.path().string() + "\n"));
}

TEST_CASE("a program past its time limit ends with all that it started") {
    const ScratchFolder folder;
    ProcessRequest request = shell(folder, "sleep 1000 & echo $$ $! > processes; wait");
    request.time_limit = std::chrono::milliseconds(300);
    CHECK(run_process(request).end == End::timed_out);
    const auto processes = testing::processes_in(folder / "processes");
    REQUIRE(processes.size() == 2);
    for (const long process : processes)
        CHECK(testing::eventually([&] { return !testing::is_running(process); }));
}

TEST_CASE("what a program leaves running behind it is ended, and holds nobody up") {
    const ScratchFolder folder;
    const auto result = run_process(shell(folder, "sleep 1000 & echo $! > processes"));
    CHECK(result.end == End::exited);
    CHECK(result.seconds < 5.0);
    const auto processes = testing::processes_in(folder / "processes");
    REQUIRE(processes.size() == 1);
    CHECK(testing::eventually([&] { return !testing::is_running(processes[0]); }));
}

TEST_CASE("a program that floods its output is read to the end, and a bounded part is kept") {
    const ScratchFolder folder;
    ProcessRequest request = shell(folder, "head -c 3000000 /dev/zero | tr '\\0' x; echo end");
    request.output_limit = 1000;
    const auto result = run_process(request);
    CHECK(result.end == End::exited);
    CHECK(result.output == std::string(1000, 'x'));
}

TEST_CASE("a stop request ends a program at once") {
    const ScratchFolder folder;
    std::stop_source stop;
    ProcessRequest request = shell(folder, "sleep 1000");
    request.stop = stop.get_token();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        stop.request_stop();
    });
    const auto result = run_process(request);
    other.join();
    CHECK(result.end == End::stopped);
    CHECK(result.seconds < 5.0);
}

TEST_CASE("a program of low priority is nice to others") {
    const ScratchFolder folder;
    ProcessRequest request = shell(folder, "sleep 0.1; nice");
    request.low_priority = true;
    const int own = ::getpriority(PRIO_PROCESS, 0);
    CHECK(run_process(request).output == std::to_string(std::max(own, 10)) + "\n");
}

TEST_CASE("where children's statuses are thrown away, a program still comes to its end") {
    const ScratchFolder folder;
    const auto code = testing::wait_for(testing::start_child([&] {
        std::signal(SIGCHLD, SIG_IGN);
        const auto result = run_process(shell(folder, "echo done"));
        return result.end == End::unknown && result.output == "done\n" ? 0 : 1;
    }));
    CHECK(code == 0);
}

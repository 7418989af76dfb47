#include "asp/jit/background.hpp"

#include "asp/jit/detail/testing.hpp"

using asp::jit::BackgroundCompiler;
using asp::jit::CompileFailure;
using asp::jit::KernelCache;
using Reason = CompileFailure::Reason;
namespace fs = std::filesystem;
namespace testing = asp::jit::testing;
using testing::compiler;
using testing::module_of;
using testing::scaled;
using testing::scaling_by;
using testing::ScratchFolder;

namespace {
asp::jit::Toolchain hanging(const ScratchFolder& folder) {
    return testing::scripted_compiler(folder,
                                      "sleep 1000 &\necho $$ $! >> \"$here/processes\"\nwait");
}
}  // namespace

TEST_CASE("a kernel is compiled while the caller goes on") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    BackgroundCompiler background(cache, 2);
    std::vector<asp::jit::PendingModule> pending;
    for (int i = 1; i <= 4; ++i) pending.push_back(background.build(scaling_by(i), compiler()));
    CHECK_FALSE(pending[3].ready());
    for (int i = 1; i <= 4; ++i) {
        const auto& handle = pending[static_cast<std::size_t>(i - 1)];
        CHECK(scaled(module_of(handle.wait()), 2.0) == 2.0 * i);
        CHECK(handle.ready());
    }
}

TEST_CASE("a background compile tells a failure like any other") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    BackgroundCompiler background(cache);
    const auto pending = background.build({.text = "no C++"}, compiler());
    CHECK(testing::failure_of(pending.wait()).reason == Reason::error);
    const auto bad = background.build({.text = "", .headers = {{"/x", ""}}}, compiler());
    CHECK(testing::failure_of(bad.wait()).message.starts_with("header path '/x'"));
    const auto none = background.build(scaling_by(1), std::nullopt);
    CHECK(testing::failure_of(none.wait()).reason == Reason::no_compiler);
}

TEST_CASE("a background compile that nobody wants any more ends, and so does its compiler") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    BackgroundCompiler background(cache);
    const auto running = background.build(scaling_by(1), hanging(folder));
    const auto queued = background.build(scaling_by(2), compiler());
    const auto wanted = background.build(scaling_by(3), compiler());
    REQUIRE(testing::eventually(
        [&] { return testing::processes_in(folder / "processes").size() == 2; }));
    queued.stop();
    running.stop();
    CHECK(testing::failure_of(running.wait()).reason == Reason::stopped);
    CHECK(testing::failure_of(queued.wait()).reason == Reason::stopped);
    CHECK(scaled(module_of(wanted.wait()), 2.0) == 6.0);
    for (const long process : testing::processes_in(folder / "processes"))
        CHECK(testing::eventually([&] { return !testing::is_running(process); }));
    CHECK(fs::is_empty(folder / "cache/failed"));
}

TEST_CASE("the end of a background compiler waits for nobody and leaves nobody behind") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    std::optional<asp::jit::PendingModule> running, queued;
    const auto start = std::chrono::steady_clock::now();
    {
        BackgroundCompiler background(cache);
        running = background.build(scaling_by(1), hanging(folder));
        queued = background.build(scaling_by(2), compiler());
        REQUIRE(testing::eventually(
            [&] { return testing::processes_in(folder / "processes").size() == 2; }));
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
    CHECK(testing::failure_of(running->wait()).reason == Reason::stopped);
    CHECK(testing::failure_of(queued->wait()).reason == Reason::stopped);
    for (const long process : testing::processes_in(folder / "processes"))
        CHECK(testing::eventually([&] { return !testing::is_running(process); }));
    CHECK(fs::is_empty(folder / "cache/work"));
}

TEST_CASE("a process that exits during a background compile ends at once, its compiler with it") {
    const ScratchFolder folder;
    const auto toolchain = hanging(folder);
    const testing::Environment environment{{{"ASP_CACHE_DIR", (folder / "cache").string()}}};
    const pid_t child = testing::start_child([&] {
        const auto pending = BackgroundCompiler::process().build(scaling_by(1), toolchain);
        while (testing::processes_in(folder / "processes").size() < 2)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        std::exit(7);
        return 0;
    });
    CHECK(testing::wait_for(child, 20.0) == 7);
    const auto processes = testing::processes_in(folder / "processes");
    REQUIRE(processes.size() == 2);
    for (const long process : processes)
        CHECK(testing::eventually([&] { return !testing::is_running(process); }));
}

TEST_CASE("a forked process exits though the compiling threads stayed with its parent") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    auto background = std::make_unique<BackgroundCompiler>(cache);
    CHECK(background->build(scaling_by(1), compiler()).wait());
    const pid_t child = testing::start_child([&] {
        background.reset();
        return 5;
    });
    CHECK(testing::wait_for(child, 20.0) == 5);
}

TEST_CASE("a forked process compiles in the background of its own") {
    const auto built = [](int factor) {
        return static_cast<bool>(
            BackgroundCompiler::process().build(scaling_by(factor), compiler()).wait());
    };
    // In a child, since other tests want a process that has no cache yet.
    const pid_t parent = testing::start_child([&] {
        if (!built(1)) return 1;
        const pid_t child = testing::start_child([&] { return built(2) ? 6 : 2; });
        return testing::wait_for(child, 20.0);  // the thread that built stayed here
    });
    CHECK(testing::wait_for(parent, 40.0) == 6);
}

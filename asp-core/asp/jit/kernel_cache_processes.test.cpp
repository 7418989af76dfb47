#include <fcntl.h>

#include <random>

#include "asp/jit/detail/entry.hpp"
#include "asp/jit/detail/testing.hpp"

// Many processes and threads on one cache folder, some of which do not live to finish.

using asp::jit::KernelCache;
using asp::jit::Provenance;
namespace fs = std::filesystem;
namespace testing = asp::jit::testing;
using testing::compiler;
using testing::module_of;
using testing::scaled;
using testing::scaling_by;
using testing::ScratchFolder;

namespace {

/// Every entry is whole: what is published is right.
void expect_sound(const fs::path& folder) {
    const int kernels = ::open((folder / "kernels").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const auto& entry : fs::directory_iterator(folder / "kernels"))
        CHECK(asp::jit::detail::read_entry(kernels, entry.path().filename()));
    ::close(kernels);
}

/// Makes what lies in `folder` two minutes old.
void make_old(const fs::path& folder) {
    const timespec old{std::time(nullptr) - 120, 0};
    const timespec times[2] = {old, old};
    for (const auto& item : fs::directory_iterator(folder))
        ::utimensat(AT_FDCWD, item.path().c_str(), times, 0);
}

}  // namespace

TEST_CASE("sixteen processes that want the same kernels all get them, and each is built once") {
    const ScratchFolder folder;
    constexpr int kinds = 3;
    const auto counting = testing::scripted_compiler(
        folder, "echo run >> \"$here/runs\"\nexec " + compiler().compiler.string() + " \"$@\"");
    std::vector<pid_t> children;
    for (int child = 0; child < 16; ++child)
        children.push_back(testing::start_child([&] {
            KernelCache cache(folder / "cache");
            for (int i = 0; i < kinds; ++i) {
                const int factor = 1 + (i + child) % kinds;
                const auto module = cache.get_or_build(scaling_by(factor), counting);
                if (!module || scaled(*module, 2.0) != 2.0 * factor) return 1;
            }
            return cache.why_off() ? 2 : 0;
        }));
    for (const pid_t child : children) CHECK(testing::wait_for(child) == 0);
    KernelCache cache(folder / "cache");
    CHECK(cache.entries().size() == kinds);
    expect_sound(folder / "cache");
    CHECK(fs::is_empty(folder / "cache/work"));
    // Only a process that waited for longer than its patience would build a second time.
    CHECK(testing::content_of(folder / "runs") == "run\nrun\nrun\n");
}

TEST_CASE("threads of one process that want the same kernel build it once") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const asp::jit::Toolchain& toolchain = compiler();
    std::vector<std::thread> threads;
    std::vector<void*> addresses(8);
    std::vector<std::optional<asp::jit::Module>> modules(8);
    for (std::size_t i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            const auto module = cache.get_or_build(scaling_by(2), toolchain);
            if (module) modules[i] = *module;
        });
    for (std::thread& thread : threads) thread.join();
    for (const auto& module : modules) {
        REQUIRE(module);
        CHECK(module->symbol("scaled") == modules[0]->symbol("scaled"));
    }
}

TEST_CASE("a process killed at any moment leaves a cache that works, and sweeps clean") {
    const ScratchFolder folder;
    const asp::jit::Toolchain& toolchain = compiler();
    std::mt19937 random(7);
    for (int round = 0; round < 12; ++round) {
        const pid_t child = testing::start_child([&] {
            KernelCache cache(folder / "cache");
            for (int i = 0;; ++i)
                static_cast<void>(cache.get_or_build(scaling_by(i % 50), toolchain));
            return 0;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 200));
        ::kill(child, SIGKILL);
        CHECK(testing::wait_for(child) == 1000 + SIGKILL);
    }
    expect_sound(folder / "cache");
    for (int i = 0; i < 5; ++i) {
        KernelCache cache(folder / "cache");
        const auto module = module_of(cache.get_or_build(scaling_by(i), toolchain));
        CHECK(scaled(module, 2.0) == 2.0 * i);
        CHECK_FALSE(cache.why_off());
    }
    // What the killed ones left is told from what lives by its lock, once it is a minute old. Their
    // compilers may still be at work there.
    KernelCache cache(folder / "cache");
    CHECK(testing::eventually([&] {
        make_old(folder / "cache/work");
        cache.evict(std::uintmax_t{1} << 30U);
        return fs::is_empty(folder / "cache/work");
    }));
    expect_sound(folder / "cache");
}

TEST_CASE("a sweep leaves alone what is being built") {
    const ScratchFolder folder;
    const auto slow =
        testing::scripted_compiler(folder, "touch \"$here/started\"\nsleep 0.5\nexec " +
                                               compiler().compiler.string() + " \"$@\"");
    const pid_t child = testing::start_child([&] {
        KernelCache cache(folder / "cache");
        const auto module = cache.get_or_build(scaling_by(2), slow);
        return module && !module->provenance().folder.empty() ? 0 : 1;
    });
    CHECK(testing::eventually([&] { return fs::exists(folder / "started"); }));
    make_old(folder / "cache/work");
    KernelCache cache(folder / "cache");
    cache.evict(0);
    CHECK_FALSE(fs::is_empty(folder / "cache/work"));
    CHECK(testing::wait_for(child) == 0);
    CHECK(cache.entries().size() == 1);
}

TEST_CASE("entries may be evicted while others read them") {
    const ScratchFolder folder;
    const asp::jit::Toolchain& toolchain = compiler();
    std::vector<pid_t> children;
    for (int child = 0; child < 3; ++child)
        children.push_back(testing::start_child([&] {
            for (int i = 0; i < 15; ++i) {
                KernelCache cache(folder / "cache");
                const auto module = cache.get_or_build(scaling_by(1 + i % 2), toolchain);
                if (!module || scaled(*module, 2.0) != 2.0 * (1 + i % 2)) return 1;
            }
            return 0;
        }));
    KernelCache cache(folder / "cache");
    for (int i = 0; i < 60; ++i) {
        cache.evict(0);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    for (const pid_t child : children) CHECK(testing::wait_for(child) == 0);
}

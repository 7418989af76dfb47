#include "asp/jit/kernel_cache.hpp"

#include <fcntl.h>

#include <cmath>
#include <set>

#include "asp/jit/detail/testing.hpp"

using asp::jit::CacheSetup;
using asp::jit::CompileFailure;
using asp::jit::CompileOptions;
using asp::jit::KernelCache;
using asp::jit::Module;
using asp::jit::Provenance;
using asp::jit::Source;
using Reason = CompileFailure::Reason;
namespace fs = std::filesystem;
namespace testing = asp::jit::testing;
using testing::compiler;
using testing::failure_of;
using testing::module_of;
using testing::scaled;
using testing::scaling_by;
using testing::ScratchFolder;

namespace {

Provenance::Origin origin_of(const Module& module) {
    return module.provenance().origin;
}

void set_age(const fs::path& path, std::chrono::hours age) {
    const auto now = std::chrono::system_clock::now() - age;
    const timespec time{std::chrono::system_clock::to_time_t(now), 0};
    const timespec times[2] = {time, time};
    ::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

Source broken() {
    return {.text = "int f() { return undeclared; }\n", .name = "broken"};
}

}  // namespace

TEST_CASE("a kernel is compiled once, and comes from disk in the next process") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        const auto module = module_of(cache.get_or_build(scaling_by(2), compiler()));
        CHECK(scaled(module, 4.0) == 8.0);
        CHECK(origin_of(module) == Provenance::Origin::compiled);
        CHECK_FALSE(cache.why_off());
    }
    KernelCache cache(folder / "cache");
    const auto module = module_of(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(origin_of(module) == Provenance::Origin::cache);
    CHECK(scaled(module, 4.0) == 8.0);
    CHECK(module.source() == scaling_by(2).text);
}

TEST_CASE("a kernel that is loaded is not loaded again") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto first = module_of(cache.get_or_build(scaling_by(2), compiler()));
    const auto second = module_of(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(first.symbol("scaled") == second.symbol("scaled"));
    CHECK(origin_of(second) == Provenance::Origin::compiled);
}

TEST_CASE("an entry has its source, its description, the compiler's words and the object") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto module = module_of(cache.get_or_build(scaling_by(2), compiler()));
    const fs::path entry = module.provenance().folder;
    std::set<std::string> files;
    for (const auto& file : fs::directory_iterator(entry)) files.insert(file.path().filename());
    CHECK(files == std::set<std::string>{"build.log", "kernel.so", "meta.json", "source.cpp"});
    CHECK((fs::status(entry).permissions() & fs::perms(0077)) == fs::perms::none);
    CHECK(testing::content_of(entry / "source.cpp") == scaling_by(2).text);
    CHECK(fs::is_empty(folder / "cache" / "work"));
}

TEST_CASE("a source includes the headers that came with it") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    Source source{.text =
                      "#include \"blood/kernels/walls.hpp\"\n"
                      "#include \"asp/kernel/prelude.hpp\"\n"
                      "extern \"C\" __attribute__((visibility(\"default\")))\n"
                      "double scaled(double x) { return asp::sqrt(factor * x); }\n",
                  .headers = {{"blood/kernels/walls.hpp", "constexpr double factor = 4.0;\n"}}};
    for (const auto& header : asp::jit::kernel_headers()) source.headers.push_back(header);
    const auto module = module_of(cache.get_or_build(source, compiler()));
    CHECK(scaled(module, 4.0) == 4.0);
}

TEST_CASE("a kernel that calls exp is linked with it, and one that does not with nothing") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const Source source{.text =
                            "extern \"C\" __attribute__((visibility(\"default\")))\n"
                            "double scaled(double x) { return __builtin_exp(x); }\n"};
    CHECK(scaled(module_of(cache.get_or_build(source, compiler())), 0.0) == 1.0);
}

TEST_CASE("find loads what is there, and compiles nothing") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    CHECK_FALSE(cache.find(scaling_by(2), compiler()));
    {
        const auto built = cache.get_or_build(scaling_by(2), compiler());
        CHECK(built);
    }
    const auto found = cache.find(scaling_by(2), compiler());
    REQUIRE(found);
    CHECK(origin_of(*found) == Provenance::Origin::cache);
}

TEST_CASE("a generated kernel that does not compile is our mistake, and its source is kept") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto failure = failure_of(cache.get_or_build(broken(), compiler()));
    CHECK(failure.reason == Reason::error);
    CHECK(failure.message.starts_with(
        "internal error: a generated kernel does not compile; please report " +
        failure.kept_source.string() + " (source.cpp:1:"));
    CHECK(failure.message.find('\n') == std::string::npos);
    CHECK(failure.log.find("undeclared") != std::string::npos);
    CHECK(testing::content_of(failure.kept_source) == broken().text);
    CHECK(cache.entries().empty());
}

TEST_CASE("a failure is remembered for a week, and can be tried again before") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto first = failure_of(cache.get_or_build(broken(), compiler()));
    const auto second = failure_of(cache.get_or_build(broken(), compiler()));
    CHECK(second.reason == Reason::remembered);
    CHECK(second.message.starts_with("failed on 20"));
    CHECK(second.message.find("and was not tried again: source.cpp:1:") != std::string::npos);
    CHECK(second.kept_source == first.kept_source);
    CompileOptions again;
    again.retry_failed = true;
    CHECK(failure_of(cache.get_or_build(broken(), compiler(), again)).reason == Reason::error);
    CHECK(failure_of(cache.get_or_build(broken(), compiler())).reason == Reason::remembered);
    set_age(first.kept_source.parent_path(), std::chrono::hours(8 * 24));
    CHECK(failure_of(cache.get_or_build(broken(), compiler())).reason == Reason::error);
    CHECK(cache.evict(0) == 0);
    CHECK(fs::exists(first.kept_source));
    set_age(first.kept_source.parent_path(), std::chrono::hours(8 * 24));
    cache.evict(0);
    CHECK_FALSE(fs::exists(first.kept_source));
}

TEST_CASE("a compiler that hangs over a kernel is ended at the limit, and that is remembered") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto hanging =
        testing::scripted_compiler(folder, "echo $$ >> \"$here/processes\"\nsleep 1000");
    CompileOptions options;
    options.time_limit = std::chrono::seconds(1);
    const auto failure = failure_of(cache.get_or_build(scaling_by(2), hanging, options));
    CHECK(failure.reason == Reason::timeout);
    CHECK(failure.message.starts_with(hanging.compiler.string() +
                                      ": took longer than the time limit of 1.000 s"));
    const auto processes = testing::processes_in(folder / "processes");
    REQUIRE(processes.size() == 1);
    CHECK(testing::eventually([&] { return !testing::is_running(processes[0]); }));
    CHECK(failure_of(cache.get_or_build(scaling_by(2), hanging, options)).reason ==
          Reason::remembered);
    CHECK(testing::processes_in(folder / "processes").size() == 1);
}

TEST_CASE("a compiler that crashes on one kernel alone is remembered for that kernel") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto crashing =
        testing::scripted_compiler(folder, "grep -q scaled source.cpp && kill -SEGV $$\nexec " +
                                               compiler().compiler.string() + " \"$@\"");
    const auto failure = failure_of(cache.get_or_build(scaling_by(2), crashing));
    CHECK(failure.reason == Reason::crash);
    CHECK(failure.message.find("was ended by signal 11") != std::string::npos);
    CHECK(failure_of(cache.get_or_build(scaling_by(2), crashing)).reason == Reason::remembered);
}

TEST_CASE("a compiler that stopped working is no compiler, and nothing is remembered") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    for (const char* text : {"echo as: not found; exit 1", "exit 0"}) {
        const auto dead = testing::scripted_compiler(folder, text);
        for (int i = 0; i < 2; ++i)
            CHECK(failure_of(cache.get_or_build(scaling_by(2), dead)).reason ==
                  Reason::no_compiler);
    }
    fs::remove(folder / "compiler");
    auto gone = compiler();
    gone.compiler = folder / "compiler";
    CHECK(failure_of(cache.get_or_build(scaling_by(3), gone)).message ==
          gone.compiler.string() + ": did not start: No such file or directory");
}

TEST_CASE("a compiler that the system kills for lack of memory is not held against the kernel") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto killed = testing::scripted_compiler(folder, "kill -KILL $$");
    for (int i = 0; i < 2; ++i)
        CHECK(failure_of(cache.get_or_build(scaling_by(2), killed)).reason == Reason::killed);
}

TEST_CASE("without a compiler and without a pack there is no kernel, and the cure is named") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const auto failure = failure_of(cache.get_or_build(scaling_by(2), std::nullopt));
    CHECK(failure.reason == Reason::no_compiler);
    CHECK(failure.message.find("ASP_CXX") != std::string::npos);
}

TEST_CASE("the least recently used kernels go first, down to the bytes allowed") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    std::vector<std::string> keys;
    for (int i = 0; i < 4; ++i) {
        const auto module = module_of(cache.get_or_build(scaling_by(i), compiler()));
        keys.push_back(module.provenance().key);
        set_age(module.provenance().folder, std::chrono::hours(10 - i));
    }
    const auto before = cache.entries();
    REQUIRE(before.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(before[i].key == keys[3 - i]);
    CHECK(before[0].name == scaling_by(3).name);
    CHECK(before[0].bytes > 1000);
    CHECK(cache.bytes() == before[0].bytes + before[1].bytes + before[2].bytes + before[3].bytes);
    const auto freed = cache.evict(before[0].bytes + before[1].bytes);
    CHECK(freed == before[2].bytes + before[3].bytes);
    const auto after = cache.entries();
    REQUIRE(after.size() == 2);
    CHECK(after[0].key == keys[3]);
    CHECK(after[1].key == keys[2]);
    CHECK(cache.clear() == after[0].bytes + after[1].bytes);
    CHECK(cache.entries().empty());
    CHECK(fs::is_empty(folder / "cache" / "work"));
}

TEST_CASE("use is written down once a day, not at every load") {
    const ScratchFolder folder;
    const auto age_after_use = [&](std::chrono::hours age) {
        KernelCache cache(folder / "cache");
        const auto entry = cache.entries().at(0).folder;
        set_age(entry, age);
        const auto module = cache.get_or_build(scaling_by(2), compiler());
        CHECK(origin_of(*module) == Provenance::Origin::cache);
        return std::chrono::system_clock::now() - cache.entries().at(0).last_used;
    };
    {
        KernelCache cache(folder / "cache");
        CHECK(cache.get_or_build(scaling_by(2), compiler()));
    }
    CHECK(age_after_use(std::chrono::hours(12)) > std::chrono::hours(11));
    CHECK(age_after_use(std::chrono::hours(48)) < std::chrono::hours(1));
}

TEST_CASE("a cache past its limit sweeps itself, but not twice in an hour") {
    const ScratchFolder folder;
    asp::jit::CacheLimits limits;
    limits.bytes = 1;
    KernelCache cache(folder / "cache", limits);
    const auto first = module_of(cache.get_or_build(scaling_by(1), compiler()));
    CHECK(cache.entries().empty());
    CHECK(scaled(first, 1.0) == 1.0);
    const auto second = module_of(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(cache.entries().size() == 1);
    set_age(folder / "cache" / "sweep.lock", std::chrono::hours(2));
    const auto third = module_of(cache.get_or_build(scaling_by(3), compiler()));
    CHECK(cache.entries().empty());
}

TEST_CASE("the cache is where the environment says") {
    const ScratchFolder folder;
    const auto folder_in = [](const testing::Environment&) {
        // Asked in a child: the cache of a process is opened once.
        return testing::wait_for(testing::start_child(
            [] { return KernelCache::process().folder() == std::getenv("EXPECTED") ? 0 : 1; }));
    };
    const std::string path = folder.path().string();
    CHECK(folder_in(testing::Environment{
              {{"ASP_CACHE_DIR", path + "/a"}, {"EXPECTED", path + "/a"}}}) == 0);
    CHECK(folder_in(testing::Environment{{{"ASP_CACHE_DIR", std::nullopt},
                                          {"XDG_CACHE_HOME", path + "/b"},
                                          {"EXPECTED", path + "/b/asp"}}}) == 0);
    CHECK(folder_in(testing::Environment{{{"ASP_CACHE_DIR", std::nullopt},
                                          {"XDG_CACHE_HOME", std::nullopt},
                                          {"HOME", path},
                                          {"EXPECTED", path + "/.cache/asp"}}}) == 0);
}

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "asp/jit/detail/testing.hpp"

// What a disk, a neighbour or an administrator can do to a cache folder.

using asp::jit::CacheSetup;
using asp::jit::CompileFailure;
using asp::jit::KernelCache;
using asp::jit::Provenance;
using asp::jit::Toolchain;
using Reason = CompileFailure::Reason;
namespace fs = std::filesystem;
namespace testing = asp::jit::testing;
using testing::compiler;
using testing::failure_of;
using testing::module_of;
using testing::scaled;
using testing::scaling_by;
using testing::ScratchFolder;
using testing::Warnings;

namespace {

/// Builds one kernel, lets `damage` loose on its entry, and asks for it again.
void expect_rebuilt(const std::function<void(const fs::path& entry)>& damage) {
    const ScratchFolder folder;
    fs::path entry;
    {
        KernelCache cache(folder / "cache");
        entry = module_of(cache.get_or_build(scaling_by(2), compiler())).provenance().folder;
    }
    damage(entry);
    {
        KernelCache cache(folder / "cache");
        CHECK_FALSE(cache.find(scaling_by(2), compiler()));
        const auto module = module_of(cache.get_or_build(scaling_by(2), compiler()));
        CHECK(module.provenance().origin == Provenance::Origin::compiled);
        CHECK(scaled(module, 4.0) == 8.0);
        CHECK_FALSE(cache.why_off());
    }
    KernelCache cache(folder / "cache");
    const auto again = module_of(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(again.provenance().origin == Provenance::Origin::cache);
    CHECK(fs::is_empty(folder / "cache" / "work"));
}

/// A cache that does not take entries: still gives kernels, and says once why.
void expect_off(const fs::path& folder, const std::string& reason) {
    Warnings warnings;
    KernelCache cache({.folder = folder, .warn = warnings.sink()});
    for (int i = 2; i < 4; ++i) {
        const auto module = module_of(cache.get_or_build(scaling_by(i), compiler()));
        CHECK(module.provenance().origin == Provenance::Origin::compiled);
        CHECK(module.provenance().folder.empty());
        CHECK(scaled(module, 4.0) == 4.0 * i);
    }
    REQUIRE(warnings.lines.size() == 1);
    CHECK(warnings.lines[0] == "asp: kernels are not cached: " + reason);
    CHECK(cache.why_off() == reason);
    CHECK(cache.entries().empty());
}

bool is_root() {
    return ::geteuid() == 0;
}
constexpr uid_t nobody = 65534;

}  // namespace

TEST_CASE("a truncated object is rebuilt, never loaded") {
    expect_rebuilt([](const fs::path& entry) {
        fs::resize_file(entry / "kernel.so", fs::file_size(entry / "kernel.so") / 2);
    });
    expect_rebuilt([](const fs::path& entry) { fs::resize_file(entry / "kernel.so", 0); });
}

TEST_CASE("an object with one bit changed is rebuilt, never loaded") {
    expect_rebuilt([](const fs::path& entry) {
        std::fstream file(entry / "kernel.so", std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(200);
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(200);
        file.put(byte);
    });
}

TEST_CASE("an entry that lost a file is rebuilt") {
    for (const char* name : {"kernel.so", "meta.json", "source.cpp"})
        expect_rebuilt([&](const fs::path& entry) { fs::remove(entry / name); });
}

TEST_CASE("an entry with a description that is none is rebuilt") {
    for (const char* text : {"", "{", "[]", "{\"format\": 1}", "{\"format\": 2}"})
        expect_rebuilt([&](const fs::path& entry) { std::ofstream(entry / "meta.json") << text; });
}

TEST_CASE("an entry under another kernel's key is rebuilt, though its checksum is right") {
    const ScratchFolder folder;
    fs::path two, three;
    {
        KernelCache cache(folder / "cache");
        two = module_of(cache.get_or_build(scaling_by(2), compiler())).provenance().folder;
        three = module_of(cache.get_or_build(scaling_by(3), compiler())).provenance().folder;
    }
    fs::remove_all(two);
    fs::rename(three, two);
    KernelCache cache(folder / "cache");
    CHECK(scaled(module_of(cache.get_or_build(scaling_by(2), compiler())), 4.0) == 8.0);
}

TEST_CASE("a link in place of an entry is not followed, and what it points to stays") {
    const ScratchFolder elsewhere;
    elsewhere.write("precious", "text");
    expect_rebuilt([&](const fs::path& entry) {
        fs::remove_all(entry);
        fs::create_directory_symlink(elsewhere.path(), entry);
    });
    CHECK(testing::content_of(elsewhere / "precious") == "text");
}

TEST_CASE("a link in place of an object is not followed") {
    const ScratchFolder elsewhere;
    expect_rebuilt([&](const fs::path& entry) {
        fs::rename(entry / "kernel.so", elsewhere / "kernel.so");
        fs::create_symlink(elsewhere / "kernel.so", entry / "kernel.so");
    });
    CHECK(fs::exists(elsewhere / "kernel.so"));
}

TEST_CASE("a file, or a pipe, in place of what should be there is replaced") {
    expect_rebuilt([](const fs::path& entry) {
        fs::remove_all(entry);
        std::ofstream(entry) << "not a folder";
    });
    expect_rebuilt([](const fs::path& entry) {
        fs::remove(entry / "kernel.so");
        ::mkfifo((entry / "kernel.so").c_str(), 0600);
    });
}

TEST_CASE("an object that others could have written to is rebuilt") {
    expect_rebuilt(
        [](const fs::path& entry) { fs::permissions(entry / "kernel.so", fs::perms(0666)); });
    expect_rebuilt([](const fs::path& entry) { fs::permissions(entry, fs::perms(0777)); });
}

TEST_CASE("a folder that others can write to is not used, and the cure is named") {
    const ScratchFolder folder;
    const fs::path path = folder / "cache";
    fs::create_directory(path);
    for (const mode_t mode : {0777U, 0770U, 01777U}) {
        ::chmod(path.c_str(), mode);
        char octal[8];
        std::snprintf(octal, sizeof octal, "%04o", mode);
        expect_off(path, path.string() + ": others can write to it (mode " + octal +
                             "); mend with: chmod go-w " + path.string());
    }
    CHECK(fs::is_empty(path));
}

TEST_CASE("a folder whose parent others can write to is not used") {
    const ScratchFolder folder;
    const fs::path parent = folder / "open";
    fs::create_directory(parent);
    ::chmod(parent.c_str(), 0777);
    expect_off(parent / "cache",
               parent.string() + ": others can write to it (mode 0777); mend with: chmod go-w " +
                   parent.string());
}

TEST_CASE("a folder of somebody else is not used") {
    if (!is_root()) {
        WARN("skipped: only root can give a folder away");
        return;
    }
    const ScratchFolder folder;
    const fs::path path = folder / "cache";
    fs::create_directory(path);
    REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
    expect_off(path, path.string() +
                         ": belongs to user 65534, who could put code into it; use a folder of "
                         "your own");
}

TEST_CASE("a place where no folder can be made turns caching off") {
    const ScratchFolder folder;
    folder.write("file", "");
    expect_off(folder / "file/cache",
               (folder / "file/cache").string() + ": cannot create the folder: Not a directory");
    expect_off(folder / "file", (folder / "file").string() + ": is no folder");
    expect_off("relative/cache", "relative/cache: expected an absolute path; see ASP_CACHE_DIR");
    expect_off("", "there is no home folder; set ASP_CACHE_DIR");
}

TEST_CASE("a folder behind a link is used, if it is safe where it really is") {
    const ScratchFolder folder;
    fs::create_directory(folder / "real");
    fs::create_directory_symlink(folder / "real", folder / "link");
    KernelCache cache(folder / "link");
    CHECK(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(cache.entries().size() == 1);
}

TEST_CASE("a folder that became read-only still gives what it has, and takes no more") {
    const ScratchFolder folder;
    const Toolchain& toolchain = compiler();
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "home");
    if (is_root()) REQUIRE(::chown((folder / "home").c_str(), nobody, nobody) == 0);
    // Root may write anywhere; so a child becomes somebody else.
    const auto code = testing::wait_for(testing::start_child([&] {
        if (is_root() && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 50;
        const fs::path path = folder / "home" / "cache";
        {
            KernelCache cache(path);
            if (!cache.get_or_build(scaling_by(2), toolchain)) return 1;
        }
        for (const char* name : {"kernels", "failed", "work", "locks", ""})
            ::chmod((path / name).c_str(), 0500);
        Warnings warnings;
        KernelCache cache({.folder = path, .warn = warnings.sink()});
        const auto old = cache.get_or_build(scaling_by(2), toolchain);
        if (!old || old->provenance().origin != Provenance::Origin::cache) return 2;
        const auto fresh = cache.get_or_build(scaling_by(3), toolchain);
        if (!fresh || scaled(*fresh, 2.0) != 6.0) return 3;
        if (!fresh->provenance().folder.empty()) return 4;
        if (warnings.lines.size() != 1) return 5;
        return warnings.lines[0].find("Permission denied") == std::string::npos ? 6 : 0;
    }));
    CHECK(code == 0);
}

TEST_CASE("a full disk under the cache turns caching off, and the compile goes on elsewhere") {
    const ScratchFolder folder;
    const Toolchain& toolchain = compiler();
    fs::create_directory(folder / "disk");
    const auto code = testing::wait_for(testing::start_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", (folder / "disk").c_str(), "tmpfs", 0, "size=16k,mode=0700") != 0)
            return 77;
        Warnings warnings;
        KernelCache cache({.folder = folder / "disk", .warn = warnings.sink()});
        for (int i = 2; i < 5; ++i) {
            const auto module = cache.get_or_build(scaling_by(i), toolchain);
            if (!module || scaled(*module, 2.0) != 2.0 * i) return 1;
        }
        if (warnings.lines.size() != 1) return 2;
        if (warnings.lines[0].find("No space left on device") == std::string::npos) return 3;
        // Nothing half-written is left, and nothing was taken for the kernel's fault.
        if (!fs::is_empty(folder / "disk/work") || !fs::is_empty(folder / "disk/failed")) return 4;
        return 0;
    }));
    if (code == 77)
        WARN("skipped: this user cannot mount a small disk");
    else
        CHECK(code == 0);
}

TEST_CASE("where no file can be written at all there is no kernel, and nothing is remembered") {
    const ScratchFolder folder;
    const Toolchain& toolchain = compiler();
    const auto code = testing::wait_for(testing::start_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{2000, 2000};
        Warnings warnings;
        KernelCache cache({.folder = folder / "cache", .warn = warnings.sink()});
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto failed = cache.get_or_build(scaling_by(2), toolchain);
        if (failed || failed.error().reason != Reason::unusable_cache) return 1;
        if (warnings.lines.size() != 1) return 2;
        return fs::is_empty(folder / "cache/failed") && fs::is_empty(folder / "cache/work") ? 0 : 3;
    }));
    CHECK(code == 0);
}

TEST_CASE("an entry that the system cannot read is left alone") {
    const ScratchFolder folder;
    const Toolchain& toolchain = compiler();
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "home");
    if (is_root()) REQUIRE(::chown((folder / "home").c_str(), nobody, nobody) == 0);
    const auto code = testing::wait_for(testing::start_child([&] {
        if (is_root() && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 50;
        const fs::path path = folder / "home" / "cache";
        fs::path object;
        {
            KernelCache cache(path);
            const auto module = cache.get_or_build(scaling_by(2), toolchain);
            if (!module) return 1;
            object = module->provenance().folder / "kernel.so";
        }
        const auto before = fs::last_write_time(object);
        ::chmod(object.c_str(), 0000);
        KernelCache cache(path);
        const auto module = cache.get_or_build(scaling_by(2), toolchain);
        if (!module || scaled(*module, 2.0) != 4.0) return 2;
        if (module->provenance().origin != Provenance::Origin::compiled) return 3;
        return fs::last_write_time(object) == before ? 0 : 4;
    }));
    CHECK(code == 0);
}

TEST_CASE("a temporary folder in which others could rename is passed over") {
    const ScratchFolder folder;
    fs::create_directory(folder / "open");
    ::chmod((folder / "open").c_str(), 0777);
    const testing::Environment environment{{{"TMPDIR", (folder / "open").string()}}};
    Warnings warnings;
    KernelCache cache({.folder = "", .warn = warnings.sink()});
    CHECK(cache.get_or_build(scaling_by(2), compiler()));
    CHECK(fs::is_empty(folder / "open"));
}

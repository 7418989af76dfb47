#include "asp/jit/pack.hpp"

#include "asp/base/error.hpp"
#include "asp/jit/detail/testing.hpp"

using asp::BackendError;
using asp::InputError;
using asp::jit::CacheSetup;
using asp::jit::CompileOptions;
using asp::jit::export_pack;
using asp::jit::host_instruction_set;
using asp::jit::instruction_set_of_level;
using asp::jit::KernelCache;
using asp::jit::list_pack;
using asp::jit::Provenance;
using asp::testing::message_of;
namespace fs = std::filesystem;
namespace testing = asp::jit::testing;
using testing::compiler;
using testing::module_of;
using testing::scaled;
using testing::scaling_by;
using testing::ScratchFolder;

namespace {

/// Builds a kernel for some instruction set (empty: this machine's), and gives its key.
std::string build(KernelCache& cache, double factor, const std::string& level = {}) {
    CompileOptions options;
    if (!level.empty()) options.instruction_set = instruction_set_of_level(level);
    return module_of(cache.get_or_build(scaling_by(factor), compiler(), options)).provenance().key;
}

}  // namespace

TEST_CASE("a machine without a compiler runs what was packed on another") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        CHECK(export_pack(cache, {build(cache, 2), build(cache, 3)}, folder / "pack") == 2);
    }
    testing::Warnings warnings;
    KernelCache cache(
        {.folder = folder / "empty", .pack = folder / "pack", .warn = warnings.sink()});
    const auto module = module_of(cache.get_or_build(scaling_by(2), std::nullopt));
    CHECK(module.provenance().origin == Provenance::Origin::pack);
    CHECK(scaled(module, 4.0) == 8.0);
    CHECK(cache.find(scaling_by(3), std::nullopt));
    CHECK_FALSE(cache.find(scaling_by(4), std::nullopt));
    CHECK(warnings.lines.empty());
    CHECK(cache.entries().empty());
}

TEST_CASE("a pack with several instruction sets gives the best that runs") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        export_pack(cache,
                    {build(cache, 2, "x86-64"), build(cache, 2, "x86-64-v4"), build(cache, 2)},
                    folder / "pack");
        export_pack(cache, {build(cache, 2, "x86-64-v2")}, folder / "pack");
    }
    CHECK(list_pack(folder / "pack").size() == 4);
    KernelCache cache({.folder = folder / "empty", .pack = folder / "pack"});
    const auto instruction_set = [&](const std::string& level) {
        CompileOptions options;
        options.instruction_set = instruction_set_of_level(level);
        return module_of(cache.get_or_build(scaling_by(2), std::nullopt, options))
            .provenance()
            .instruction_set;
    };
    CHECK(instruction_set("x86-64") == "x86-64");
    CHECK(instruction_set("x86-64-v2") == "x86-64-v2");
    CHECK(instruction_set("x86-64-v3") ==
          (runs_on(host_instruction_set(), instruction_set_of_level("x86-64-v3"))
               ? name_of(host_instruction_set())
               : "x86-64-v2"));
    CHECK(module_of(cache.get_or_build(scaling_by(2), std::nullopt)).provenance().instruction_set ==
          name_of(host_instruction_set()));
}

TEST_CASE("with a compiler, a pack made for this very machine saves the compile") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        export_pack(cache, {build(cache, 2), build(cache, 3, "x86-64")}, folder / "pack");
    }
    KernelCache cache({.folder = folder / "other", .pack = folder / "pack"});
    CHECK(module_of(cache.get_or_build(scaling_by(2), compiler())).provenance().origin ==
          Provenance::Origin::pack);
    if (host_instruction_set().level != "x86-64")
        CHECK(module_of(cache.get_or_build(scaling_by(3), compiler())).provenance().origin ==
              Provenance::Origin::compiled);
}

TEST_CASE("a compiler that stopped working falls back on the pack") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        export_pack(cache, {build(cache, 2, "x86-64")}, folder / "pack");
    }
    KernelCache cache({.folder = folder / "other", .pack = folder / "pack"});
    const auto dead = testing::scripted_compiler(folder, "exit 1");
    const auto module = module_of(cache.get_or_build(scaling_by(2), dead));
    CHECK(module.provenance().instruction_set == "x86-64");
}

TEST_CASE("a damaged entry of a pack is passed over with one line, and left as it is") {
    const ScratchFolder folder;
    std::string key;
    {
        KernelCache cache(folder / "cache");
        key = build(cache, 2);
        export_pack(cache, {key}, folder / "pack");
    }
    fs::resize_file(folder / "pack" / key / "kernel.so", 100);
    testing::Warnings warnings;
    KernelCache cache(
        {.folder = folder / "empty", .pack = folder / "pack", .warn = warnings.sink()});
    for (int i = 0; i < 2; ++i) CHECK_FALSE(cache.find(scaling_by(2), std::nullopt));
    REQUIRE(warnings.lines.size() == 1);
    CHECK(warnings.lines[0] == "asp: an entry of the pack " + (folder / "pack").string() +
                                   " is not used: " + key +
                                   ": kernel.so does not match its checksum");
    CHECK(fs::file_size(folder / "pack" / key / "kernel.so") == 100);
}

TEST_CASE("a pack that others can write to is not used") {
    const ScratchFolder folder;
    {
        KernelCache cache(folder / "cache");
        export_pack(cache, {build(cache, 2)}, folder / "pack");
    }
    ::chmod((folder / "pack").c_str(), 0777);
    testing::Warnings warnings;
    KernelCache cache(
        {.folder = folder / "empty", .pack = folder / "pack", .warn = warnings.sink()});
    CHECK_FALSE(cache.find(scaling_by(2), std::nullopt));
    REQUIRE(warnings.lines.size() == 1);
    CHECK(warnings.lines[0].starts_with(
        "asp: the pack of kernels is not used: " + (folder / "pack").string() +
        ": others can write to it (mode 0777)"));
}

TEST_CASE("what is no pack, and what is not in the cache, is refused by name") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    CHECK(message_of<InputError>([&] { list_pack(folder.path()); }) ==
          folder.path().string() + ": is no pack: index.json: No such file or directory");
    CHECK(message_of<InputError>([&] { list_pack(folder / "missing"); }) ==
          (folder / "missing").string() + ": No such file or directory");
    CHECK(message_of<InputError>([&] { export_pack(cache, {"0123"}, folder / "pack"); }) ==
          "no kernel to pack: 0123: No such file or directory");
    folder.write("file", "");
    CHECK(message_of<BackendError>([&] {
              export_pack(cache, {}, folder / "file");
          }).starts_with((folder / "file").string()));
}

#include "asp/jit/compile.hpp"

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/jit/detail/testing.hpp"

using asp::InputError;
using asp::jit::compile_flags;
using asp::jit::CompileOptions;
using asp::jit::Header;
using asp::jit::instruction_set_of_level;
using asp::jit::kernel_key;
using asp::jit::KernelCache;
using asp::jit::Source;
using asp::jit::source_key;
using asp::jit::Toolchain;
using asp::jit::ToolchainKind;
using asp::testing::message_of;
namespace testing = asp::jit::testing;

namespace {

const Toolchain some_gcc{.kind = ToolchainKind::gcc,
                         .compiler = "/usr/bin/g++",
                         .version = "g++ 12",
                         .machine = "x86_64-linux-gnu",
                         .tune = "znver4",
                         .identity = "gcc"};

Source some_source() {
    return {.text = "text",
            .headers = {{"a/one.hpp", "1"}, {"a/two.hpp", "2"}},
            .extra_flags = {"-DX"},
            .name = "name"};
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("a key covers text, headers, flags, options, compiler and instruction set") {
    const Source source = some_source();
    const CompileOptions options;
    std::vector<std::string> keys{kernel_key(source, some_gcc, options)};
    const auto changed = [&](auto change) {
        Source other = some_source();
        Toolchain toolchain = some_gcc;
        CompileOptions other_options;
        change(other, toolchain, other_options);
        keys.push_back(kernel_key(other, toolchain, other_options));
    };
    changed([](Source& s, Toolchain&, CompileOptions&) { s.text = "text "; });
    changed([](Source& s, Toolchain&, CompileOptions&) { s.headers[0].text = "1 "; });
    changed([](Source& s, Toolchain&, CompileOptions&) { s.headers[0].path = "a/other.hpp"; });
    changed([](Source& s, Toolchain&, CompileOptions&) { s.headers.pop_back(); });
    changed([](Source& s, Toolchain&, CompileOptions&) { s.extra_flags = {"-DY"}; });
    changed([](Source& s, Toolchain&, CompileOptions&) { s.extra_flags = {"-D", "X"}; });
    changed([](Source&, Toolchain& t, CompileOptions&) { t.identity = "another"; });
    changed([](Source&, Toolchain& t, CompileOptions&) { t.kind = ToolchainKind::clang; });
    changed([](Source&, Toolchain& t, CompileOptions&) { t.tune = "znver3"; });
    changed([](Source&, Toolchain& t, CompileOptions&) { t.machine = "x86_64-linux-musl"; });
    changed([](Source&, Toolchain&, CompileOptions& o) { o.optimization = 2; });
    changed([](Source&, Toolchain&, CompileOptions& o) { o.contract = false; });
    changed([](Source&, Toolchain&, CompileOptions& o) {
        o.instruction_set = instruction_set_of_level("x86-64-v2");
    });
    for (const std::string& key : keys) CHECK(key.size() == 64);
    std::sort(keys.begin(), keys.end());
    CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("a key does not depend on the name, the order of headers, limits, or where g++ lies") {
    const std::string key = kernel_key(some_source(), some_gcc, {});
    Source source = some_source();
    std::swap(source.headers[0], source.headers[1]);
    source.name = "another name";
    Toolchain toolchain = some_gcc;
    toolchain.compiler = "/opt/bin/g++";
    CompileOptions options;
    options.time_limit = std::chrono::seconds(1);
    options.low_priority = true;
    CHECK(kernel_key(source, toolchain, options) == key);
}

TEST_CASE("text cannot pass from one field of a key to the next") {
    Source a{.text = "ab", .headers = {{"c", "d"}}}, b{.text = "a", .headers = {{"bc", "d"}}};
    CHECK(source_key(a, {}) != source_key(b, {}));
    Source c{.text = "t", .headers = {{"c", "de"}}}, d{.text = "t", .headers = {{"cd", "e"}}};
    CHECK(source_key(c, {}) != source_key(d, {}));
}

TEST_CASE("a source key needs no compiler and no processor") {
    CompileOptions options;
    const std::string key = source_key(some_source(), options);
    options.instruction_set = instruction_set_of_level("x86-64-v2");
    CHECK(source_key(some_source(), options) == key);
    options.contract = false;
    CHECK(source_key(some_source(), options) != key);
}

TEST_CASE("flags name the instruction set, and never flush subnormal numbers") {
    for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
        CompileOptions options;
        options.instruction_set = instruction_set_of_level(level);
        const auto flags = compile_flags(some_gcc, some_source(), options);
        CHECK(contains(flags, std::string("-march=") + level));
        CHECK(contains(flags, "-mtune=generic"));
        CHECK(contains(flags, "-DX"));
        for (const std::string& flag : flags) {
            CHECK(flag.find("native") == flag.npos);
            CHECK(flag.find("fast-math") == flag.npos);
            CHECK(flag.find('/') == flag.npos);
        }
    }
    CHECK(contains(compile_flags(some_gcc, {}, {}), "-ffp-contract=fast"));
    CompileOptions strict;
    strict.contract = false;
    CHECK(contains(compile_flags(some_gcc, {}, strict), "-ffp-contract=off"));
}

TEST_CASE("a header whose path leaves its folder is refused before anything is written") {
    const testing::ScratchFolder folder;
    KernelCache cache(folder / "cache");
    for (const char* path : {"../x.hpp", "/tmp/x.hpp", "a/../../x.hpp", "a/./x.hpp", "", "a/"}) {
        Source source = testing::scaling_by(1);
        source.headers = {{path, ""}};
        CHECK(message_of<InputError>(
                  [&] { static_cast<void>(cache.get_or_build(source, testing::compiler())); }) ==
              "header path '" + std::string(path) + "': expected a relative path without . or ..");
    }
    CHECK(cache.entries().empty());
}

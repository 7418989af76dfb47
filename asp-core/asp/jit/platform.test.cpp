#include "asp/jit/platform.hpp"

#include <unistd.h>

#include "asp/jit/detail/testing.hpp"

using asp::jit::measure_platform;
using asp::jit::Platform;
using asp::jit::to_json;

TEST_CASE("the platform names the processor, its caches, its harts and the compiler") {
    const auto& compiler = asp::jit::testing::compiler();
    const Platform platform = measure_platform(compiler);
    CHECK_FALSE(platform.processor.empty());
    CHECK(platform.harts >= 1);
    CHECK(platform.page_bytes == static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
    CHECK(platform.compiler == compiler.version);
    CHECK(platform.compiler_identity == compiler.identity);
    CHECK(platform.instruction_set == asp::jit::host_instruction_set());
}

TEST_CASE("the same machine has the same identity, and another compiler or hart another one") {
    const Platform platform = measure_platform(asp::jit::testing::compiler());
    CHECK(platform.id() == measure_platform(asp::jit::testing::compiler()).id());
    CHECK(platform.id().size() == 64);
    CHECK(platform.id() != measure_platform(std::nullopt).id());
    Platform other = platform;
    ++other.harts;
    CHECK(other.id() != platform.id());
    CHECK(to_json(platform).starts_with("{\"compiler\":"));
}

#include "asp/jit/module.hpp"

#include <cfenv>

#include "asp/base/error.hpp"
#include "asp/jit/detail/loaded_module.hpp"
#include "asp/jit/detail/testing.hpp"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

using asp::BackendError;
using asp::jit::KernelCache;
using asp::jit::Module;
using asp::jit::Source;
using asp::jit::detail::LoadedObject;
using asp::testing::message_of;
namespace testing = asp::jit::testing;
using testing::ScratchFolder;

TEST_CASE("a module tells what it was made of") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    const Source source = testing::scaling_by(2);
    const Module module = testing::module_of(cache.get_or_build(source, testing::compiler()));
    CHECK(module.source() == source.text);
    CHECK(module.provenance().name == source.name);
    CHECK(module.provenance().compiler == testing::compiler().version);
    CHECK(module.provenance().compile_seconds > 0.0);
    CHECK(module.provenance().folder == folder / "cache" / "kernels" / module.provenance().key);
    CHECK(message_of<BackendError>([&] { static_cast<void>(module.symbol("missing")); }) ==
          "the kernel '" + source.name + "' has no function 'missing'");
}

TEST_CASE("modules of unlike content have unlike functions, also when a descriptor is used again") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    // Each is unloaded before the next is loaded: the number of its descriptor is free again.
    for (int round = 0; round < 2; ++round)
        for (int factor = 1; factor <= 4; ++factor) {
            const auto module = testing::module_of(
                cache.get_or_build(testing::scaling_by(factor), testing::compiler()));
            CHECK(testing::scaled(module, 10.0) == 10.0 * factor);
        }
    const auto one =
        testing::module_of(cache.get_or_build(testing::scaling_by(1), testing::compiler()));
    const auto two =
        testing::module_of(cache.get_or_build(testing::scaling_by(2), testing::compiler()));
    CHECK(one.symbol("scaled") != two.symbol("scaled"));
    CHECK(testing::scaled(one, 3.0) == 3.0);
    CHECK(testing::scaled(two, 3.0) == 6.0);
}

TEST_CASE("an object that the loader keeps for ever does not take the next one's place") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    for (int number = 1; number <= 3; ++number) {
        Source source = testing::scaling_by(number);
        // A unique symbol: g++ marks it so that it is never unloaded.
        source.extra_flags = {"-fgnu-unique", "-fvisibility=default"};
        source.text +=
            "template <class T> struct S { static inline int calls = 0; };\n"
            "extern \"C\" int count() { return ++S<int>::calls; }\n";
        const auto module = testing::module_of(cache.get_or_build(source, testing::compiler()));
        CHECK(testing::scaled(module, 10.0) == 10.0 * number);
    }
}

TEST_CASE("the code stays loaded while a copy of its module lives") {
    const ScratchFolder folder;
    std::optional<Module> copy;
    {
        KernelCache cache(folder / "cache");
        const auto module =
            testing::module_of(cache.get_or_build(testing::scaling_by(5), testing::compiler()));
        copy = module;
    }
    CHECK(testing::scaled(*copy, 2.0) == 10.0);
}

TEST_CASE("loading a module leaves the floating-point environment as it was") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    Source source = testing::scaling_by(1.5);
    // Even so: nothing that would set the modes is linked.
    source.extra_flags = {"-ffast-math"};
    const double tiny = 1e-310;
    volatile double subnormal = tiny;
#if defined(__SSE__)
    const unsigned before = _mm_getcsr();
#endif
    const int rounding = std::fegetround();
    const auto module = testing::module_of(cache.get_or_build(source, testing::compiler()));
#if defined(__SSE__)
    CHECK((_mm_getcsr() & 0xffc0U) == (before & 0xffc0U));
#endif
    CHECK(std::fegetround() == rounding);
    CHECK(subnormal * 0.5 != 0.0);
    CHECK(testing::scaled(module, 2.0) == 3.0);
}

#if defined(__SSE__)
TEST_CASE("an object that changes the floating-point environment is refused, and it is put back") {
    const ScratchFolder folder;
    KernelCache cache(folder / "cache");
    Source source = testing::scaling_by(1.25);
    source.text +=
        "__attribute__((constructor)) static void flush() {\n"
        "    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);\n}\n";
    const unsigned before = _mm_getcsr() & 0xffc0U;
    const auto failure = testing::failure_of(cache.get_or_build(source, testing::compiler()));
    CHECK((_mm_getcsr() & 0xffc0U) == before);
    CHECK(failure.message.find("changes how floating-point numbers are rounded") !=
          std::string::npos);
    CHECK(cache.entries().empty());
}
#endif

TEST_CASE("bytes that are no object do not load") {
    CHECK_FALSE(LoadedObject::load("not an object"));
    CHECK_FALSE(LoadedObject::load(""));
}

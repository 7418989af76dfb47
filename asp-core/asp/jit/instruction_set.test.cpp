#include "asp/jit/instruction_set.hpp"

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"

using asp::InputError;
using asp::jit::host_instruction_set;
using asp::jit::instruction_set_from;
using asp::jit::instruction_set_of_level;
using asp::jit::InstructionSet;
using asp::jit::name_of;
using asp::jit::runs_on;
using asp::jit::vector_width;
using asp::testing::message_of;

namespace {
const std::string v2 = "fpu sse sse2 cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
const std::string v3 = v2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
const std::string v4 = v3 + " avx512f avx512bw avx512cd avx512dq avx512vl";
}  // namespace

TEST_CASE("a processor has the highest level of which it has every feature") {
    CHECK(instruction_set_from("x86_64", "fpu sse sse2").level == "x86-64");
    CHECK(instruction_set_from("x86_64", v2) == InstructionSet{"x86_64", "x86-64-v2", {}});
    CHECK(instruction_set_from("x86_64", v3) == InstructionSet{"x86_64", "x86-64-v3", {}});
    CHECK(instruction_set_from("x86_64", v4) == InstructionSet{"x86_64", "x86-64-v4", {}});
}

TEST_CASE("features beyond an incomplete level are named one by one") {
    const auto set = instruction_set_from("x86_64", v2 + " avx fma avx512f");
    CHECK(set.level == "x86-64-v2");
    CHECK(set.features == std::vector<std::string>{"avx", "avx512f", "fma"});
    CHECK(name_of(set) == "x86-64-v2+avx+avx512f+fma");
}

TEST_CASE("another architecture gets its baseline") {
    const auto set = instruction_set_from("aarch64", "fp asimd sve");
    CHECK(set.level.empty());
    CHECK(set.features.empty());
    CHECK(name_of(set) == "aarch64");
    CHECK_FALSE(runs_on(set, instruction_set_of_level("x86-64-v4")));
}

TEST_CASE("code runs where each of its instructions is known") {
    const auto low = instruction_set_of_level("x86-64-v2");
    const auto high = instruction_set_of_level("x86-64-v3");
    const auto between = instruction_set_from("x86_64", v2 + " avx");
    CHECK(runs_on(low, high));
    CHECK(runs_on(low, low));
    CHECK_FALSE(runs_on(high, low));
    CHECK(runs_on(between, high));
    CHECK_FALSE(runs_on(between, low));
    CHECK_FALSE(runs_on(high, between));
}

TEST_CASE("the vector width follows from the features") {
    CHECK(vector_width(instruction_set_of_level("x86-64-v2")) == 2);
    CHECK(vector_width(instruction_set_of_level("x86-64-v3")) == 4);
    CHECK(vector_width(instruction_set_of_level("x86-64-v4")) == 8);
}

TEST_CASE("a level that there is not is refused with those that there are") {
    CHECK(message_of<InputError>([] { instruction_set_of_level("avx9"); }) ==
          "instruction set 'avx9': expected x86-64, x86-64-v2, x86-64-v3 or x86-64-v4");
}

TEST_CASE("this machine's instruction set runs on this machine") {
    CHECK(runs_on(host_instruction_set(), host_instruction_set()));
#if defined(__AVX2__)
    CHECK(runs_on(instruction_set_of_level("x86-64-v3"), host_instruction_set()));
#endif
}

#include "asp/specialize/specialization.hpp"

#include "asp/base/testing.hpp"

using namespace asp;

namespace {

Specialization scaling(const std::string& factor, Target target) {
    Specialization s{"scaling", 3};
    s.title = {"y = " + factor + " x"};
    s.includes = {"asp/kernel/prelude.hpp"};
    s.definitions = "constexpr double factor = " + factor + ";\n";
    s.call = "scale(factor, arguments, lo, hi)";
    s.target = target;
    return s;
}

}  // namespace

TEST_CASE("a translation unit says what it is and has one entry") {
    REQUIRE(translation_unit(scaling("2.0", Target::cpu)) ==
            R"(// specialization: scaling 3, target = C++, text 1
// y = 2.0 x
#include "asp/kernel/arguments.hpp"
#include "asp/kernel/prelude.hpp"

namespace {

constexpr double factor = 2.0;

}  // namespace

extern "C" __attribute__((visibility("default"))) int asp_entry(
    const asp::Arguments& arguments, long lo, long hi) {
    return scale(factor, arguments, lo, hi);
}
)");
}

TEST_CASE("on CUDA each thread takes indices of its own") {
    const std::string text = translation_unit(scaling("2.0", Target::cuda));
    const std::string entry = text.substr(text.find("extern"));
    REQUIRE(
        entry ==
        R"(extern "C" __global__ void asp_entry(asp::Arguments arguments, long first, long last) {
    const long stride = long(gridDim.x) * blockDim.x;
    for (long lo = first + long(blockIdx.x) * blockDim.x + threadIdx.x; lo < last;
         lo += stride) {
        const long hi = lo + 1;
        scale(factor, arguments, lo, hi);
    }
}
)");
}

TEST_CASE("variants in one text have names of their own") {
    const std::vector<Specialization> variants{scaling("2.0", Target::cpu),
                                               scaling("3.0", Target::cpu)};
    const std::string text = translation_unit(variants);
    for (const char* const part :
         {"namespace variant_0 {", "namespace variant_1 {", "int asp_entry_0(", "int asp_entry_1("})
        REQUIRE(text.find(part) != std::string::npos);
}

TEST_CASE("a title cannot leave its comment") {
    Specialization s = scaling("2.0", Target::cpu);
    s.title = {"first\nint second; \\\nint third; \?\?/\nint fourth;"};
    const std::string text = translation_unit(s);
    for (const char* const word : {"second", "third", "fourth"}) {
        const std::size_t at = text.find(word);
        REQUIRE(at != std::string::npos);
        REQUIRE(text.compare(text.rfind('\n', at) + 1, 3, "// ") == 0);
        const std::size_t end = text.find('\n', at);
        REQUIRE(text[end - 1] != '\\');
        REQUIRE(text.substr(end - 3, 3) != "\?\?/");
    }
}

TEST_CASE("a source names its variants' headers once") {
    Specialization s = scaling("2.0", Target::cpu);
    s.headers = {{"a.hpp", "// a"}};
    const jit::Source source = source_of(std::vector<Specialization>{s, s});
    int count = 0;
    for (const jit::Header& header : source.headers) count += header.path == "a.hpp";
    REQUIRE(count == 1);
    REQUIRE(source.headers.size() == 1 + jit::kernel_headers().size());
}

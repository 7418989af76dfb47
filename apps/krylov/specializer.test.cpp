#include "krylov/specializer.hpp"

#include "asp/specialize/conformance.hpp"

using asp::testing::ConformanceProblem;
using namespace krylov;

namespace {

ConformanceProblem given(const KernelConfig& config) {
    const asp::Problem problem = problem_of(config);
    return {problem.function, problem.constants};
}

}  // namespace

TEST_CASE("kernels over rows keep what every specializer promises, for all scalars and steps") {
    std::vector<ConformanceProblem> problems;
    for (const ScalarKind scalar :
         {ScalarKind::real64, ScalarKind::real32, ScalarKind::complex64, ScalarKind::complex32})
        for (const int bytes : {4, 8})
            problems.push_back(given({.scalar = scalar,
                                      .index_bytes = bytes,
                                      .vectors = bytes == 4 ? 1 : 2,
                                      .terms = 1 + static_cast<int>(scalar) % 3,
                                      .adds_up = bytes == 8}));
    asp::testing::check_conformance(AkxSpecializer(), problems);
}

TEST_CASE("kernels over slices keep what every specializer promises, for all scalars") {
    std::vector<ConformanceProblem> problems;
    for (const ScalarKind scalar :
         {ScalarKind::real64, ScalarKind::real32, ScalarKind::complex64, ScalarKind::complex32})
        problems.push_back(given({.scalar = scalar,
                                  .is_sliced = true,
                                  .index_bytes = 2 + 2 * (static_cast<int>(scalar) % 2),
                                  .shape = {1, 1, is_single(scalar) ? 16 : 8},
                                  .vectors = 1 + static_cast<int>(scalar) % 2,
                                  .terms = 1 + static_cast<int>(scalar) % 3,
                                  .adds_up = true}));
    asp::testing::check_conformance(AkxSpecializer(), problems);
}

TEST_CASE("kernels over slices of blocks keep what every specializer promises") {
    std::vector<ConformanceProblem> problems;
    for (const SliceShape shape :
         {SliceShape{2, 2, 8}, SliceShape{3, 3, 8}, SliceShape{2, 3, 8}, SliceShape{4, 4, 16}})
        problems.push_back(given({.is_sliced = true, .index_bytes = 4, .shape = shape}));
    asp::testing::check_conformance(AkxSpecializer(), problems);
}

TEST_CASE("kernels over values in short forms keep what every specializer promises") {
    std::vector<ConformanceProblem> problems;
    for (const ValueForm form : {ValueForm::single, ValueForm::coded})
        for (const int block : {1, 3})
            problems.push_back(given(
                {.is_sliced = true, .index_bytes = 4, .shape = {block, block, 8}, .values = form}));
    asp::testing::check_conformance(AkxSpecializer(), problems);
}

TEST_CASE("a kernel's constants out of bounds are refused by name") {
    asp::Diagnostics diagnostics;
    const asp::Problem problem = problem_of({});
    REQUIRE(!AkxSpecializer().parse(problem.function, {{"vectors", 9}, {"lane", 8}}, diagnostics));
    REQUIRE(diagnostics.lines() == std::vector<std::string>{"akx: lane: unknown constant",
                                                            "akx: vectors = 9: expected 1 to 8"});
}

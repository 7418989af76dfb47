#include "gmm/specializer.hpp"

#include <algorithm>
#include <utility>

#include "asp/specialize/conformance.hpp"
#include "gmm/kernels/frames.hpp"
#include "gmm/native_kernels.hpp"

using asp::testing::ConformanceProblem;
using namespace gmm;

namespace {

std::vector<ConformanceProblem> problems(Form form, bool has_frames_in_lanes = false) {
    std::vector<ConformanceProblem> all;
    const int bytes = native_kernels().vector_bytes;
    for (const KernelConfig& config :
         {KernelConfig{form, has_frames_in_lanes, true, bytes, 17, 19},
          KernelConfig{form, has_frames_in_lanes, false, bytes, 0, 0}}) {
        const asp::Problem problem = problem_of(config);
        all.push_back({problem.function, problem.constants});
    }
    return all;
}

}  // namespace

TEST_CASE("EM kernels by features of frames keep what every specializer promises") {
    const Form form = GENERATE(Form::squares, Form::norm, Form::products);
    asp::testing::check_conformance(EmSpecializer(), problems(form));
}

TEST_CASE("EM kernels with frames in lanes keep what every specializer promises") {
    const Form form = GENERATE(Form::squares, Form::norm, Form::products);
    asp::testing::check_conformance(EmSpecializer(), problems(form, true));
}

TEST_CASE("EM kernels by whitened frames keep what every specializer promises") {
    asp::testing::check_conformance(EmSpecializer(), problems(Form::whitened));
}

TEST_CASE("EM kernels by differences from means keep what every specializer promises") {
    asp::testing::check_conformance(EmSpecializer(), problems(Form::centred));
}

TEST_CASE("a kernel writes no further than the scratch memory that its tiles need") {
    const int bytes = native_kernels().vector_bytes;
    const Form form =
        GENERATE(Form::squares, Form::norm, Form::products, Form::whitened, Form::centred);
    const bool has_frames_in_lanes = GENERATE(false, true);
    if (has_frames_in_lanes && !is_by_features(form)) return;
    const bool is_single = GENERATE(false, true);
    const auto [D, M] = GENERATE(std::pair(1, 1), std::pair(17, 19), std::pair(40, 70));
    const KernelConfig config{form, has_frames_in_lanes, is_single, bytes, D, M};
    INFO(to_string(config));
    const EmSpecializer specializer;
    asp::Example example = specializer.example(problem_of(config), 1, 1);
    const long reals = scratch_reals(config, D, M, default_tile(form, has_frames_in_lanes));
    const auto size = static_cast<std::size_t>(is_single ? (reals + 1) / 2 : reals);
    auto& scratch = example.arrays[Operand::scratch].reals;
    const std::size_t behind = 4096;
    scratch.assign(size + behind, 7.0);
    const asp::BoundExample bound(example);
    REQUIRE(specializer.built_in(problem_of(config))(bound.arguments(), 0, 1) == 0);
    CHECK(std::count(scratch.end() - behind, scratch.end(), 7.0) == behind);
}

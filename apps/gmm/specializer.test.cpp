#include "gmm/specializer.hpp"

#include "asp/specialize/conformance.hpp"
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

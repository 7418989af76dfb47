#include <cmath>

#include "asp/cuda/testing.hpp"
#include "gmm/file_testing.hpp"
#include "gmm/fit_testing.hpp"
#include "gmm/session.hpp"
#include "gmm/train.hpp"

// What `gmm train` and `gmm score` are made of, on a device made of the processor's threads.

using asp::testing::has_device;
using namespace gmm;
using namespace gmm::testing;

namespace {

/// A small file and what to train on it.
struct Case {
    ScratchFolder folder;
    FrameInput input{{.inputs = {write_h5<double>(folder, "x.h5", clusters(2100, 3, 3, 1))}}};

    Model trained(const std::string& backend, std::size_t memory) const {
        const Session session(line_of(backend));
        Model model;
        model.training.options = {.components = 3, .iterations = 4, .tolerance = 0.0};
        const auto frames = input.frames<double>({.memory = memory});
        return train<double>(std::move(model), *frames, session.engine, {}, {}).model;
    }
    static CommandLine line_of(const std::string& backend) {
        CommandLine line;
        line.backend = backend;
        line.specialize = "off";
        return line;
    }
};

constexpr std::size_t all = 1 << 20U;  // [bytes] more than the frames take

}  // namespace

TEST_CASE("a training on a device ends with the processor's model, but for rounding") {
    if (!has_device()) return;
    const Case c;
    const FitState expected = c.trained("cpu", all).state, found = c.trained("cuda", all).state;
    REQUIRE(found.trace.size() == expected.trace.size());
    for (std::size_t k = 0; k < expected.trace.size(); ++k)
        CHECK(found.trace[k] == Catch::Detail::Approx(expected.trace[k]).epsilon(1e-11));
    CHECK(difference(found.mixture, expected.mixture) < 1e-9);  // of values about 10
}

TEST_CASE("a training on a device has the same bits for frames held and read again") {
    if (!has_device()) return;
    const Case c;
    CHECK(is_same(c.trained("cuda", all).state.mixture, c.trained("cuda", 0).state.mixture));
}

TEST_CASE("scores from a device are the processor's, but for rounding") {
    if (!has_device()) return;
    const auto points = clusters(200, 3, 3, 1);
    const Mixture mixture = mixture_near(points, 3, Covariance::diag, 5);
    const Session here(Case::line_of("auto")), there(Case::line_of("cuda"));
    CHECK(here.backend == nullptr);
    CHECK(there.where == asp::cuda::device_info().name);
    std::vector<double> expected(200), found(200);
    here.engine.evaluate<double>(mixture, {points}, {.log_likelihood = expected});
    there.engine.evaluate<double>(mixture, {points}, {.log_likelihood = found});
    for (std::size_t n = 0; n < 200; ++n)
        CHECK(found[n] == Catch::Detail::Approx(expected[n]).epsilon(1e-11));
}

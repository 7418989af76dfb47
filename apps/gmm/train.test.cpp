#include "gmm/train.hpp"

#include <cmath>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/file_testing.hpp"
#include "gmm/session.hpp"
#include "gmm/testing.hpp"

using namespace gmm;
using gmm::testing::clusters;
using gmm::testing::ScratchFolder;

namespace {

Model task(std::size_t components, int iterations, int starts = 1) {
    Model model;
    model.training.options.components = components;
    model.training.options.start = Start::random_from_data;
    model.training.options.iterations = iterations;
    model.training.options.tolerance = 0.0;
    model.training.options.starts = starts;
    return model;
}

std::vector<double> parameters(const Model& model) {
    std::vector<double> all;
    const Mixture& mixture = model.state.mixture;
    for (const auto* array : {&mixture.means, &mixture.covariances})
        all.insert(all.end(), array->begin(), array->end());
    all.insert(all.end(), mixture.weights.begin(), mixture.weights.end());
    all.insert(all.end(), model.state.trace.begin(), model.state.trace.end());
    return all;
}

/// Interrupts after so many passes over the frames, before a block, as Ctrl-C does.
class Impatient final : public FrameSource<double> {
public:
    Impatient(const asp::Array<double, 2>& points, int passes)
        : frames_({points.view()}), passes_(passes) {}
    std::size_t size() const override { return frames_.size(); }
    std::size_t dimension() const override { return frames_.dimension(); }
    void visit(const Take& take) override {
        if (passes_-- == 0) throw Interrupted();
        take(frames_, 0);
    }

private:
    Frames<double> frames_;
    int passes_;
};

}  // namespace

TEST_CASE("a training interrupted anywhere and gone on with from its file has the same bits") {
    const auto points = clusters(300, 2, 3, 1);
    const Engine engine;
    constexpr int starts = 2, endless = 1000;
    Impatient whole(points, endless);
    const auto expected = train<double>(task(3, 4, starts), whole, engine, {}, {});
    CHECK(expected.iterations == 8);
    const ScratchFolder folder;
    int interruptions = 0;
    for (int passes = 1; passes < 20; ++passes) {
        Impatient some(points, passes);
        TrainOutcome outcome = train<double>(task(3, 4, starts), some, engine, {}, {});
        if (outcome.ending != Ending::interrupted) continue;
        if (outcome.model.state.mixture.weights.empty()) continue;  // nothing there yet
        ++interruptions;
        write_model(folder / "m.h5", outcome.model);
        Impatient rest(points, endless);
        outcome = train<double>(read_model(folder / "m.h5"), rest, engine, {}, {});
        CHECK(parameters(outcome.model) == parameters(expected.model));
    }
    CHECK(interruptions >= 8);
}

TEST_CASE("a training that is asked to stop ends after its iteration") {
    const auto points = clusters(100, 2, 2, 1);
    FramesInMemory<double> frames({points.view()});
    int asked = 0;
    const auto outcome = train<double>(task(2, 10), frames, Engine(), {},
                                       {.stop_requested = [&] { return ++asked == 3; }});
    CHECK(outcome.ending == Ending::interrupted);
    CHECK(outcome.model.state.iteration == 3);
}

TEST_CASE("adaptation goes from the prior") {
    const auto points = clusters(200, 2, 2, 3);
    FramesInMemory<double> frames({points.view()});
    const Mixture prior = gmm::testing::mixture_near(points, 2, Covariance::diag, 5);
    Model model = task(2, 3);
    model.training.relevance = {.means = 16.0};
    const auto outcome = train<double>(model, frames, Engine(), prior, {});
    CHECK(outcome.iterations == 3);
    const Statistics first = Engine().statistics<double>(prior, {points.view()});
    CHECK(outcome.model.state.trace.front() == first.log_likelihood / first.total_weight);
}

TEST_CASE("model operations are those of the formulas") {
    CHECK(flops_of_iteration(Covariance::diag, 1e6, 39, 64) == 8e6 * 39 * 64);
    CHECK(flops_of_iteration(Covariance::full, 1e3, 2, 3) == 2e3 * 3 * 12);
}

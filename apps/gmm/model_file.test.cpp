#include "gmm/model_file.hpp"

#include <cmath>
#include <functional>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/base/version.hpp"
#include "gmm/file_testing.hpp"
#include "gmm/reference.hpp"
#include "gmm/testing.hpp"

using namespace gmm;
using namespace gmm::testing;
using asp::InputError;
using asp::testing::message_of;

namespace {

template <class T, std::size_t Rank>
std::vector<T> list(const asp::Array<T, Rank>& array) {
    return {array.begin(), array.end()};
}

Model model_of(Covariance covariance) {
    const auto points = clusters(50, 3, 4, 1);
    Model model;
    model.state.mixture = mixture_near(points, 4, covariance, 2);
    model.state.iteration = 2;
    model.state.trace = {-5.25, -4.0};
    model.state.repairs = {{Repair::Kind::jitter, 3, 1, "component 3: raised"}};
    model.training.inputs = {"a.h5:/x", "b.npy"};
    model.training.options.components = 4;
    model.training.options.covariance = covariance;
    model.training.options.start = Start::random_from_data;
    model.training.options.seed = 0xFFFFFFFFFFFFFFF0U;
    model.training.options.m_step.relative_floor = 0.01;
    model.training.relevance.means = 16.0;
    model.training.relevance.keeps_weights = true;
    return model;
}

void check_mixture(const Mixture& found, const Mixture& expected) {
    CHECK(found.covariance == expected.covariance);
    CHECK(list(found.weights) == list(expected.weights));
    CHECK(list(found.means) == list(expected.means));
    CHECK(found.covariances.extents() == expected.covariances.extents());
    CHECK(list(found.covariances) == list(expected.covariances));
}

/// A model's file with one thing changed by `change`, which gets a writer of another file.
std::string complaint(const std::function<void(Model&)>& change) {
    const ScratchFolder folder;
    Model model = model_of(Covariance::diag);
    change(model);
    write_model(folder / "m.h5", model);
    const std::string text = message_of<InputError>([&] { read_model(folder / "m.h5"); });
    CHECK(text.find('\n') == std::string::npos);
    return text.substr(folder.path().string().size() + 1);
}

}  // namespace

TEST_CASE("a model comes back from its file bit by bit") {
    const ScratchFolder folder;
    for (const auto covariance :
         {Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical}) {
        Model model = model_of(covariance);
        model.state.best.push_back(model.state);
        model.state.start = 3;
        model.state.starts_left = 2;
        model.state.greatest_fall = 1e-9;
        model.state.log_likelihood = -3.5;
        write_model(folder / "m.h5", model);
        const Model found = read_model(folder / "m.h5");
        check_mixture(found.state.mixture, model.state.mixture);
        CHECK(found.state.iteration == 2);
        CHECK_FALSE(found.state.converged);
        CHECK(found.state.trace == model.state.trace);
        REQUIRE(found.state.repairs.size() == 1);
        CHECK(found.state.repairs[0].kind == Repair::Kind::jitter);
        CHECK(found.state.repairs[0].component == 3);
        CHECK(found.state.repairs[0].what == "component 3: raised");
        CHECK(found.program_version == asp::version);
        CHECK(found.state.start == 3);
        CHECK(found.state.starts_left == 2);
        CHECK(found.state.greatest_fall == 1e-9);
        CHECK(found.state.log_likelihood == -3.5);
        REQUIRE(found.state.best.size() == 1);
        check_mixture(found.state.best.front().mixture, model.state.mixture);
        CHECK(found.training.inputs == model.training.inputs);
        CHECK(found.training.options.covariance == covariance);
        CHECK(found.training.options.start == Start::random_from_data);
        CHECK(found.training.options.seed == model.training.options.seed);
        CHECK(found.training.options.m_step.relative_floor == 0.01);
        CHECK(found.training.relevance.means == 16.0);
        CHECK(found.training.relevance.keeps_weights);
        CHECK_FALSE(found.training.relevance.keeps_means);
    }
}

TEST_CASE("a model that has seen no iteration has a file too") {
    const ScratchFolder folder;
    Model model = model_of(Covariance::diag);
    model.state.trace.clear();
    model.state.repairs.clear();
    write_model(folder / "m.h5", model);
    CHECK(read_model(folder / "m.h5").state.trace.empty());
}

TEST_CASE("statistics come back bit by bit, and go on adding") {
    const ScratchFolder folder;
    const auto points = clusters(60, 3, 2, 4);
    for (const auto covariance :
         {Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical}) {
        const Mixture mixture = mixture_near(points, 2, covariance, 5);
        Statistics statistics = reference_statistics<double>(mixture, {points.view()});
        write_statistics(folder / "s.h5", statistics);
        Statistics found = read_statistics(folder / "s.h5");
        CHECK(found.covariance == covariance);
        CHECK(list(found.about) == list(statistics.about));
        CHECK(list(found.second) == list(statistics.second));
        found += statistics;
        statistics *= 2.0;
        CHECK(list(found.weight) == list(statistics.weight));
        CHECK(list(found.first) == list(statistics.first));
        CHECK(found.log_likelihood == statistics.log_likelihood);
        CHECK(found.total_weight == 120.0);
        CHECK(found.frames == 120);
    }
}

TEST_CASE("a file of another format or version is refused in one line") {
    const ScratchFolder folder;
    asp::io::H5Writer other(folder / "other.h5");
    other.write_int("/steps", 1);
    other.close();
    const std::string path = (folder / "other.h5").string();
    CHECK(message_of<InputError>([&] { read_model(path); }) ==
          path + ": expected a file of the format 'gmm model', as gmm writes it");
    asp::io::H5Writer later(folder / "later.h5");
    later.annotate("/", "format", "gmm model");
    later.annotate("/", "format_version", std::int64_t{7});
    later.annotate("/", "program_version", "9.8.7");
    later.close();
    const std::string version = (folder / "later.h5").string();
    CHECK(message_of<InputError>([&] { read_model(version); }) ==
          version + ": format_version 7: expected 1, which is what gmm " + asp::version +
              " reads; it was written by gmm 9.8.7");
    const auto statistics = Statistics::zero(Covariance::diag, asp::Array<double, 2>({1, 1}));
    write_statistics(folder / "s.h5", statistics);
    CHECK(message_of<InputError>([&] {
              read_model(folder / "s.h5");
          }).ends_with("s.h5: expected a file of the format 'gmm model', as gmm writes it"));
}

TEST_CASE("a model file that is missing, cut off or lacks a dataset is refused in one line") {
    const ScratchFolder folder;
    CHECK(message_of<InputError>([&] {
              read_model(folder / "no.h5");
          }).ends_with("no.h5: there is no such file"));
    write_model(folder / "m.h5", model_of(Covariance::diag));
    const std::string bytes = content_of(folder / "m.h5");
    const auto cut = folder.write("cut.h5", bytes.substr(0, bytes.size() / 2));
    CHECK(message_of<InputError>([&] {
              read_model(cut);
          }).find("cut.h5: cannot open the HDF5 file: ") != std::string::npos);
    asp::io::H5Writer empty(folder / "empty.h5");
    empty.annotate("/", "format", "gmm model");
    empty.annotate("/", "format_version", std::int64_t{1});
    empty.create_group("/fit/mixture");
    empty.annotate("/fit/mixture", "covariance", "diag");
    empty.close();
    CHECK(message_of<InputError>([&] {
              read_model(folder / "empty.h5");
          }).find("empty.h5: /fit/mixture/means: cannot open the dataset") != std::string::npos);
}

TEST_CASE("what is no mixture is refused with the dataset and what was expected") {
    CHECK(complaint([](Model& m) { m.state.mixture.weights(0) = -0.5; }) ==
          "m.h5: /fit/mixture/weights: -0.5: expected no negative one");
    CHECK(complaint([](Model& m) { m.state.mixture.weights = asp::Array<double, 1>({4}, 0.5); }) ==
          "m.h5: /fit/mixture/weights: their sum is 2: expected 1");
    CHECK(complaint([](Model& m) { m.state.mixture.weights = asp::Array<double, 1>({3}, 0.5); }) ==
          "m.h5: /fit/mixture/weights: shape (3): expected (4)");
    CHECK(complaint([](Model& m) { m.state.mixture.means(1, 1) = NAN; }) ==
          "m.h5: /fit/mixture/means: expected finite numbers");
    CHECK(complaint([](Model& m) { m.state.mixture.covariances(1, 1) = 0.0; }) ==
          "m.h5: /fit/mixture/covariances: component 1: its covariance is not positive definite");
    CHECK(complaint([](Model& m) { m.state.mixture.covariance = Covariance::full; }) ==
          "m.h5: /fit/mixture/covariances: shape (4, 3): expected (4, 9)");
}

TEST_CASE("a model that cannot be written leaves the older one") {
    const ScratchFolder folder;
    write_model(folder / "m.h5", model_of(Covariance::diag));
    CHECK_THROWS_AS(write_model(folder / "none" / "m.h5", model_of(Covariance::diag)),
                    asp::BackendError);
    CHECK(folder.entries() == 1);
}

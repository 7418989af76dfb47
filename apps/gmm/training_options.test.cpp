#include "gmm/training_options.hpp"

#include <functional>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/file_testing.hpp"
#include "gmm/testing.hpp"

using namespace gmm;
using asp::InputError;
using asp::testing::message_of;
using gmm::testing::ScratchFolder;

namespace {

CommandLine plain() {
    CommandLine line;
    line.components = 4;
    return line;
}
std::string complaint(const std::function<void(CommandLine&)>& change) {
    CommandLine line = plain();
    change(line);
    return message_of<InputError>([&] { training_of(line); });
}

std::string model_in(const ScratchFolder& folder) {
    Model model;
    const auto points = gmm::testing::clusters(20, 2, 3, 1);
    model.state.mixture = gmm::testing::mixture_near(points, 3, Covariance::full, 1);
    model.training.options.components = 3;
    model.training.options.covariance = Covariance::full;
    model.training.inputs = {"a.npy"};
    model.training.weights = "w.npy";
    model.training.rows = "0:10";
    write_model(folder / "m.h5", model);
    return (folder / "m.h5").string();
}

}  // namespace

TEST_CASE("the command line's words are the options of the fit") {
    CommandLine line = plain();
    line.covariance = "tied";
    line.init = "k-means++";
    line.starts = 3;
    line.seed = 7;
    line.relative_floor = 0.01;
    const FitOptions options = training_of(line).model.training.options;
    CHECK(options.components == 4);
    CHECK(options.covariance == Covariance::tied);
    CHECK(options.start == Start::kmeans_plus_plus);
    CHECK(options.starts == 3);
    CHECK(options.seed == 7);
    CHECK(options.m_step.relative_floor == 0.01);
    CHECK(options.iterations == FitOptions{}.iterations);
}

TEST_CASE("numbers that cannot be meant are refused with the option and what was expected") {
    CHECK(complaint([](CommandLine& line) { line.components = 0; }) ==
          "--components 0: expected a whole number of at least 1");
    CHECK(complaint([](CommandLine& line) { line.components = -3; }) ==
          "--components -3: expected a whole number of at least 1");
    CHECK(complaint([](CommandLine& line) { line.components = 3000000000; }) ==
          "--components 3000000000: expected at most 2147483647");
    CHECK(complaint([](CommandLine& line) { line.starts = 0; }) ==
          "--starts 0: expected a whole number of at least 1");
    CHECK(complaint([](CommandLine& line) { line.iterations = 0; }) ==
          "--iterations 0: expected a whole number of at least 1");
    CHECK(complaint([](CommandLine& line) { line.tolerance = -1.0; }) ==
          "--tolerance -1: expected a number that is not negative");
    CHECK(complaint([](CommandLine& line) {
              line.regularization = std::numeric_limits<double>::quiet_NaN();
          }) == "--regularization nan: expected a number that is not negative");
    CHECK(complaint([](CommandLine& line) { line.relative_floor = -0.1; }) ==
          "--relative-floor -0.1: expected a number that is not negative");
    CHECK(complaint([](CommandLine& line) { line.components.reset(); }) ==
          "--components: expected a number of components");
}

TEST_CASE("names that are none are refused with those that are, and the nearest") {
    CHECK(complaint([](CommandLine& line) { line.covariance = "diagonal"; }) ==
          "--covariance diagonal: expected full, tied, diag or spherical");
    CHECK(complaint([](CommandLine& line) { line.covariance = "ful"; }) ==
          "--covariance ful: expected full, tied, diag or spherical; did you mean 'full'?");
    CHECK(complaint([](CommandLine& line) { line.init = "kmean"; }) ==
          "--init kmean: expected kmeans, k-means++, random or random_from_data, or a model "
          "FILE.h5; did you mean 'kmeans'?");
}

TEST_CASE("a range of components is two numbers, the smaller first") {
    CommandLine line;
    line.select = "2..5";
    const Begin begin = training_of(line);
    CHECK(begin.select_from == 2);
    CHECK(begin.select_to == 5);
    const auto complaint_of = [](const std::string& text) {
        CommandLine bad;
        bad.select = text;
        return message_of<InputError>([&] { training_of(bad); });
    };
    CHECK(complaint_of("5") == "--select 5: expected LO..HI components, as in 1..8");
    CHECK(complaint_of("0..3") == "--select 0..3: expected LO..HI components, as in 1..8");
    CHECK(complaint_of("1..3000000000") ==
          "--select 1..3000000000: expected LO..HI components, as in 1..8");
    CHECK(complaint_of("1..x") == "--select 1..x: expected LO..HI components, as in 1..8");
    CHECK(complaint_of("5..3") == "--select 5..3: expected the smaller number first");
    CHECK(complaint([](CommandLine& l) { l.select = "1..3"; }) ==
          "--select: expected neither --components, --init, --resume nor --prior beside it");
}

TEST_CASE("a model's file is a start, or a prior, of its own shape") {
    const ScratchFolder folder;
    CommandLine line;
    line.init = model_in(folder);
    const Begin given = training_of(line);
    CHECK(given.model.state.mixture.components() == 3);
    CHECK(given.model.training.options.covariance == Covariance::full);
    line.components = 4;
    CHECK(message_of<InputError>([&] {
              training_of(line);
          }).ends_with("m.h5: expected 4 components of covariance diag, as the command line says"));
    line.components.reset();
    line.starts = 2;
    CHECK(message_of<InputError>([&] { training_of(line); }) ==
          "--starts 2: expected 1 where a model is given to start from");
    CommandLine map;
    map.prior = model_in(folder);
    map.adapt = {"means", "weights"};
    map.relevance = 8.0;
    const Begin adapted = training_of(map);
    CHECK(adapted.prior->components() == 3);
    CHECK(adapted.model.training.relevance.means == 8.0);
    CHECK_FALSE(adapted.model.training.relevance.keeps_weights);
    CHECK(adapted.model.training.relevance.keeps_variances);
    map.adapt = {"mean"};
    CHECK(message_of<InputError>([&] { training_of(map); }) ==
          "--adapt mean: expected means, variances or weights; did you mean 'means'?");
    map.adapt.clear();
    map.relevance = -1.0;
    CHECK(message_of<InputError>([&] { training_of(map); }) ==
          "--relevance -1: expected a number that is not negative");
    map.components = 3;
    CHECK(message_of<InputError>([&] { training_of(map); }) ==
          "--prior: expected none of --components, --covariance, --init and --starts beside it");
}

TEST_CASE("a training that goes on keeps what it began with, but for how long it may take") {
    const ScratchFolder folder;
    CommandLine line;
    line.resume = model_in(folder);
    line.iterations = 500;
    const Begin begin = training_of(line);
    CHECK(begin.model.training.inputs == std::vector<std::string>{"a.npy"});
    CHECK(begin.model.training.options.iterations == 500);
    line.seed = 3;
    CHECK(message_of<InputError>([&] { training_of(line); }) ==
          "--seed: expected none with --resume, which goes on as the training began");
}

TEST_CASE("frames that lie elsewhere keep their weights and rows where a training goes on") {
    const ScratchFolder folder;
    CommandLine line;
    line.resume = model_in(folder);
    line.inputs = {"elsewhere.npy"};
    Training training = training_of(line).model.training;
    CHECK(training.inputs == std::vector<std::string>{"elsewhere.npy"});
    CHECK(training.weights == "w.npy");
    CHECK(training.rows == "0:10");
    line.weights = "v.npy";
    line.rows = "5:";
    training = training_of(line).model.training;
    CHECK(training.weights == "v.npy");
    CHECK(training.rows == "5:");
}

TEST_CASE("a model of another dimension than the frames is refused") {
    Mixture mixture;
    mixture.means = asp::Array<double, 2>({2, 3});
    CHECK(message_of<InputError>([&] { require_fitting(mixture, "m.h5", 5); }) ==
          "m.h5: is of 3 dimensions: expected 5, as the frames have");
}

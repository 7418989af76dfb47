// What a fit refuses.
#include <limits>
#include <numeric>
#include <string>

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

template <class Real>
FitState fit_points(const asp::Array<Real, 2>& points, const FitOptions& options,
                    const std::optional<Mixture>& given = {}) {
    FramesInMemory<Real> frames({points});
    return fit<Real>(frames, options, engine(), given);
}

std::string error_of(const FitOptions& options, const asp::Array<double, 2>& points = rows({{1}}),
                     const std::optional<Mixture>& given = {}) {
    return message_of<asp::InputError>([&] { fit_points<double>(points, options, given); });
}

}  // namespace

TEST_CASE("options of a fit are checked") {
    CHECK(error_of({.components = 0}) == "components = 0: expected at least 1");
    CHECK(error_of({.starts = 0}) == "starts = 0: expected at least 1");
    CHECK(error_of({.iterations = -1}) == "iterations = -1: expected at least 0");
    CHECK(error_of({.tolerance = -1.0}) == "tolerance = -1: expected a number that is at least 0");
    FitOptions options;
    options.m_step.regularization = -1.0;
    CHECK(error_of(options) == "regularization = -1: expected a number that is at least 0");
}

TEST_CASE("frames are needed, with dimensions") {
    CHECK(error_of({}, asp::Array<double, 2>({0, 3})) == "no frames: expected at least one");
    CHECK(error_of({}, asp::Array<double, 2>({3, 0})) ==
          "frames of 0 dimensions: expected at least one");
}

TEST_CASE("a value that is not finite is named by its row and column") {
    const Start start =
        GENERATE(Start::kmeans, Start::kmeans_plus_plus, Start::random, Start::random_from_data);
    asp::Array<double, 2> points = clusters(40, 3, 3, 43);
    points(17, 2) = std::numeric_limits<double>::quiet_NaN();
    CHECK(error_of({.components = 3, .start = start}, points) ==
          "row 17, column 2: nan: expected a finite number");
    points(17, 2) = -INFINITY;
    CHECK(error_of({.components = 3, .start = start}, points) ==
          "row 17, column 2: -inf: expected a finite number");
    const Mixture given = mixture_near(clusters(40, 3, 3, 43), 3, Covariance::diag, 44);
    CHECK(error_of({}, points, given) == "row 17, column 2: -inf: expected a finite number");
    const std::vector<std::int64_t> chosen{3, 1, 17, 4};
    FramesInMemory<double> some({points, chosen});
    CHECK(message_of<asp::InputError>([&] { fit<double>(some, {.components = 2}, engine()); }) ==
          "row 17, column 2: -inf: expected a finite number");
    Blocks<double> blocks({points}, 1);
    CHECK(message_of<asp::InputError>([&] { fit<double>(blocks, {.components = 2}, engine()); }) ==
          "row 17, column 2: -inf: expected a finite number");
}

TEST_CASE("values whose squares leave the range of the arithmetic are refused") {
    const asp::Array<double, 2> points = mapped(clusters(40, 3, 3, 45), 1e200, 0.0);
    const std::string message = error_of({.components = 3}, points);
    CHECK(message.find("their squares leave the range of double precision; scale them") !=
          std::string::npos);
    CHECK(message.find("values up to ") == 0);
    const auto in_single = rounded<float>(mapped(rows({{-2}, {1}, {0.5}}), 1e30, 0.0));
    const Start start = GENERATE(Start::kmeans, Start::kmeans_plus_plus);
    CHECK(message_of<asp::InputError>(
              [&] { fit_points(in_single, {.components = 2, .start = start}); }) ==
          "values up to 2e+30, in row 0, column 0 (weights up to 1): their squares leave the range "
          "of single "
          "precision; scale them");
}

TEST_CASE("a value that is too large is found in its row however few frames a start looks at") {
    asp::Array<double, 2> points = clusters(9000, 3, 3, 45);  // more than k-means++ begins with
    for (std::size_t n = 4000; n < 9000; ++n) points(n, 1) = 1e200;
    points(8123, 2) = 1e201;
    std::vector<std::int64_t> chosen(5000);
    std::iota(chosen.begin(), chosen.end(), 4000);
    FramesInMemory<double> some({points, chosen});
    const std::string message =
        message_of<asp::InputError>([&] { fit<double>(some, {.components = 2}, engine()); });
    INFO(message);
    CHECK(points(std::stoul(message.substr(message.find("row ") + 4)),
                 std::stoul(message.substr(message.find("column ") + 7))) ==
          std::stod(message.substr(message.find("to ") + 3)));
}

TEST_CASE("weights are finite, not negative and not all 0") {
    const asp::Array<double, 2> points = clusters(40, 3, 3, 46);
    std::vector<double> weights(40, 1.0);
    const auto message = [&](const std::optional<Mixture>& given = {}) {
        return message_of<asp::InputError>([&] {
            FramesInMemory<double> frames({points, std::nullopt, weights});
            fit<double>(frames, {.components = 3}, engine(), given);
        });
    };
    const Mixture given = mixture_near(points, 3, Covariance::diag, 47);
    weights[5] = -0.5;
    const std::string negative =
        "weight of row 5 = -0.5: expected a finite number that is at least 0";
    CHECK(message() == negative);
    CHECK(message(given) == negative);
    weights[5] = NAN;
    CHECK(message() == "weight of row 5 = nan: expected a finite number that is at least 0");
    weights.assign(40, 0.0);
    CHECK(message() == "all weights are 0: expected one above 0");
    CHECK(message(given) == "all weights are 0: expected one above 0");
}

TEST_CASE("a given mixture has to be one, of the frames' dimension") {
    const asp::Array<double, 2> points = clusters(40, 2, 3, 48);
    const Mixture sound = mixture_near(points, 3, Covariance::diag, 49);
    const auto message = [&](const Mixture& given) { return error_of({}, points, given); };
    CHECK(message(Mixture{}) == "a mixture of no components: expected at least one");
    CHECK(message(mixture_near(clusters(40, 3, 3, 48), 3, Covariance::diag, 49)) ==
          "a mixture of 3 dimensions for frames of 2: expected the same");
    Mixture broken = sound;
    broken.weights = asp::Array<double, 1>({2}, 0.5);
    CHECK(message(broken) == "2 weights for 3 means: expected as many");
    broken = sound;
    broken.covariance = Covariance::full;
    CHECK(message(broken) ==
          "full covariances of the shape (3, 2): expected (3, 4) for 3 components of 2 dimensions");
    broken = sound;
    broken.weights(1) = -0.25;
    CHECK(message(broken) == "component 1: weight -0.25: expected a number that is at least 0");
    broken = sound;
    broken.means(2, 1) = NAN;
    CHECK(message(broken) == "component 2: mean nan in dimension 1: expected a finite number");
    broken = sound;
    broken.weights = asp::Array<double, 1>({3}, 0.25);
    CHECK(message(broken) == "weights of a sum of 0.75: expected 1");
    broken = sound;
    broken.covariances(1, 0) = 0.0;
    CHECK(message(broken) == "component 1: its covariance is not positive definite");
}

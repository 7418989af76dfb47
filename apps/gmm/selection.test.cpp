#include "gmm/selection.hpp"

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

const Engine& engine() {
    static const Engine engine(nullptr, plain_context());
    return engine;
}

}  // namespace

TEST_CASE("BIC and AIC weigh the parameters against twice the likelihood") {
    const Covariance covariance = any_covariance();
    const Mixture mixture = mixture_near(clusters(50, 3, 2, 91), 2, covariance, 92);
    // 2 means of 3, one free weight, and the covariances.
    const double parameters = 7.0 + (covariance == Covariance::full   ? 12.0
                                     : covariance == Covariance::tied ? 6.0
                                     : covariance == Covariance::diag ? 6.0
                                                                      : 2.0);
    CHECK(aic(mixture, -123.0) == Approx(2.0 * parameters + 246.0).epsilon(1e-15));
    CHECK(bic(mixture, -123.0, 50.0) == Approx(std::log(50.0) * parameters + 246.0).epsilon(1e-15));
}

TEST_CASE("BIC finds the number of well separated clusters") {
    asp::Array<double, 2> points({600, 2});
    const asp::Array<double, 2> noise = clusters(600, 2, 1, 93);
    for (std::size_t n = 0; n < 600; ++n) {
        points(n, 0) = noise(n, 0) + 20.0 * static_cast<double>(n % 3);
        points(n, 1) = noise(n, 1) - 20.0 * static_cast<double>(n % 3 % 2);
    }
    const Criterion criterion = GENERATE(Criterion::bic, Criterion::aic);
    const std::vector<std::size_t> numbers{1, 2, 3, 4, 5};
    const Selection selection =
        select_components<double>({points}, numbers, {.seed = 94}, engine(), criterion);
    REQUIRE(selection.candidates.size() == 5);
    for (std::size_t k = 0; k < 5; ++k) {
        const Candidate& candidate = selection.candidates[k];
        CHECK(candidate.fit.mixture.components() == numbers[k]);
        const double sum =
            reference_statistics(candidate.fit.mixture, Frames<double>{points}).log_likelihood;
        CHECK(candidate.bic == Approx(bic(candidate.fit.mixture, sum, 600)).epsilon(1e-12));
        CHECK(candidate.aic == Approx(aic(candidate.fit.mixture, sum)).epsilon(1e-12));
    }
    if (criterion == Criterion::bic) CHECK(numbers[selection.best] == 3);
    const auto value = [&](std::size_t k) {
        return criterion == Criterion::bic ? selection.candidates[k].bic
                                           : selection.candidates[k].aic;
    };
    for (std::size_t k = 0; k < 5; ++k) CHECK(value(selection.best) <= value(k));
}

TEST_CASE("many frames are fitted one mixture after the other, each as fit() does") {
    const asp::Array<double, 2> points = clusters(33 * slab_frames, 1, 2, 95);
    const std::vector<std::size_t> numbers{2, 1};
    const FitOptions options{.start = Start::random_from_data, .iterations = 2};
    const Selection selection = select_components<double>({points}, numbers, options, engine());
    FitOptions own = options;
    own.components = 2;
    FramesInMemory<double> frames({points});
    CHECK(is_same(selection.candidates[0].fit.mixture, fit<double>(frames, own, engine()).mixture));
    CHECK(selection.candidates[1].fit.mixture.components() == 1);
}

TEST_CASE("a selection that was stopped chooses among what is done") {
    const asp::Array<double, 2> points = clusters(300, 2, 3, 96);
    const std::vector<std::size_t> numbers{1, 2, 3};  // the most work, 3 components, comes first
    const Selection selection =
        select_components<double>({points}, numbers, {}, engine(), Criterion::bic,
                                  [](std::size_t done) { return done == 0; });
    CHECK(selection.best == 2);
    CHECK(selection.candidates[0].bic == INFINITY);
}

TEST_CASE("a selection is stopped within a fit") {
    const std::size_t frames = GENERATE(std::size_t{300}, 33 * slab_frames);
    const asp::Array<double, 2> points = clusters(frames, 2, 3, 98);
    const std::vector<std::size_t> numbers{2, 1};
    int asked = 0;
    const Selection selection =
        select_components<double>({points}, numbers, {.iterations = 1000, .tolerance = 0.0},
                                  engine(), Criterion::bic, [&](std::size_t done) {
                                      CHECK(done == 0);
                                      return ++asked < 20;
                                  });
    CHECK(selection.candidates[0].fit.iteration < 20);
    CHECK(selection.candidates[1].fit.mixture.components() == 0);
}

TEST_CASE("a selection needs numbers of components") {
    const asp::Array<double, 2> points = clusters(30, 2, 3, 97);
    const auto message = [&](const std::vector<std::size_t>& numbers) {
        return message_of<asp::InputError>(
            [&] { select_components<double>({points}, numbers, {}, engine()); });
    };
    CHECK(message({}) == "no numbers of components: expected at least one");
    CHECK(message({2, 0}) == "components = 0: expected at least 1");
}

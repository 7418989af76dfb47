#include "gmm/report.hpp"

#include "asp/base/testing.hpp"
#include "gmm/picture.hpp"
#include "gmm/testing.hpp"

using namespace gmm;

namespace {

Model trained() {
    const auto points = gmm::testing::clusters(20, 2, 3, 1);
    Model model;
    model.state.mixture = gmm::testing::mixture_near(points, 3, Covariance::diag, 1);
    model.state.trace = {-5.0, -4.0, -3.5};
    model.state.iteration = 3;
    return model;
}

}  // namespace

TEST_CASE("a table's columns are as wide as what stands in them, numbers from the right") {
    CHECK(table({}, {"case", "ms"}, {{"a", "12.5"}, {"longer", "1"}}) ==
          "case      ms\na       12.5\nlonger     1\n");
}

TEST_CASE("only a screen that shows colours gets them") {
    CHECK(entry({true}, "model", "x") == "\033[1mmodel       \033[0mx\n");
    CHECK(entry({}, "model", "x") == "model       x\n");
}

TEST_CASE("amounts are told in the unit that suits them") {
    CHECK(seconds_text(2.5e-7) == "250 ns");
    CHECK(seconds_text(2.5e-5) == "25 us");
    CHECK(seconds_text(0.0125) == "12.5 ms");
    CHECK(seconds_text(12.5) == "12.5 s");
    CHECK(counted(1, "frame") == "1 frame");
    CHECK(counted(2, "frame") == "2 frames");
}

TEST_CASE("a mixture is told by its shape, and its heaviest components first") {
    const Mixture mixture = trained().state.mixture;
    CHECK(title_of(mixture) == "3 diag components in 2 dimensions");
    const std::string text = components_text({}, mixture, 2);
    INFO(text);
    CHECK(text.find("component  weight") == 0);
    CHECK(text.find("\n2          0.5000") != std::string::npos);
    CHECK(text.find("\n0          0.1667") == std::string::npos);
    CHECK(text.find("... and 1 lighter ones\n") != std::string::npos);
}

TEST_CASE("repairs are counted by kind, with the last one's words") {
    const std::vector<Repair> repairs{{Repair::Kind::jitter, 1, 2, "component 1: raised"},
                                      {Repair::Kind::jitter, 0, 4, "component 0: raised"},
                                      {Repair::Kind::reseeded, 2, 3, "component 2: again"}};
    CHECK(repairs_text({}, repairs) ==
          "repairs     2 x jitter, the last in iteration 4: component 0: raised\n"
          "            1 x reseeded, the last in iteration 3: component 2: again\n");
    CHECK(repairs_text({}, {}).empty());
}

TEST_CASE("a trace is drawn with its least value below and its greatest above") {
    const std::vector<double> trace{-4.0, -2.0, -1.0};
    const std::string text = drawn(trace);
    INFO(text);
    CHECK(text.find("          -1 |  *\n") == 0);
    CHECK(text.find("\n          -4 |*\n") != std::string::npos);
    CHECK(drawn(std::vector<double>{1.0}).empty());
}

TEST_CASE("the picture has the trace, a bar for each component and no text that breaks it") {
    const std::string svg = draw(trained());
    CHECK(svg.starts_with("<svg "));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.find("log-likelihood") != std::string::npos);
    std::size_t bars = 0;
    for (std::size_t at = 0; (at = svg.find("<rect x", at)) != std::string::npos; ++at) ++bars;
    CHECK(bars == 3);
    CHECK(svg.find("nan") == std::string::npos);
}

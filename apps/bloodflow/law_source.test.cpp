#include "bloodflow/law_source.hpp"

#include "bloodflow/formula_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;

namespace {

std::string source_of(const RunConfig& run) {
    const bool varies = wall_varies(run.network);
    return law_source(run.network, fold(run.network, varies), varies, LawPart::all);
}

/// The lines from the one that holds `first` up to the one that holds `last`.
std::string excerpt(const std::string& text, const std::string& first, const std::string& last) {
    const auto begin = text.rfind('\n', text.find(first)) + 1;
    return text.substr(begin, text.find('\n', text.find(last, begin)) + 1 - begin);
}

}  // namespace

TEST_CASE("a formula's law reads like one written by hand") {
    CHECK(excerpt(source_of(read_with(elastic_formula)), "// Tube law", "};") ==
          R"(// Tube law: p = p_ref + beta * (sqrt(A) - sqrt(A0)) / A0
struct Law {
    static constexpr bool blockwise = false;
    static constexpr bool linear_friction = true;
    const double* ASP_RESTRICT cell_k0;
    const double* ASP_RESTRICT face_k0;
    const double* ASP_RESTRICT end_k0;
    const double* ASP_RESTRICT end_k1;
    const double* ASP_RESTRICT end_k2;

    ASP_FN explicit Law(const bloodflow::Coefficients& c)
        : cell_k0(c.cell[0]),
          face_k0(c.face[0]),
          end_k0(c.end[0]),
          end_k1(c.end[1]),
          end_k2(c.end[2]) {}

    ASP_FN double cell_stiffness(double, long i) const {
        return cell_k0[i];
    }

    ASP_FN double face_stiffness(double, long i) const {
        return 1.5 * face_k0[i];
    }

    ASP_FN double face_flux(double root, long i) const {
        return root * face_k0[i];
    }

    ASP_FN double end_potential(double root, long i) const {
        const double t0 = 0.0009433962264150943 * end_k0[i] * root;
        return 0.0009433962264150943 * end_k1[i] + t0;
    }

    ASP_FN double end_stiffness(double, long i) const {
        return 0.0004716981132075472 * end_k0[i];
    }

    ASP_FN double end_root_stiffness(double, long i) const {
        return 0.25 * end_k2[i];
    }

    ASP_FN double end_integral(double x, long i) const {
        return x * end_k2[i];
    }

    ASP_FN double end_flux(double root, long i) const {
        return 0.00031446540880503143 * end_k0[i] * root;
    }
};
)");
}

TEST_CASE("one vessel's constants stand in the code as numbers, and nothing is read per cell") {
    const RunConfig run = read_run_config("configs/cca.yaml", {});
    const std::string text = source_of(run);
    CHECK(text.find("cell_k0") == std::string::npos);
    CHECK(text.find("face_k0") == std::string::npos);
}

TEST_CASE("the user's text stands in the generated code as a comment only") {
    const std::string text = source_of(read_with(
        "physics: {tube_law: \"p_ref + E * (A / A0 - 1)  # */ system(\\\"x\\\") \\\\\"}\n"));
    std::size_t at = text.find("system");
    REQUIRE(at != std::string::npos);
    for (; at != std::string::npos; at = text.find("system", at + 1)) {
        const auto line = text.rfind('\n', at) + 1;
        CHECK(text.substr(line, 2) == "//");
    }
}

TEST_CASE("the same network makes the same text") {
    const RunConfig run = read_with(curved_formula, tapered_network());
    CHECK(source_of(run) == source_of(run));
}

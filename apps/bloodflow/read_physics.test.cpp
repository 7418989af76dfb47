#include "bloodflow/read_physics.hpp"

#include "bloodflow/formula_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;

namespace {

Lines complaints(const std::string& physics) {
    return InputFiles(fork_network, fork_run + "physics: {" + physics + "}\n").complaints();
}

}  // namespace

TEST_CASE("a tube law gives pressure, stiffness, wave speed and area of every cross-section") {
    const RunConfig formula = read_with(elastic_formula), plain = read_with("");
    for (std::size_t v = 0; v < 3; ++v) {
        const WallSection a = formula.network.vessels[v].wall(0.5);
        const WallSection b = plain.network.vessels[v].wall(0.5);
        for (const double part : {0.5, 1.0, 2.0}) {
            const double area = part * b.reference_area;
            CHECK(a.pressure(area) == Approx(b.pressure(area)).epsilon(1e-12));
            CHECK(a.stiffness(area) == Approx(b.stiffness(area)).epsilon(1e-12));
            CHECK(a.wave_speed(area, 1060.0) == Approx(b.wave_speed(area, 1060.0)).epsilon(1e-12));
            CHECK(a.area(b.pressure(area)) == Approx(area).epsilon(1e-12));
        }
    }
}

TEST_CASE("what is wrong with a formula is said with its place and a caret") {
    CHECK(complaints("tube_law: \"btea * (A / A0 - 1)\", parameters: {beta: 1e5}") ==
          Lines{"run.yaml:8: physics.tube_law: unknown name 'btea'; did you mean 'beta'?\n    "
                "btea * (A / A0 - 1)\n    ^~~~"});
    CHECK(complaints("tube_law: \"E * (A / A0 - h)\"") ==
          Lines{"run.yaml:8: physics.tube_law: cannot subtract m from a plain number\n    E * (A "
                "/ A0 - h)\n                  ^"});
    CHECK(complaints("tube_law: \"h * (A / A0 - 1)\"") ==
          Lines{"run.yaml:8: physics.tube_law = \"h * (A / A0 - 1)\": its unit is m; expected Pa"});
    CHECK(complaints("tube_law: \"E * (1 - A / A0)\"") ==
          Lines{"run.yaml:8: physics.tube_law = \"E * (1 - A / A0)\": the pressure does not rise "
                "with the area (its slope dp/dA is -1.99e+09 Pa/m^2) at A = 5.03e-05 m^2, 0.25 of "
                "the reference area of 'trunk'; expected a pressure that rises with A from 0.25 to "
                "4 of it (physics.area_range)"});
    CHECK(complaints("tube_law: \"E * sqrt(A / A0 - 0.5)\"") ==
          Lines{"run.yaml:8: physics.tube_law = \"E * sqrt(A / A0 - 0.5)\": the pressure is not a "
                "number at A = 5.03e-05 m^2, 0.25 of the reference area of 'trunk'; expected a "
                "pressure that rises with A from 0.25 to 4 of it (physics.area_range)"});
    CHECK(complaints("tube_law: \"E * h\"") ==
          Lines{"run.yaml:8: physics.tube_law = \"E * h\": its unit is N/m; expected Pa"});
    CHECK(complaints("friction: \"-8 * pi * mu * u\"") ==
          Lines{"run.yaml:8: physics.friction = \"-8 * pi * mu * u\": 0.201 N/m at u = -2 m/s and "
                "0.25 of the reference area of 'trunk'; expected a number of the sign of u, the "
                "force against the flow"});
    CHECK(complaints("tube_lwa: \"E * (A / A0 - 1)\"") ==
          Lines{"run.yaml:8: physics.tube_lwa: unknown key; did you mean 'tube_law'?"});
    CHECK(complaints("tube_law: \"E * (A / A0 - 1)\", parameters: {E: 3}") ==
          Lines{"run.yaml:8: physics.parameters.E = 3: expected a name that has no meaning yet"});
    CHECK(
        complaints("tube_law: \"k * (A / A0 - 1)\", parameters: {k: {value: 3, unit: bananas}}") ==
        Lines{"run.yaml:8: physics.parameters.k.unit = bananas: expected SI units without "
              "prefixes, such as 'Pa s/m^3'"});
    CHECK(complaints("tube_law: \"E * (A / A0 - 1)\", area_range: [2, 3]") ==
          Lines{"run.yaml:8: physics.area_range: expected two fractions of the reference area, "
                "below and above 1"});
}

TEST_CASE("a formula given on the command line is named once") {
    const InputFiles files(fork_network, fork_run + "physics: {tube_law: \"E * (A / A0 - 1)\"}\n");
    CHECK(files.complaints({"physics.tube_law=E * (A / A00 - 1)"}) ==
          Lines{"--set physics.tube_law: unknown name 'A00'; did you mean 'A0'?\n"
                "    E * (A / A00 - 1)\n"
                "             ^~~"});
}

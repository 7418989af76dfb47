#include "asp/ir/unit.hpp"

#include <string>

#include "asp/base/testing.hpp"

using namespace asp::ir;

namespace {

/// Exponents of m, kg, s.
Dimension of(int m, int kg, int s) {
    Dimension result;
    result.exponents = {60 * m, 60 * kg, 60 * s, 0, 0, 0, 0};
    return result;
}

std::string shown(const char* text) {
    const auto unit = parse_unit(text);
    return unit ? to_string(*unit) : "unreadable";
}

}  // namespace

TEST_CASE("units are read as products of SI units with powers") {
    REQUIRE(parse_unit("m") == of(1, 0, 0));
    REQUIRE(parse_unit("Pa") == of(-1, 1, -2));
    REQUIRE(parse_unit("kg m^-3") == of(-3, 1, 0));
    REQUIRE(parse_unit("kg/m^3") == of(-3, 1, 0));
    REQUIRE(parse_unit("kg m-3") == of(-3, 1, 0));
    REQUIRE(parse_unit("m2") == of(2, 0, 0));
    REQUIRE(parse_unit("m**2") == of(2, 0, 0));
    REQUIRE(parse_unit("Pa*s") == of(-1, 1, -1));
    REQUIRE(parse_unit(" Pa  s / m^3 ") == of(-4, 1, -1));
    REQUIRE(parse_unit("1/s") == of(0, 0, -1));
    REQUIRE(parse_unit("Hz") == of(0, 0, -1));
    REQUIRE(parse_unit("N m") == parse_unit("J"));
    REQUIRE(parse_unit("W") == parse_unit("J/s"));
    REQUIRE(parse_unit("1") == Dimension{});
    REQUIRE(parse_unit("m^0.5")->exponents[0] == 30);
    REQUIRE(parse_unit("m^(1/3)")->exponents[0] == 20);
    REQUIRE(parse_unit("mol K/A cd")->exponents == std::array{0, 0, 0, -60, 60, 60, -60});
}

TEST_CASE("all behind the one slash is divided by") {
    REQUIRE(parse_unit("Pa s/m^3 K") == *parse_unit("Pa s") / *parse_unit("m^3 K"));
    REQUIRE(!parse_unit("m/s/s"));
}

TEST_CASE("what is no SI unit without prefix is not read") {
    for (const char* text :
         {"",         " ",       "mmHg",    "mm",  "Pascal", "m^",    "m^x",      "m^1e9",
          "m^(1/0)",  "m^(1/7)", "m^(1/3",  "/s",  "m/",     "*m",    "m * ",     "2 m",
          "m^0.1234", "m s^",    "m^99999", "kgm", "m\n",    "m^--1", "\xce\xbcm"}) {
        INFO(text);
        const auto unit = parse_unit(text);
        REQUIRE(!unit);
    }
}

TEST_CASE("units are written in the shortest way") {
    REQUIRE(shown("kg m^-1 s^-2") == "Pa");
    REQUIRE(shown("kg m s^-2") == "N");
    REQUIRE(shown("kg m^2 s^-2") == "J");
    REQUIRE(shown("J/s") == "W");
    REQUIRE(shown("kg/m s") == "Pa s");
    REQUIRE(shown("kg m^-4 s^-1") == "Pa s/m^3");
    REQUIRE(shown("m*m") == "m^2");
    REQUIRE(shown("m/s") == "m/s");
    REQUIRE(shown("Hz") == "1/s");
    REQUIRE(shown("kg/m^3") == "kg/m^3");
    REQUIRE(shown("m/m") == "1");
    REQUIRE(shown("Pa^0.5") == "Pa^0.5");
    REQUIRE(shown("m^(2/3)") == "m^(2/3)");
    REQUIRE(shown("Pa/m") == "Pa/m");
    REQUIRE(shown("1/K") == "1/K");
}

TEST_CASE("what is written is read as the same unit") {
    for (int m = -4; m <= 4; ++m)
        for (int kg = -2; kg <= 2; ++kg)
            for (int s = -3; s <= 3; ++s)
                for (const int parts : {60, 30, 20, 15, 1}) {
                    Dimension unit;
                    unit.exponents = {m * parts, kg * parts, s * parts, 0, m * parts, 0, 0};
                    INFO(to_string(unit));
                    REQUIRE(parse_unit(to_string(unit)) == unit);
                }
}

TEST_CASE("roots and powers of units are exact or there are none") {
    const Dimension area = of(2, 0, 0);
    REQUIRE(power(area, 0.5) == of(1, 0, 0));
    REQUIRE(power(area, 1.0 / 3.0)->exponents[0] == 40);
    REQUIRE(power(*power(area, 1.0 / 3.0), 3.0) == area);
    REQUIRE(!power(area, 0.123456));
    REQUIRE(!power(area, 1e300));
    REQUIRE(!power(area, std::stod("nan")));
    REQUIRE(power(Dimension{}, 0.123456) == Dimension{});
}

TEST_CASE("a unit multiplied with itself for ever stays a unit") {
    Dimension unit = of(1, 1, -2);
    for (int i = 0; i < 100; ++i) unit = unit * unit;
    REQUIRE(!unit.is_number());
    REQUIRE(!to_string(unit).empty());
}

#include "asp/base/text.hpp"

#include <vector>

#include "asp/base/testing.hpp"

using asp::nearest_name;

TEST_CASE("a misspelt name finds the name that was meant") {
    const std::vector<std::string> keys{"length_mm", "radius_mm", "wall_thickness_mm", "name"};
    REQUIRE(nearest_name("lenght_mm", keys) == "length_mm");  // swapped
    REQUIRE(nearest_name("radus_mm", keys) == "radius_mm");   // deleted
    REQUIRE(nearest_name("nname", keys) == "name");           // inserted
    REQUIRE(nearest_name("wall_thikness_m", keys) == "wall_thickness_mm");
    REQUIRE(nearest_name("LENGTH_MM", keys) == "length_mm");  // only the case differs
}

TEST_CASE("nothing is suggested when nothing is near") {
    const std::vector<std::string> keys{"length_mm", "x"};
    REQUIRE(!nearest_name("colour", keys));
    REQUIRE(!nearest_name("y", keys));
    REQUIRE(!nearest_name("", keys));
    REQUIRE(!nearest_name("length_mm", std::vector<std::string>{}));
}

TEST_CASE("of two equally near names the first wins") {
    REQUIRE(nearest_name("cat", std::vector<std::string>{"car", "cap"}) == "car");
}

#include "asp/db/distance.hpp"

#include "asp/base/testing.hpp"

using namespace asp::db;

TEST_CASE("a factor of two in a feature is a distance of one, either way") {
    CHECK(feature_distance({{"n", 64}}, {{"n", 128}}, {}) == Approx(1.0));
    CHECK(feature_distance({{"n", 128}}, {{"n", 64}}, {}) == Approx(1.0));
    CHECK(feature_distance({{"n", 64}}, {{"n", 64}}, {}) == 0.0);
}

TEST_CASE("features weigh as asked") {
    DistanceWeights weights;
    weights.features = {{"radius", 3.0}};
    CHECK(feature_distance({{"n", 2}, {"radius", 1}}, {{"n", 8}, {"radius", 2}}, weights) ==
          Approx(2.0 + 3.0));
}

TEST_CASE(
    "a feature that one side lacks, or a zero against a number, is as far as a factor of 16") {
    CHECK(feature_distance({{"n", 64}}, {{"n", 64}, {"k", 1}}, {}) == 4.0);
    CHECK(feature_distance({{"n", 64}, {"k", 1}}, {{"n", 64}}, {}) == 4.0);
    CHECK(feature_distance({{"n", 0}}, {{"n", 5}}, {}) == 4.0);
    CHECK(feature_distance({{"n", 0}}, {{"n", 0}}, {}) == 0.0);
}

TEST_CASE("the same fingerprint is the same machine, another one is never") {
    const Platform here{"a", R"({"l2_bytes":1048576})"}, twin{"b", R"({"l2_bytes":1048576})"};
    CHECK(platform_distance(here, here, {}) == 0.0);
    CHECK(platform_distance(here, twin, {}) > 0.0);
}

TEST_CASE("a machine of another instruction set is further than one with other caches") {
    const Platform here{"a", R"({"target":"x86_64","l2_bytes":1048576})"};
    const Platform caches{"b", R"({"target":"x86_64","l2_bytes":262144})"};
    const Platform foreign{"c", R"({"target":"aarch64","l2_bytes":1048576})"};
    CHECK(platform_distance(here, caches, {}) < platform_distance(here, foreign, {}));
    CHECK(platform_distance(here, caches, {}) == Approx(0.1 + 2.0));
}

TEST_CASE("what a machine's description lacks counts nothing") {
    CHECK(platform_distance({"a", "{}"}, {"b", R"({"l2_bytes":1})"}, {}) == Approx(0.1));
    CHECK(platform_distance({"a", "no JSON"}, {"b", "{}"}, {}) == Approx(0.1));
}

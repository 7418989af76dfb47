#include "asp/base/diagnostics.hpp"

#include "asp/base/testing.hpp"

TEST_CASE("without complaints nothing is thrown") {
    const asp::Diagnostics diagnostics;
    REQUIRE(diagnostics.empty());
    REQUIRE_NOTHROW(diagnostics.throw_if_any());
}

TEST_CASE("all complaints come at once, in the order they were made") {
    asp::Diagnostics diagnostics;
    diagnostics.error("b.yaml:9: late");
    diagnostics.error("b.yaml:1: early");
    REQUIRE(diagnostics.size() == 2);
    REQUIRE(asp::testing::message_of<asp::InputError>([&] { diagnostics.throw_if_any(); }) ==
            "b.yaml:9: late\nb.yaml:1: early");
}

#include "asp/base/error.hpp"

#include "asp/base/testing.hpp"

TEST_CASE("an input error says all its lines, in order") {
    const asp::InputError error(std::vector<std::string>{"a.yaml:1: first", "a.yaml:2: second"});
    REQUIRE(error.lines().size() == 2);
    REQUIRE(std::string(error.what()) == "a.yaml:1: first\na.yaml:2: second");
    REQUIRE(std::string(asp::InputError("one line").what()) == "one line");
}

TEST_CASE("a true assertion does nothing, and a false one names its condition and place") {
    const int cells = 3;
    REQUIRE_NOTHROW([&] { ASP_ASSERT(cells == 3); }());
#ifndef ASP_NO_ASSERT
    try {
        ASP_ASSERT(cells > 3);
        FAIL("the assertion did not throw");
    } catch (const asp::AssertionFailure& failure) {
        const std::string message = failure.what();
        REQUIRE(message.find("error.test.cpp:") != std::string::npos);
        REQUIRE(message.find("assertion failed: cells > 3") != std::string::npos);
    }
#endif
}

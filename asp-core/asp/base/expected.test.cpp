#include "asp/base/expected.hpp"

#include <memory>
#include <string>

#include "asp/base/testing.hpp"

using asp::AssertionFailure;
using asp::Expected;
using asp::Unexpected;
using asp::testing::message_of;

namespace {
Expected<int, std::string> half(int number) {
    if (number % 2 != 0) return Unexpected{std::string("odd")};
    return number / 2;
}
}  // namespace

TEST_CASE("an expected value is there, or the reason why not") {
    REQUIRE(half(6).has_value());
    REQUIRE(half(6).value() == 3);
    REQUIRE_FALSE(half(7));
    REQUIRE(half(7).error() == "odd");
    REQUIRE(half(7).value_or(0) == 0);
    REQUIRE(half(6).value_or(0) == 3);
}

TEST_CASE("a look at the part that is not there is a mistake of ours") {
    REQUIRE(message_of<AssertionFailure>([] {
                static_cast<void>(half(7).value());
            }).find("assertion failed") != std::string::npos);
    REQUIRE(message_of<AssertionFailure>([] {
                static_cast<void>(half(6).error());
            }).find("assertion failed") != std::string::npos);
}

TEST_CASE("value and error may have one type, and a value may be one that only moves") {
    const Expected<int, int> failed = Unexpected{2};
    REQUIRE_FALSE(failed);
    Expected<std::unique_ptr<int>, int> owner = std::make_unique<int>(4);
    REQUIRE(**owner == 4);
    REQUIRE(*std::move(owner).value() == 4);
}

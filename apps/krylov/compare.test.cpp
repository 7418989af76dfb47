#include "krylov/compare.hpp"

#include <limits>

#include "asp/base/testing.hpp"

using namespace krylov;

TEST_CASE("vectors with the same bits have no first difference") {
    asp::Array<double, 3> a({2, 2, 3});
    a(1, 1, 2) = -0.0;
    const auto b = a;
    CHECK_FALSE(first_difference<double>(a.view(), b.view()));
}

TEST_CASE("the first difference is told by level, vector, row and both values to the last bit") {
    asp::Array<double, 3> a({2, 2, 3}), b({2, 2, 3});
    a(1, 0, 2) = 1.5;
    b(1, 0, 2) = 1.5 + std::numeric_limits<double>::epsilon();
    a(1, 1, 0) = 1.0;
    const auto found = first_difference<double>(a.view(), b.view());
    REQUIRE(found);
    CHECK(found->level == 1);
    CHECK(found->vector == 0);
    CHECK(found->row == 2);
    CHECK(found->found == "0x1.8p+0");
    CHECK(found->expected == "0x1.8000000000001p+0");
}

TEST_CASE("zero and minus zero are different bits") {
    asp::Array<float, 3> a({1, 1, 1}), b({1, 1, 1});
    b(0, 0, 0) = -0.0F;
    const auto found = first_difference<float>(a.view(), b.view());
    REQUIRE(found);
    CHECK(found->expected == "-0x0p+0");
}

TEST_CASE("an imaginary part that differs is a difference") {
    asp::Array<std::complex<double>, 3> a({1, 1, 2}), b({1, 1, 2});
    a(0, 0, 1) = {1.0, 2.0};
    b(0, 0, 1) = {1.0, 4.0};
    const auto found = first_difference<std::complex<double>>(a.view(), b.view());
    REQUIRE(found);
    CHECK(found->row == 1);
    CHECK(found->expected == "(0x1p+0, 0x1p+2)");
}

TEST_CASE("an overflow is the first value that is infinite or not a number") {
    asp::Array<double, 3> a({3, 1, 4}, 1.0);
    CHECK_FALSE(first_overflow<double>(a.view()));
    a(2, 0, 0) = std::numeric_limits<double>::quiet_NaN();
    a(1, 0, 3) = std::numeric_limits<double>::infinity();
    const auto found = first_overflow<double>(a.view());
    REQUIRE(found);
    CHECK(found->level == 1);
    CHECK(found->row == 3);
}

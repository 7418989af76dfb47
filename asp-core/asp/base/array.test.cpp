#include "asp/base/array.hpp"

#include <numeric>

#include "asp/base/testing.hpp"

using asp::Array;
using asp::View;

namespace {
double sum(View<const double, 2> values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}
}  // namespace

static_assert(std::is_convertible_v<View<double, 2>, View<const double, 2>>);
static_assert(!std::is_convertible_v<View<const double, 2>, View<double, 2>>);
static_assert(std::is_convertible_v<Array<double, 2>&, View<double, 2>>);
static_assert(!std::is_convertible_v<const Array<double, 2>&, View<double, 2>>);

TEST_CASE("a new array is zero, or all one value") {
    const Array<double, 2> zeros({3, 4});
    REQUIRE(zeros.size() == 12);
    REQUIRE(sum(zeros) == 0.0);
    REQUIRE(sum(Array<double, 2>({3, 4}, 2.0)) == 24.0);
}

TEST_CASE("the last index runs fastest") {
    Array<int, 3> numbers({2, 3, 4});
    std::iota(numbers.begin(), numbers.end(), 0);
    REQUIRE(numbers(0, 0, 1) == 1);
    REQUIRE(numbers(0, 1, 0) == 4);
    REQUIRE(numbers(1, 0, 0) == 12);
    REQUIRE(numbers(1, 2, 3) == 23);
    REQUIRE(numbers[1][2][3] == 23);
}

TEST_CASE("a view writes into the array it looks at") {
    Array<double, 2> matrix({2, 2});
    const View<double, 2> view = matrix;
    view(1, 0) = 5.0;
    REQUIRE(matrix(1, 0) == 5.0);
    REQUIRE(view.data() == matrix.data());
    REQUIRE(view.extents() == matrix.extents());
}

TEST_CASE("a copy is independent, and a moved-from array is empty") {
    Array<double, 1> first({4}, 1.0);
    Array<double, 1> copy = first;
    copy(0) = 9.0;
    REQUIRE(first(0) == 1.0);

    const double* data = first.data();
    const Array<double, 1> moved = std::move(first);
    REQUIRE(moved.data() == data);
    REQUIRE(first.empty());  // NOLINT(bugprone-use-after-move): that is the law under test

    copy = moved;
    REQUIRE(copy(0) == 1.0);
}

TEST_CASE("an extent of zero gives an empty array of that shape") {
    const Array<double, 2> none({0, 7});
    REQUIRE(none.empty());
    REQUIRE(none.extent(1) == 7);
    REQUIRE(none.begin() == none.end());
    REQUIRE(Array<double, 2>().empty());
}

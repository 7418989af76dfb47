#include "krylov/csr.hpp"

#include <limits>
#include <random>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"

using namespace krylov;
using asp::testing::message_of;
using Starts = std::vector<std::int64_t>;
using Columns = std::vector<std::int32_t>;
using Values = std::vector<double>;

namespace {

template <class Scalar = double>
Csr<Scalar> assembled(std::int64_t rows, std::int64_t columns,
                      const std::vector<Entry<Scalar>>& entries, Assembly* assembly = nullptr) {
    return assemble<Scalar>(rows, columns, entries, assembly);
}

/// Entries anywhere, in any order, `count` of them.
std::vector<Entry<double>> random_entries(std::int64_t rows, std::int64_t columns, int count) {
    std::mt19937_64 random(7);
    std::vector<Entry<double>> entries;
    for (int e = 0; e < count; ++e)
        entries.push_back(
            {static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rows)),
             static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(columns)),
             static_cast<double>(random() % 1000)});
    return entries;
}

std::string refusal(const Csr<double>& matrix) {
    return message_of<asp::InputError>([&] { check(matrix.view(), "A"); });
}

template <class Scalar>
void holds_for_every_scalar() {
    const auto matrix = assembled<Scalar>(2, 2, {{1, 0, Scalar(3)}, {0, 1, Scalar(2)}});
    CHECK(matrix.value == std::vector<Scalar>{Scalar(2), Scalar(3)});
    CHECK(transposed(matrix.view()).value == std::vector<Scalar>{Scalar(3), Scalar(2)});
    CHECK(permuted(matrix.view(), Columns{1, 0}).value ==
          std::vector<Scalar>{Scalar(3), Scalar(2)});
    CHECK(is_structurally_symmetric(matrix.view()));
    const std::vector<std::int64_t> wide{1, 0};
    const CsrView<Scalar, std::int64_t> view{2, matrix.row_start, wide, matrix.value};
    CHECK(is_structurally_symmetric(view));
    CHECK_NOTHROW(check(view, "A"));
}

}  // namespace

TEST_CASE("entries in any order become rows of rising columns") {
    const auto matrix = assembled(3, 4, {{2, 3, 1.0}, {0, 2, 2.0}, {2, 0, 3.0}, {0, 1, 4.0}});
    CHECK(matrix.row_start == Starts{0, 2, 2, 4});
    CHECK(matrix.column == Columns{1, 2, 0, 3});
    CHECK(matrix.value == Values{4.0, 2.0, 3.0, 1.0});
    CHECK(matrix.columns == 4);
}

TEST_CASE("entries of one place are added up in the order given") {
    // In this order 1e16 swallows the first 1; in any other the sum differs.
    const std::vector<Entry<double>> entries{{0, 0, 1.0}, {0, 1, 5.0}, {0, 0, 1e16}, {0, 0, -1e16}};
    Assembly assembly;
    const auto matrix = assembled(2, 2, entries, &assembly);
    CHECK(matrix.value == Values{0.0, 5.0});
    CHECK(assembly.summed == 2);
    CHECK(assembly.empty_rows == 1);
    CHECK(assembly.explicit_zeros == 1);
}

TEST_CASE("a dense matrix's worth of random entries sums as a dense matrix does") {
    const std::int64_t rows = 5, columns = 90;  // rows both shorter and longer than sorted in place
    const auto entries = random_entries(rows, columns, 1200);
    std::vector<double> dense(static_cast<std::size_t>(rows * columns));
    for (const auto& e : entries)
        dense[static_cast<std::size_t>(e.row * columns + e.column)] += e.value;
    const auto matrix = assembled(rows, columns, entries);
    CHECK_NOTHROW(check(matrix.view(), "A"));
    for (std::size_t i = 0; i < 5; ++i)
        for (auto j = static_cast<std::size_t>(matrix.row_start[i]);
             j < static_cast<std::size_t>(matrix.row_start[i + 1]); ++j) {
            auto& place = dense[i * 90 + static_cast<std::size_t>(matrix.column[j])];
            CHECK(std::exchange(place, 0.0) == matrix.value[j]);
        }
    CHECK(std::ranges::all_of(dense, [](double rest) { return rest == 0.0; }));
}

TEST_CASE("a matrix without rows or entries is one") {
    CHECK(assembled(0, 0, {}).rows() == 0);
    const auto empty = assembled(3, 3, {});
    CHECK(empty.row_start == Starts{0, 0, 0, 0});
    CHECK_NOTHROW(check(empty.view(), "A"));
    CHECK(is_structurally_symmetric(empty.view()));
}

TEST_CASE("transposing twice gives the matrix back") {
    const auto matrix = assembled(40, 70, random_entries(40, 70, 300));
    const auto once = transposed(matrix.view());
    CHECK(once.rows() == 70);
    CHECK_NOTHROW(check(once.view(), "A^T"));
    const auto twice = transposed(once.view());
    CHECK(twice.row_start == matrix.row_start);
    CHECK(twice.column == matrix.column);
    CHECK(twice.value == matrix.value);
}

TEST_CASE("row i of a permuted matrix is row order[i], its columns renumbered alike") {
    const auto matrix = assembled(3, 3, {{0, 0, 1.0}, {0, 2, 2.0}, {1, 1, 3.0}, {2, 0, 4.0}});
    const auto result = permuted(matrix.view(), Columns{2, 0, 1});
    CHECK(result.row_start == Starts{0, 1, 3, 4});
    CHECK(result.column == Columns{1, 0, 1, 2});
    CHECK(result.value == Values{4.0, 2.0, 1.0, 3.0});
}

TEST_CASE("a pattern is symmetric when each entry has its mirror image") {
    const std::vector<Entry<double>> symmetric{{0, 0, 1.0}, {0, 3, 1.0}, {3, 0, 2.0},
                                               {1, 2, 1.0}, {2, 1, 1.0}, {3, 3, 1.0}};
    CHECK(is_structurally_symmetric(assembled(4, 4, symmetric).view()));
    for (std::size_t left_out = 0; left_out < symmetric.size(); ++left_out) {
        auto entries = symmetric;
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(left_out));
        const bool on_diagonal = symmetric[left_out].row == symmetric[left_out].column;
        CHECK(is_structurally_symmetric(assembled(4, 4, entries).view()) == on_diagonal);
    }
    CHECK_FALSE(is_structurally_symmetric(assembled(2, 3, {}).view()));
}

TEST_CASE("a matrix from outside that cannot be used is refused with its place") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(refusal({2, {0, 1, 2}, {0, 2}, {1.0, 1.0}}) == "A: row 1: column 2: expected 0 to 1");
    CHECK(refusal({2, {0, 1, 2}, {0, -1}, {1.0, 1.0}}) == "A: row 1: column -1: expected 0 to 1");
    CHECK(refusal({0, {0, 1}, {0}, {1.0}}) ==
          "A: row 0: column 0: expected no entries, as there are no columns");
    CHECK(refusal({2, {0, 2}, {1, 1}, {1.0, 1.0}}) ==
          "A: row 0: column 1: expected more than the column before, 1");
    CHECK(refusal({2, {0, 2}, {0, 1}, {1.0, nan}}) ==
          "A: row 0: column 1: expected a finite value");
    CHECK(refusal({2, {}, {}, {}}) == "A: no row starts: expected one more than there are rows");
    CHECK(refusal({-1, {0}, {}, {}}) == "A: -1 columns: expected 0 or more");
    CHECK(refusal({2, {1, 1}, {0}, {1.0}}) == "A: the first row starts at 1: expected 0");
    CHECK(refusal({2, {0, 1}, {0}, {}}) == "A: 1 columns and 0 values: expected as many of both");
    CHECK(refusal({2, {0, 2, 1}, {0}, {1.0}}) == "A: row 1 ends at 1: expected 2 or more");
    CHECK(refusal({2, {0, 2}, {0}, {1.0}}) ==
          "A: the last row ends at 2: expected 1, the number of entries");
}

TEST_CASE("complex values with an infinite part are refused") {
    const double infinity = std::numeric_limits<double>::infinity();
    const Csr<std::complex<double>> matrix{1, {0, 1}, {0}, {{0.0, infinity}}};
    CHECK(message_of<asp::InputError>([&] { check(matrix.view(), "A"); }) ==
          "A: row 0: column 0: expected a finite value");
}

TEST_CASE("what holds of double holds of every scalar and both widths of columns") {
    holds_for_every_scalar<double>();
    holds_for_every_scalar<float>();
    holds_for_every_scalar<std::complex<double>>();
    holds_for_every_scalar<std::complex<float>>();
}

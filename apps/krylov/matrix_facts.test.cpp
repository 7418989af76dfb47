#include "krylov/matrix_facts.hpp"

#include <complex>
#include <vector>

#include "asp/base/testing.hpp"

using namespace krylov;

namespace {

template <class Scalar>
Csr<Scalar> matrix_of(std::int64_t rows, std::int64_t columns, std::vector<Entry<Scalar>> entries) {
    return assemble<Scalar>(rows, columns, entries);
}

/// 2 x 2 blocks on the diagonal of a 6 x 6 matrix.
Csr<double> blocks_of_two() {
    std::vector<Entry<double>> entries;
    for (std::int64_t b = 0; b < 6; b += 2)
        for (std::int64_t i = 0; i < 2; ++i)
            for (std::int64_t j = 0; j < 2; ++j)
                entries.push_back({b + i, b + j, static_cast<double>(1 + i + j)});
    return matrix_of<double>(6, 6, entries);
}

}  // namespace

TEST_CASE("rows are described by their least, median and greatest length, empty ones counted") {
    const auto m =
        matrix_of<double>(4, 4, {{0, 0, 1.0}, {0, 1, 1.0}, {0, 3, 1.0}, {2, 2, 1.0}, {3, 0, 1.0}});
    const MatrixFacts facts = facts_of(m.view());
    CHECK(facts.row_lengths.least == 0);
    CHECK(facts.row_lengths.median == 1);
    CHECK(facts.row_lengths.most == 3);
    CHECK(facts.row_lengths.empty == 1);
    CHECK(facts.diagonal == 2);
    CHECK(facts.bandwidth == 3);
}

TEST_CASE("a symmetric pattern need not have symmetric values") {
    const MatrixFacts unsymmetric =
        facts_of(matrix_of<double>(2, 2, {{0, 1, 1.0}, {1, 0, 2.0}}).view());
    CHECK(unsymmetric.has_symmetric_pattern);
    CHECK_FALSE(unsymmetric.is_symmetric);
    const MatrixFacts symmetric =
        facts_of(matrix_of<double>(2, 2, {{0, 1, 2.0}, {1, 0, 2.0}}).view());
    CHECK(symmetric.is_symmetric);
    CHECK(symmetric.is_hermitian);
    CHECK_FALSE(facts_of(matrix_of<double>(2, 2, {{0, 1, 1.0}}).view()).has_symmetric_pattern);
    CHECK_FALSE(
        facts_of(matrix_of<double>(2, 3, {{0, 1, 1.0}, {1, 0, 1.0}}).view()).has_symmetric_pattern);
}

TEST_CASE("a Hermitian matrix is not a symmetric one") {
    using C = std::complex<double>;
    const auto m = matrix_of<C>(2, 2, {{0, 1, C(1, 2)}, {1, 0, C(1, -2)}});
    const MatrixFacts facts = facts_of(m.view());
    CHECK(facts.is_hermitian);
    CHECK_FALSE(facts.is_symmetric);
}

TEST_CASE("dense blocks are found, with what they store besides") {
    const BlockStructure found = block_structure(blocks_of_two().view());
    CHECK(found.size == 2);
    CHECK(found.fill == 1.0);
    const auto diagonal = matrix_of<double>(2, 2, {{0, 0, 1.0}, {1, 1, 1.0}});
    CHECK(block_structure(diagonal.view()).size == 1);
    CHECK(block_structure(diagonal.view(), 2.0).size == 2);
    CHECK(block_structure(diagonal.view(), 2.0).fill == 2.0);
}

TEST_CASE("values are counted, and whether fp32 would hold them") {
    const MatrixFacts facts = facts_of(blocks_of_two().view());
    CHECK(facts.distinct_values == 3);
    CHECK(facts.fits_single);
    CHECK(facts.infinity_norm == 5.0);
    CHECK_FALSE(facts_of(matrix_of<double>(1, 1, {{0, 0, 0.1}}).view()).fits_single);
}

TEST_CASE("a matrix without rows has no facts to stumble over") {
    const MatrixFacts facts = facts_of(Csr<double>{}.view());
    CHECK(facts.nonzeros == 0);
    CHECK(facts.blocks.size == 1);
}

#include "krylov/matrix_facts.hpp"

#include <algorithm>
#include <complex>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "krylov/ordering.hpp"
#include "krylov/workload.hpp"

namespace krylov {
namespace {

template <class Scalar>
inline constexpr bool is_complex = !std::is_floating_point_v<Scalar>;

template <class Scalar>
RowLengths row_lengths(const CsrView<Scalar>& matrix) {
    std::vector<std::int64_t> lengths;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i)
        lengths.push_back(matrix.row_start[i + 1] - matrix.row_start[i]);
    if (lengths.empty()) return {};
    std::sort(lengths.begin(), lengths.end());
    const auto empty = std::upper_bound(lengths.begin(), lengths.end(), 0) - lengths.begin();
    return {lengths.front(), lengths[lengths.size() / 2], lengths.back(), empty};
}

template <class Scalar>
std::int64_t stored_diagonal(const CsrView<Scalar>& matrix) {
    std::int64_t stored = 0;
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        const auto* const first = matrix.column.data() + matrix.row_start[row];
        const auto* const last = matrix.column.data() + matrix.row_start[row + 1];
        stored += std::binary_search(first, last, static_cast<std::int32_t>(i)) ? 1 : 0;
    }
    return stored;
}

template <class Scalar>
Scalar conjugate(const Scalar& value) {
    if constexpr (is_complex<Scalar>)
        return std::conj(value);
    else
        return value;
}

/// Precondition: the matrix and its transpose have the same pattern.
template <class Scalar>
void compare_with_transpose(const CsrView<Scalar>& matrix, MatrixFacts& facts) {
    const Csr<Scalar> other = transposed(matrix);
    const auto same = [](const Scalar& a, const Scalar& b) { return a == b; };
    const auto conjugates = [](const Scalar& a, const Scalar& b) { return a == conjugate(b); };
    facts.is_symmetric =
        std::equal(matrix.value.begin(), matrix.value.end(), other.value.begin(), same);
    facts.is_hermitian =
        std::equal(matrix.value.begin(), matrix.value.end(), other.value.begin(), conjugates);
}

template <class Scalar>
std::optional<std::size_t> distinct_values(const CsrView<Scalar>& matrix) {
    std::unordered_set<std::string_view> seen;  // of the values' bits
    for (const Scalar& value : matrix.value) {
        seen.emplace(reinterpret_cast<const char*>(&value), sizeof value);
        if (seen.size() > most_distinct_values) return std::nullopt;
    }
    return seen.size();
}

bool fits(double value) {
    return static_cast<double>(static_cast<float>(value)) == value;
}
bool fits(float) {
    return true;
}
template <class Real>
bool fits(std::complex<Real> value) {
    return fits(value.real()) && fits(value.imag());
}

/// Blocks of `size` x `size` with at least one nonzero.
template <class Scalar>
std::int64_t count_blocks(const CsrView<Scalar>& matrix, std::int64_t size) {
    // The last block row that met each block column.
    std::vector<std::int64_t> met(static_cast<std::size_t>(matrix.columns / size + 1), -1);
    std::int64_t blocks = 0;
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        for (auto j = matrix.row_start[row]; j < matrix.row_start[row + 1]; ++j) {
            const auto column = matrix.column[static_cast<std::size_t>(j)];
            std::int64_t& last = met[static_cast<std::size_t>(column / size)];
            blocks += last != i / size ? 1 : 0;
            last = i / size;
        }
    }
    return blocks;
}

}  // namespace

template <class Scalar>
BlockStructure block_structure(const CsrView<Scalar>& matrix, double most_fill) {
    if (matrix.nonzeros() == 0) return {};
    for (int size = 6; size > 1; --size) {
        const auto places = static_cast<double>(count_blocks(matrix, size) * size * size);
        const double fill = places / static_cast<double>(matrix.nonzeros());
        if (fill <= most_fill) return {size, fill};
    }
    return {};
}

template <class Scalar>
MatrixFacts facts_of(const CsrView<Scalar>& matrix) {
    MatrixFacts facts;
    facts.rows = matrix.rows();
    facts.columns = matrix.columns;
    facts.nonzeros = matrix.nonzeros();
    facts.row_lengths = row_lengths(matrix);
    facts.bandwidth = bandwidth(matrix);
    facts.diagonal = stored_diagonal(matrix);
    facts.has_symmetric_pattern =
        matrix.rows() == matrix.columns && is_structurally_symmetric(matrix);
    if (facts.has_symmetric_pattern) compare_with_transpose(matrix, facts);
    facts.blocks = block_structure(matrix);
    facts.distinct_values = distinct_values(matrix);
    facts.fits_single = std::all_of(matrix.value.begin(), matrix.value.end(),
                                    [](const Scalar& value) { return fits(value); });
    facts.infinity_norm = infinity_norm(matrix);
    return facts;
}

#define KRYLOV_INSTANTIATE(Scalar)                                \
    template MatrixFacts facts_of(const CsrView<Scalar>& matrix); \
    template BlockStructure block_structure(const CsrView<Scalar>&, double);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov

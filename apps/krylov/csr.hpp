#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace krylov {

/// A square or rectangular sparse matrix in compressed sparse rows that somebody else owns. The
/// columns of a row rise, each at most once: that is the order in which a row's products are added
/// up, by every kernel here.
template <class Scalar, class Column = std::int32_t>
struct CsrView {
    std::int64_t columns = 0;
    std::span<const std::int64_t> row_start;  ///< [rows + 1]
    std::span<const Column> column;           ///< [nonzeros]
    std::span<const Scalar> value;            ///< [nonzeros]

    std::int64_t rows() const { return static_cast<std::int64_t>(row_start.size()) - 1; }
    std::int64_t nonzeros() const { return static_cast<std::int64_t>(column.size()); }
    /// [bytes] with row starts of four bytes where they fit: what CSR costs elsewhere.
    std::size_t bytes() const {
        const std::size_t start = nonzeros() < (std::int64_t{1} << 31) ? 4 : 8;
        return row_start.size() * start + column.size() * (sizeof(Column) + sizeof(Scalar));
    }
};

/// The same, owned.
template <class Scalar>
struct Csr {
    using value_type = Scalar;

    std::int64_t columns = 0;
    std::vector<std::int64_t> row_start{0};
    std::vector<std::int32_t> column;
    std::vector<Scalar> value;

    std::int64_t rows() const { return static_cast<std::int64_t>(row_start.size()) - 1; }
    std::int64_t nonzeros() const { return static_cast<std::int64_t>(column.size()); }
    CsrView<Scalar> view() const { return {columns, row_start, column, value}; }
};

/// One entry, zero-based.
template <class Scalar>
struct Entry {
    std::int64_t row, column;
    Scalar value;
};

/// What became of the entries of a matrix on its way into CSR.
struct Assembly {
    std::int64_t summed = 0;  ///< entries that were added to an earlier one of the same place
    std::int64_t empty_rows = 0;
    std::int64_t explicit_zeros = 0;  ///< kept: they are part of the pattern
};

/// Sorts by row and column and adds up what stands in one place, in the order given.
/// Precondition: all places are inside.
template <class Scalar>
Csr<Scalar> assemble(std::int64_t rows, std::int64_t columns,
                     std::span<const Entry<Scalar>> entries, Assembly* assembly = nullptr);

/// Adds up neighbours of one column in rows whose columns rise, in the order they stand.
template <class Scalar>
Assembly merge_duplicates(Csr<Scalar>& matrix);

/// Why a matrix from outside cannot be used: sizes that do not fit, columns out of range or not
/// rising, values that are not finite. Throws InputError:
/// "NAME: row 3: column 17: expected 0 to 9".
template <class Scalar, class Column>
void check(const CsrView<Scalar, Column>& matrix, const std::string& name);

/// Whether a_ij is stored wherever a_ji is.
template <class Scalar, class Column>
bool is_structurally_symmetric(const CsrView<Scalar, Column>& matrix);

/// Its rows' columns rise even where those of `matrix` do not; duplicates become neighbours.
template <class Scalar>
Csr<Scalar> transposed(const CsrView<Scalar>& matrix);

/// P A P^T: row i of the result is row `order[i]` of the matrix. Columns rise again: the order of
/// a row's additions changes.
template <class Scalar>
Csr<Scalar> permuted(const CsrView<Scalar>& matrix, std::span<const std::int32_t> order);

}  // namespace krylov

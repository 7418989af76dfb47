#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "krylov/matrix_file.hpp"

namespace krylov::detail {

/// What of a matrix stands in a file: all, or one triangle from which the other follows.
enum class Symmetry { general, symmetric, skew, hermitian };
std::string_view name_of(Symmetry symmetry);

/// A matrix as files keep it: compressed along its rows or its columns, indices in any order.
enum class Along { rows, columns };
template <class Scalar>
struct Stored {
    std::int64_t rows = 0, columns = 0;
    Along along = Along::rows;
    std::vector<std::int64_t> start;  ///< [rows or columns + 1]
    std::vector<std::int32_t> index;  ///< zero-based columns or rows
    std::vector<Scalar> value;
};

/// Puts a file's arrays in order. Throws InputError "FILE: column 3: row 17: expected 0 to 9" for
/// what does not fit together, is out of range or not finite.
template <class Scalar>
LoadedMatrix completed(Stored<Scalar>&& stored, Symmetry symmetry, const std::string& file);
/// The same for entries that were checked one by one when they were read.
template <class Scalar>
LoadedMatrix completed(std::int64_t rows, std::int64_t columns,
                       const std::vector<Entry<Scalar>>& entries, Symmetry symmetry,
                       const std::string& file);

/// Refuses numbers of rows and columns that are negative or cannot be held by 32 bits.
void require_sizes(std::int64_t rows, std::int64_t columns, const std::string& file);

}  // namespace krylov::detail

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "krylov/csr.hpp"

namespace krylov {

struct RowLengths {
    std::int64_t least = 0, median = 0, most = 0, empty = 0;
};

/// Square blocks, rows and columns in step with the first, that hold the nonzeros best.
struct BlockStructure {
    int size = 1;
    double fill = 1.0;  ///< places in blocks with a nonzero over nonzeros
};

/// What a person wants to know of a matrix before taking its powers.
struct MatrixFacts {
    std::int64_t rows = 0, columns = 0, nonzeros = 0;
    RowLengths row_lengths;
    std::int64_t bandwidth = 0;          ///< greatest |i - j|
    std::int64_t diagonal = 0;           ///< entries on it that are stored
    bool has_symmetric_pattern = false;  ///< false where not square
    bool is_symmetric = false;           ///< in its values too, to the bit
    bool is_hermitian = false;           ///< the same as symmetric where all is real
    BlockStructure blocks;
    std::optional<std::size_t> distinct_values;  ///< nothing: more than were counted
    bool fits_single = false;                    ///< rounding the values to fp32 changes none
    double infinity_norm = 0.0;
};

/// Distinct values are counted up to here: a dictionary of more would not fit any table.
inline constexpr std::size_t most_distinct_values = 65536;

template <class Scalar>
MatrixFacts facts_of(const CsrView<Scalar>& matrix);

/// Of b x b, b = 2 to 6, the largest that stores at most `most_fill` places for each nonzero.
template <class Scalar>
BlockStructure block_structure(const CsrView<Scalar>& matrix, double most_fill = 1.1);

}  // namespace krylov

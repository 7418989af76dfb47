#pragma once

#include <cstdint>
#include <vector>

namespace krylov {

/// Rows in contiguous blocks, one for each rank in turn, as PETSc lays a matrix out. A block may
/// be empty.
struct RowLayout {
    std::vector<std::int64_t> start{
        0};  ///< [ranks + 1] rank r has rows start[r] to start[r + 1] - 1

    int ranks() const { return static_cast<int>(start.size()) - 1; }
    std::int64_t rows() const { return start.back(); }
    /// Precondition: 0 <= row < rows().
    int owner(std::int64_t row) const;
};

/// Blocks that differ by one row at most, the longer ones first: what PETSC_DECIDE gives.
RowLayout even_layout(std::int64_t rows, int ranks);

}  // namespace krylov

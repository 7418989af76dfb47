#pragma once
// Small matrices for *.test.cpp only.

#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "krylov/csr.hpp"

namespace krylov::testing {

/// Rows given as lists of (column, value), columns rising.
inline Csr<double> from_rows(
    std::int64_t columns, const std::vector<std::vector<std::pair<std::int32_t, double>>>& rows) {
    Csr<double> matrix;
    matrix.columns = columns;
    for (const auto& row : rows) {
        for (const auto& [column, value] : row) {
            matrix.column.push_back(column);
            matrix.value.push_back(value);
        }
        matrix.row_start.push_back(matrix.nonzeros());
    }
    return matrix;
}

inline Csr<double> diagonal(std::span<const double> values) {
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows;
    for (const double value : values)
        rows.push_back({{static_cast<std::int32_t>(rows.size()), value}});
    return from_rows(static_cast<std::int64_t>(values.size()), rows);
}

/// The second difference on `n` points, (-1, 2, -1): eigenvalues in (0, 4).
inline Csr<double> laplacian(std::int32_t n) {
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows(static_cast<std::size_t>(n));
    for (std::int32_t i = 0; i < n; ++i) {
        auto& row = rows[static_cast<std::size_t>(i)];
        if (i > 0) row.emplace_back(i - 1, -1.0);
        row.emplace_back(i, 2.0);
        if (i + 1 < n) row.emplace_back(i + 1, -1.0);
    }
    return from_rows(n, rows);
}

/// Five points on a `width` x `height` grid, with upwind convection: unsymmetric values.
inline Csr<double> convection_diffusion(std::int32_t width, std::int32_t height) {
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows;
    for (std::int32_t y = 0; y < height; ++y)
        for (std::int32_t x = 0; x < width; ++x) {
            const std::int32_t i = y * width + x;
            auto& row = rows.emplace_back();
            if (y > 0) row.emplace_back(i - width, -0.19);
            if (x > 0) row.emplace_back(i - 1, -0.31);
            row.emplace_back(i, 0.83);
            if (x + 1 < width) row.emplace_back(i + 1, -0.13);
            if (y + 1 < height) row.emplace_back(i + width, -0.17);
        }
    return from_rows(std::int64_t{width} * height, rows);
}

/// Unsymmetric in pattern and values: each place is taken with probability `density`; some rows
/// stay empty. Row sums of absolute values are near 1.
inline Csr<double> random_matrix(std::int32_t rows, std::int32_t columns, double density,
                                 std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&random] {
        return static_cast<double>(random() >> 11) * 0x1p-53;  // [0, 1), the same everywhere
    };
    std::vector<std::vector<std::pair<std::int32_t, double>>> entries(
        static_cast<std::size_t>(rows));
    for (auto& row : entries)
        for (std::int32_t j = 0; j < columns; ++j)
            if (uniform() < density)
                row.emplace_back(j, (uniform() - 0.4) * 2.0 / (1.0 + density * columns));
    return from_rows(columns, entries);
}

/// Numbers in [-0.5, 0.5), the same for the same seed.
inline std::vector<double> random_vector(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> vector(size);
    for (double& x : vector) x = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
    return vector;
}

}  // namespace krylov::testing

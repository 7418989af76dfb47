#pragma once

#include <cstddef>
#include <vector>

#include "asp/ir/function.hpp"

namespace asp::newton::detail {

/// A square system of expressions of one graph: sum_j matrix[i][j] x_j = right_side[i]. An empty
/// expression is a zero.
struct LinearSystem {
    std::vector<std::vector<ir::Expression>> matrix;
    std::vector<ir::Expression> right_side;
};

/// A solution by elimination, as expressions.
struct Elimination {
    std::vector<ir::Expression> solution;  ///< [n]
    /// Pivot k stands in row `rows[k]` and column `columns[k]`.
    std::vector<ir::Expression> pivots;
    std::vector<std::size_t> rows, columns;
};

/// Eliminates without looking at values: pivots in an order that keeps the fill small (Markowitz),
/// among those that are not small at sample points. `column_scales`: expressions for the size of
/// each unknown; `samples`: points of the graph's arguments. Empty where the matrix is singular
/// whatever the values: the solution then has no entries.
/// Source: Duff, Erisman, Reid (2017), section 7.2.
Elimination eliminate(LinearSystem system, const std::vector<ir::Expression>& column_scales,
                      const std::vector<std::vector<double>>& samples);

/// Updates of matrix entries that such an elimination takes, from the pattern of the matrix alone.
std::size_t elimination_updates(std::vector<std::vector<char>> pattern);

}  // namespace asp::newton::detail

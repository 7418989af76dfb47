#include "krylov/distributed/row_layout.hpp"

#include <algorithm>

namespace krylov {

int RowLayout::owner(std::int64_t row) const {
    return static_cast<int>(std::ranges::upper_bound(start, row) - start.begin()) - 1;
}

RowLayout even_layout(std::int64_t rows, int ranks) {
    RowLayout layout;
    for (std::int64_t rank = 0; rank < ranks; ++rank)
        layout.start.push_back(layout.start.back() + rows / ranks + (rank < rows % ranks ? 1 : 0));
    return layout;
}

}  // namespace krylov

#pragma once

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "asp/ir/grid.hpp"

namespace asp::ir::detail {

/// Indices [first, second).
using Range = std::pair<long, long>;

/// Where a field's values stand. In one dimension, cells are counted from `first`, in more, slabs.
struct GridMemory {
    double* data = nullptr;
    long first = 0;
    long outer = 0, middle = 0;  ///< strides; none in one dimension, one in two
    long first_cell = 0;

    double* at(long i, long j, long x) const {
        return data + (i - first) * outer + j * middle + (x - first_cell);
    }
};

/// Sizes of a grid: slabs of rows of cells. One dimension is one row, two are slabs of one row.
struct GridShape {
    std::size_t dimensions;
    long slabs = 1, rows = 1, cells = 1;

    GridShape(std::size_t dimensions_, const std::array<long, 3>& shape)
        : dimensions(dimensions_), cells(shape[dimensions_ - 1]) {
        if (dimensions > 1) slabs = shape[0];
        if (dimensions > 2) rows = shape[1];
    }
    /// Indices of the outermost dimension.
    long outermost() const { return dimensions == 1 ? cells : slabs; }
    /// Values of one of them.
    long slab_size() const { return dimensions == 1 ? 1 : rows * cells; }
};

/// Where the index is found; -1: outside, under Edge::dirichlet.
inline long inside(long index, long size, Edge edge) {
    if (index >= 0 && index < size) return index;
    if (edge == Edge::dirichlet) return -1;
    const long period = edge == Edge::periodic ? size : 2 * size;
    const long folded = (index % period + period) % period;
    return folded < size ? folded : period - 1 - folded;
}

/// act(slab, rows, cells) for parts of the region within the outermost indices `ranges`.
template <class Act>
void for_rows(const GridShape& shape, const std::vector<Range>& ranges, const Region& region,
              Act&& act) {
    const long width = region.width[shape.dimensions - 1];
    // rows that are not at the edge
    const long beside = shape.dimensions > 2 ? region.width[1] : 0;
    const long first = std::min(beside, shape.rows), last = std::max(first, shape.rows - beside);
    const auto part_of = [&](long i, Range rows, Range within, bool at_edge) {
        const auto part = [&](long begin, long end) {
            begin = std::max(begin, within.first);
            end = std::min(end, within.second);
            if (begin < end && rows.first < rows.second) act(i, rows, Range{begin, end});
        };
        const long inner = std::max(width, shape.cells - width);
        if (region.kind == Region::Kind::interior) {
            if (!at_edge) part(width, shape.cells - width);
        } else if (region.kind == Region::Kind::points || at_edge) {
            part(0, shape.cells);
        } else {
            part(0, std::min(width, shape.cells));
            part(inner, shape.cells);
        }
    };
    for (const Range& range : ranges) {
        if (shape.dimensions == 1) {
            part_of(0, {0, 1}, range, false);
            continue;
        }
        for (long i = range.first; i < range.second; ++i) {
            const Range all{0, shape.cells};
            if (i < region.width[0] || i >= shape.slabs - region.width[0]) {
                part_of(i, {0, shape.rows}, all, true);
                continue;
            }
            part_of(i, {0, first}, all, true);
            part_of(i, {first, last}, all, false);
            part_of(i, {last, shape.rows}, all, true);
        }
    }
}

}  // namespace asp::ir::detail

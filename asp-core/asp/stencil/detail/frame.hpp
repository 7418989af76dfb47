#pragma once

#include "asp/stencil/detail/plan.hpp"
#include "asp/stencil/kernels/rows.hpp"

namespace asp::stencil::detail {

/// Where a version of a field lies. Rings have their place for index 0 before their begin.
struct Place {
    double* base;
    long plane, row;
    long depth;  ///< planes of a ring; 0: the whole field

    double* plane_at(long index) const {
        if (depth == 0) return base + index * plane;
        const long slot = index % depth;
        return base + (slot < 0 ? slot + depth : slot) * plane;
    }
};

/// A call as a sweep sees it: planes of rows of points. The rows of a grid of two dimensions are
/// planes where stages follow each other from row to row; with one stage only they are the rows of
/// a single plane, of which many are computed at a time.
struct Frame {
    Frame(const Shape& its_shape, const Arguments& arguments, const Plan& its_plan);

    long plane_away(const Input& input) const { return is_flat ? 0 : input.plane; }
    long row_away(const Input& input) const { return is_flat ? input.plane : input.row; }
    long region_width(const Region& region, int d) const {
        return is_flat && d < 2 ? (d == 1 ? region.width[0] : 0) : region.width[d];
    }
    bool is_deep(const Region& region, int d, long index) const {
        const long width = region_width(region, d);
        return width <= index && index < n[d] - width;
    }

    /// A field as it was before the call, and as the call leaves it.
    Place before(int field) const { return place_of(a.arrays[field], size_of_field(field)); }
    Place after(int field) const {
        return place_of(a.arrays[shape.fields + field], size_of_field(field) + 2);
    }

    /// Index i (of a plane or row) as it counts in a place; false: outside, a constant stands
    /// there.
    bool locate(int d, const Place& place, long i, long& found) const {
        if (shape.edge == edge_dirichlet && !is_inside(i, n[d])) return false;
        const bool has_own = shape.edge == edge_periodic && place.depth > 0;
        found = has_own ? i : mapped(shape.edge, i, n[d]);
        return true;
    }

    const Shape& shape;
    const Arguments& a;
    const Plan& plan;
    bool is_flat;
    long n[3];

private:
    const long* size_of_field(int field) const {
        return a.sizes + size_fields + field * sizes_per_field;
    }
    Place place_of(void* data, const long* stride) const {
        return {static_cast<double*>(data), is_flat ? 0 : stride[0], stride[is_flat ? 0 : 1], 0};
    }
};

}  // namespace asp::stencil::detail

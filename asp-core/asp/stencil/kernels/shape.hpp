#pragma once
// What a grid function looks like to the template: loops over regions that read rows of fields.
#include "asp/kernel/arguments.hpp"
#include "asp/kernel/prelude.hpp"

/// The dimensions of the template are always three: planes, rows of a plane, points of a row. A
/// grid of two has planes of one row; a grid of one has a single row.
namespace asp::stencil {

constexpr int edge_none = 0;
constexpr int edge_periodic = 1;
constexpr int edge_neumann = 2;
constexpr int edge_dirichlet = 3;

constexpr int all_points = 0;
constexpr int interior_points = 1;
constexpr int border_points = 2;

struct Region {
    int kind;
    long width[3];
};

/// A row that a loop reads: of a field, so many planes and rows away, with up to `reach` more
/// points on both sides.
struct Input {
    int field;
    long plane, row, reach;
};

ASP_FN constexpr long larger(long a, long b) {
    return a > b ? a : b;
}
ASP_FN constexpr long smaller(long a, long b) {
    return a < b ? a : b;
}
ASP_FN constexpr long size_of(long a) {
    return a < 0 ? -a : a;
}

/// The index inside [0, n) whose value stands at i. Of edge_dirichlet and edge_none: the nearest.
ASP_FN long mapped(int edge, long i, long n) {
    if (i >= 0 && i < n) return i;
    if (edge == edge_periodic) {
        const long rest = i % n;
        return rest < 0 ? rest + n : rest;
    }
    if (edge == edge_neumann) {
        long rest = i % (2 * n);
        if (rest < 0) rest += 2 * n;
        return rest < n ? rest : 2 * n - 1 - rest;
    }
    return i < 0 ? 0 : n - 1;
}

ASP_FN bool is_inside(long i, long n) {
    return i >= 0 && i < n;
}

/// The part of a row of n points that belongs to a region: up to two pieces [begin, end).
/// `is_deep`: whether the row itself is in the interior.
struct Pieces {
    long begin[2], end[2];
};
ASP_FN Pieces pieces_of(const Region& region, bool is_deep, long n) {
    const long w = region.width[2];
    if (region.kind == all_points || (region.kind == border_points && (!is_deep || 2 * w >= n)))
        return {{0, n}, {n, n}};
    if (region.kind == border_points) return {{0, n - w}, {w, n}};
    if (!is_deep || 2 * w >= n) return {{0, 0}, {0, 0}};
    return {{w, n}, {n - w, n}};
}

struct Block;

/// A loop of the function.
struct Loop {
    Region region;
    int inputs, outputs, sums, first_sum;
    const Input* input;
    const int* output;  ///< fields
    long reach;         ///< largest of its inputs
    void (*run)(const Block&);
};

constexpr int sum_kind = 0;
constexpr int maximum_kind = 1;
constexpr int minimum_kind = 2;

/// What a compiled kernel says of its function; all else is the same for all functions.
struct Shape {
    int dimensions, fields, scalars, loops, sums, edge;
    double edge_value;
    const Loop* loop;
    const bool* temporary;  ///< [fields]
    const int* sum;         ///< [sums] kinds
    bool streaming;         ///< results may go past the caches
};

/// A call's arrays: fields as they are before it [fields], where the written ones go [fields] (the
/// same memory where the function's plan allows it; null for others), partial reductions
/// [sums][extent], and two longs: the address of the Drive, and of what that one knows already.
/// Sizes: see below; strides are in elements, 1 along rows.
constexpr long size_shape = 0;   ///< planes, rows, points
constexpr long size_steps = 3;   ///< time steps in this call; for CUDA: the loop
constexpr long size_extent = 4;  ///< of the index space
constexpr long size_cache = 5;   ///< bytes of a core's second cache
constexpr long size_stream = 6;  ///< results of at least so many bytes go past the caches
constexpr long size_block = 7;   ///< points of an index in one dimension
constexpr long size_fields = 8;  ///< for each field: plane and row stride before, and of the result
constexpr long sizes_per_field = 5;  ///< ..., and the field whose result it is in the next step

/// The way through loops, steps and planes is the same for all functions, and is not compiled
/// again for each: the kernel hands its loops to a function of the program that calls it.
using Drive = int (*)(const Shape& shape, const Arguments& arguments, long lo, long hi);

/// Range [lo, hi) of planes, in two dimensions of rows, in one of blocks. 1: no memory for it.
template <class Stencil>
ASP_KERNEL int run_stencil(const Arguments& arguments, long lo, long hi) {
    const long address = *static_cast<const long*>(arguments.arrays[2 * Stencil::shape.fields + 1]);
    return reinterpret_cast<Drive>(address)(Stencil::shape, arguments, lo, hi);
}

/// Most time steps of one call.
constexpr long most_steps = 16;

/// Points of an index in one dimension, by default: a few fields of them stay in the first cache.
constexpr long block_points = 1024;

}  // namespace asp::stencil

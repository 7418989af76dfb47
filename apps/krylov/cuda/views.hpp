#pragma once
// A packed matrix as its kernels read it, from wherever its arrays are.

#include "krylov/cuda/packing.hpp"

namespace krylov::cuda {

/// Numbers without their type: complex ones are pairs.
template <class Scalar>
const typename RealOf<Scalar>::type* reals(const Scalar* values) {
    return reinterpret_cast<const typename RealOf<Scalar>::type*>(values);
}

/// `place(values)` tells where a kernel finds the content of a std::vector.
template <class Scalar, class Place>
SlicedRows<typename RealOf<Scalar>::type, RealOf<Scalar>::width> rows_view(const Slices<Scalar>& s,
                                                                           const Place& place) {
    return {s.places(),   place(s.start),  place(s.length),
            place(s.row), place(s.column), reals(place(s.value))};
}

template <int block, class Scalar, class Place>
SlicedBlocks<typename RealOf<Scalar>::type, RealOf<Scalar>::width, block, block> blocks_view(
    const Slices<Scalar>& s, const Place& place) {
    return {s.places(),   place(s.start),  place(s.length),
            place(s.row), place(s.column), reals(place(s.value))};
}

/// `is_resident`: each tile's matrix lies in the memory of its block.
template <class Scalar, class Place>
Tiles<typename RealOf<Scalar>::type, RealOf<Scalar>::width> tiles_view(const PackedTiles<Scalar>& t,
                                                                       bool is_resident,
                                                                       const Place& place) {
    return {
        t.tiles(),          t.depth,         t.most_rows,        is_resident ? t.most_entries : 0,
        place(t.first_row), place(t.row),    place(t.level_end), place(t.first_slice),
        place(t.start),     place(t.length), place(t.column),    reals(place(t.value))};
}

}  // namespace krylov::cuda

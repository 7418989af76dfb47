#pragma once

#include <memory>
#include <vector>

#include "krylov/detail/engine.hpp"
#include "krylov/detail/powers.hpp"

namespace krylov::detail {

/// Tiles that stand alone: each has a copy of the rows that its own rows need over `depth` levels,
/// numbered from 0, and makes the levels in a small memory of its own. What tiles share is computed
/// by each of them. Algorithm PA1 of Demmel, Hoemmen, Mohiyuddin and Yelick (2008), with one tile
/// after the other, or on harts side by side.
template <class Scalar>
class ExplicitTiles {
public:
    /// Units of `rows_per_unit` rows, whole blocks of `shape`, are dealt out by `tiling`. `form`
    /// loses nothing.
    template <class Column>
    ExplicitTiles(const CsrView<Scalar, Column>& matrix, const Tiling& tiling,
                  std::int64_t rows_per_unit, int depth, const SliceShape& shape,
                  const ShortForm<Scalar>& form, int vectors, const asp::Context& context,
                  const asp::Team* team);
    ~ExplicitTiles();

    void make_levels(const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                     const asp::Team* team, const Finished& finished = {}) const;

    std::size_t bytes() const;
    /// Rows computed over rows needed.
    double redundancy() const { return redundancy_; }
    std::int64_t tiles() const { return static_cast<std::int64_t>(tiles_.size()); }
    /// Of any tile.
    const Engine<Scalar>& engine() const;

private:
    struct Tile;
    struct Memory;
    void work_on(const Tile& tile, const Recurrence& recurrence, std::size_t done,
                 const Vectors<Scalar>& vectors, Memory& memory) const;

    int depth_, vectors_;
    std::int64_t rows_;
    double redundancy_ = 1.0;
    std::vector<std::unique_ptr<Tile>> tiles_;
    /// One tile's with indices of two bytes, one's with four: their kernels serve all.
    const Engine<Scalar>* alike_[2] = {nullptr, nullptr};
};

}  // namespace krylov::detail

#pragma once

#include <algorithm>
#include <complex>
#include <cstdint>
#include <limits>
#include <vector>

#include "krylov/sliced_matrix.hpp"

namespace krylov::detail {

using Index = std::int64_t;

/// Makes one slice after another; keeps its scratch memory. In another numbering (null: the given
/// one) slices are of its rows and read its columns, but each row keeps the given order of entries.
template <class Scalar, class Column>
class Packer {
public:
    Packer(const CsrView<Scalar, Column>& matrix, const SliceShape& shape,
           const Renumbering* numbering)
        : matrix_(matrix),
          shape_(shape),
          numbering_(numbering),
          lanes_(static_cast<std::size_t>(shape.lanes)),
          block_columns_(matrix.columns / shape.columns),
          lists_(lanes_),
          blocks_(lanes_),
          is_dense_(lanes_) {}

    /// Looks at the rows of a slice. After that the results below are those of this slice.
    /// `is_known`: that it repeats the one before, which saves a look where that was the last.
    void study(Index slice, bool is_known = false) {
        first_row_ = slice * shape_.rows * shape_.lanes;
        if ((repeats_ = repeats(is_known))) return;
        std::size_t longest = 0;
        for (std::size_t l = 0; l < lanes_; ++l) {
            list_blocks(l);
            longest = std::max(longest, blocks_[l].size());
        }
        // Where entries do not rise they hardly ever run.
        is_run_ = numbering_ == nullptr && find_run(longest);
        entries_ = is_run_ ? run_.size() : longest;
        base_ = last_ = 0;
        if (entries_ == 0) return;
        base_ = std::numeric_limits<Index>::max();
        if (is_run_) {
            note(run_.front(), run_.back());
        } else {
            for (std::size_t l = 0; l < lanes_; ++l) note_lane(l);
        }
    }

    bool is_run() const { return is_run_; }
    /// Whether the slice has the columns of the one before, so many rows further on.
    bool repeats() const { return repeats_; }
    std::size_t entries() const { return entries_; }
    std::size_t indices() const { return is_run_ ? entries_ : entries_ * lanes_; }
    Index base() const { return base_ * shape_.columns; }
    Index span() const { return (last_ - base_) * shape_.columns; }
    Index row() const { return first_row_; }

    template <class Narrow>
    void write_indices(Narrow* to) const {
        const auto put = [&](Index block) {
            *to++ = static_cast<Narrow>((block - base_) * shape_.columns);
        };
        for (std::size_t e = 0; e < entries_; ++e) {
            if (is_run_)
                put(run_[e]);
            else
                for (std::size_t l = 0; l < lanes_; ++l) put(place_at(l, e));
        }
    }

    /// `to` [entries * block * lanes]
    void write_values(Scalar* to) const {
        const std::size_t block = static_cast<std::size_t>(shape_.rows * shape_.columns) * lanes_;
        if (is_regular_) return write_regular(to);
        std::fill_n(to, entries_ * block, Scalar{});
        for (std::size_t l = 0; l < lanes_; ++l)
            for (int r = 0; r < shape_.rows; ++r) write_row(to, l, r);
    }

private:
    /// In the given numbering; past the last where there is none.
    std::size_t row_of(std::size_t lane, int r) const {
        const std::size_t row = static_cast<std::size_t>(first_row_) +
                                lane * static_cast<std::size_t>(shape_.rows) +
                                static_cast<std::size_t>(r);
        if (numbering_ == nullptr || !has(row)) return row;
        const auto rows = static_cast<std::size_t>(shape_.rows);
        return static_cast<std::size_t>(numbering_->order[row / rows]) * rows + row % rows;
    }
    bool has(std::size_t row) const { return row + 1 < matrix_.row_start.size(); }
    std::span<const Column> columns_of(std::size_t row) const {
        const auto begin = static_cast<std::size_t>(matrix_.row_start[row]);
        return matrix_.column.subspan(begin,
                                      static_cast<std::size_t>(matrix_.row_start[row + 1]) - begin);
    }

    /// Whether the slice before, which was the last to be looked at, had the same columns so many
    /// rows further up: most slices of a stencil. The results are then moved on.
    bool repeats(bool is_known) {
        const auto step = static_cast<Index>(lanes_);
        if (!is_regular_ || first_row_ != studied_ + step || !has(row_of(lanes_ - 1, 0)) ||
            (!run_.empty() && run_.back() + step + step > block_columns_)) {
            studied_ = first_row_;
            return false;
        }
        studied_ = first_row_;
        const auto here = static_cast<std::size_t>(first_row_), before = here - lanes_;
        if (!is_known && !is_moved_copy(before, here)) return false;
        for (std::size_t l = 0; l < lanes_; ++l) blocks_[l] = columns_of(here + l);
        for (Index& block : run_) block += step;
        base_ += step;
        last_ += step;
        return true;
    }

    bool is_moved_copy(std::size_t before, std::size_t here) const {
        const Index moved = matrix_.row_start[here] - matrix_.row_start[before];
        bool same = true;
        for (std::size_t l = 1; l <= lanes_; ++l)
            same &= matrix_.row_start[here + l] == matrix_.row_start[before + l] + moved;
        if (!same) return false;
        const Column* const now = matrix_.column.data() + matrix_.row_start[here];
        const Column* const then = matrix_.column.data() + matrix_.row_start[before];
        const std::size_t count = entries_ * lanes_;
        const auto shift = static_cast<Column>(lanes_);
        for (std::size_t e = 0; e < count; ++e) same &= now[e] == then[e] + shift;
        return same;
    }

    /// The columns of blocks in a lane, rising.
    void list_blocks(std::size_t lane) {
        const std::size_t first = row_of(lane, 0);
        blocks_[lane] = {};
        if (!has(first)) return;
        if (shape_.rows * shape_.columns == 1) {
            blocks_[lane] = columns_of(first);
            is_dense_[lane] = true;
            return;
        }
        std::vector<Column>& list = lists_[lane];
        list.clear();
        is_dense_[lane] = list_dense_blocks(first, list);
        if (!is_dense_[lane]) merge_blocks(lane, list);
        blocks_[lane] = list;
    }
    /// Whether the rows of a block, given the first, have the same columns and all in whole blocks;
    /// their list then needs no merging, nor their values any looking for a place.
    bool list_dense_blocks(std::size_t first, std::vector<Column>& list) const {
        const std::span<const Column> columns = columns_of(first);
        const auto side = static_cast<std::size_t>(shape_.columns);
        bool is_dense = columns.size() % side == 0;
        for (std::size_t r = 1; r < static_cast<std::size_t>(shape_.rows) && is_dense; ++r) {
            const std::span<const Column> other = columns_of(first + r);
            is_dense = other.size() == columns.size();
            for (std::size_t e = 0; e < columns.size() && is_dense; e += side)
                for (std::size_t c = 0; c < side; ++c) is_dense &= other[e + c] == columns[e + c];
        }
        for (std::size_t e = 0; e < columns.size() && is_dense; e += side) {
            list.push_back(static_cast<Column>(columns[e] / shape_.columns));
            is_dense = list.back() * shape_.columns == columns[e];
            for (std::size_t c = 1; c < side; ++c)
                is_dense &= columns[e + c] == columns[e] + static_cast<Column>(c);
        }
        if (!is_dense) list.clear();
        return is_dense;
    }
    void merge_blocks(std::size_t lane, std::vector<Column>& list) const {
        for (int r = 0; r < shape_.rows; ++r) {
            const std::size_t before = list.size();
            std::size_t known = 0;  // most rows of a block have the columns of its first one
            for (const Column column : columns_of(row_of(lane, r))) {
                const auto block = static_cast<Column>(column / shape_.columns);
                while (known < before && list[known] < block) ++known;
                if (known < before && list[known] == block) continue;
                if (list.size() == before || list.back() != block) list.push_back(block);
            }
            const auto middle = list.begin() + static_cast<std::ptrdiff_t>(before);
            if (before > 0 && middle != list.end())
                std::inplace_merge(list.begin(), middle, list.end());
        }
    }

    /// Whether all lanes can read x at lane 0's column plus their number, with few zeros added.
    bool find_run(std::size_t longest) {
        is_regular_ = shape_.rows * shape_.columns == 1 && has(row_of(lanes_ - 1, 0));
        run_.assign(blocks_[0].begin(), blocks_[0].end());
        for (std::size_t l = 1; l < lanes_; ++l) {
            if (is_shifted(l)) continue;
            is_regular_ = false;
            if (blocks_[l].empty()) continue;
            shifted_.clear();
            for (const Column block : blocks_[l])
                shifted_.push_back(static_cast<Index>(block) - static_cast<Index>(l));
            merged_.clear();
            std::ranges::set_union(run_, shifted_, std::back_inserter(merged_));
            std::swap(run_, merged_);
            // An entry of a run costs about three quarters of one that is gathered.
            if (run_.size() > longest + longest / 3) return is_regular_ = false;
        }
        // What no lane needs is read too, and must be there.
        const bool is_inside =
            run_.empty() || (run_.front() >= 0 && run_.back() + shape_.lanes <= block_columns_);
        is_regular_ = is_regular_ && is_inside;
        return is_inside;
    }
    /// Whether a lane has the columns of the run, as they are shifted for it.
    bool is_shifted(std::size_t lane) const {
        const std::span<const Column> here = blocks_[lane];
        if (here.size() != run_.size()) return false;
        bool same = true;
        for (std::size_t e = 0; e < here.size(); ++e)
            same &= static_cast<Index>(here[e]) - static_cast<Index>(lane) == run_[e];
        return same;
    }

    void note(Index first, Index last) {
        base_ = std::min(base_, first);
        last_ = std::max(last_, last);
    }
    void note_lane(std::size_t lane) {
        if (blocks_[lane].empty()) {
            note(own_place(lane), own_place(lane));
        } else if (numbering_ == nullptr) {
            note(blocks_[lane].front(), blocks_[lane].back());
        } else {
            for (const Column block : blocks_[lane]) note(place_of(block), place_of(block));
        }
    }
    Index own_place(std::size_t lane) const {
        const Index row = first_row_ + static_cast<Index>(lane) * shape_.rows;
        return std::min(row / shape_.columns, block_columns_ - 1);
    }
    Index place_of(Column block) const {
        if (numbering_ == nullptr) return static_cast<Index>(block);
        return numbering_->place[static_cast<std::size_t>(block)];
    }
    /// Of a gathered entry; where the lane's row has ended, one that it reads anyway.
    Index place_at(std::size_t lane, std::size_t entry) const {
        const std::span<const Column> list = blocks_[lane];
        if (entry < list.size()) return place_of(list[entry]);
        return list.empty() ? own_place(lane) : place_of(list.back());
    }

    /// All lanes are full: number by number, lane by lane.
    void write_regular(Scalar* to) const {
        const Scalar* const first = matrix_.value.data() + matrix_.row_start[row_of(0, 0)];
        for (std::size_t e = 0; e < entries_; ++e)
            for (std::size_t l = 0; l < lanes_; ++l) put(to, e, l, first[l * entries_ + e]);
    }

    void write_row(Scalar* to, std::size_t lane, int r) const {
        const std::size_t row = row_of(lane, r);
        if (!has(row)) return;
        const std::span<const Column> columns = columns_of(row);
        const Scalar* const value = matrix_.value.data() + matrix_.row_start[row];
        if (is_dense_[lane] && !is_run_) {
            const auto rows = static_cast<std::size_t>(shape_.rows);
            for (std::size_t e = 0; e < columns.size(); ++e)
                put(to, e * rows + static_cast<std::size_t>(r), lane, value[e]);
            return;
        }
        std::size_t entry = 0;
        for (std::size_t e = 0; e < columns.size(); ++e) {
            const auto column = static_cast<Index>(columns[e]);
            const Index block = column / shape_.columns;
            while ((is_run_ ? run_[entry] + static_cast<Index>(lane)
                            : static_cast<Index>(blocks_[lane][entry])) != block)
                ++entry;
            const auto within = static_cast<std::size_t>(column - block * shape_.columns);
            const std::size_t number = (entry * static_cast<std::size_t>(shape_.columns) + within) *
                                           static_cast<std::size_t>(shape_.rows) +
                                       static_cast<std::size_t>(r);
            put(to, number, lane, value[e]);
        }
    }
    template <class Real>
    void put(Real* to, std::size_t number, std::size_t lane, Real value) const {
        to[number * lanes_ + lane] = value;
    }
    template <class Real>
    void put(std::complex<Real>* to, std::size_t number, std::size_t lane,
             std::complex<Real> value) const {
        Real* const parts = reinterpret_cast<Real*>(to) + number * lanes_ * 2;
        parts[lane] = value.real();
        parts[lanes_ + lane] = value.imag();
    }

    const CsrView<Scalar, Column>& matrix_;
    SliceShape shape_;
    const Renumbering* numbering_;
    std::size_t lanes_;
    Index block_columns_;
    std::vector<std::vector<Column>> lists_;
    std::vector<std::span<const Column>> blocks_;  ///< columns of blocks, for each lane
    std::vector<char> is_dense_;                   ///< a lane's block of rows: nothing but blocks
    std::vector<Index> run_, merged_, shifted_;
    Index first_row_ = 0, studied_ = -1;  ///< the slice's, and that of the slice before
    Index base_ = 0, last_ = 0;           ///< in columns of blocks
    std::size_t entries_ = 0;
    bool is_run_ = false, repeats_ = false;
    bool is_regular_ = false;  ///< all lanes have the run's columns: no zeros
};

}  // namespace krylov::detail

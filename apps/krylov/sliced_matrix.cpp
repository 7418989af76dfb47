#include "krylov/sliced_matrix.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <optional>

#include "asp/base/error.hpp"

namespace krylov {
namespace {

using Index = std::int64_t;

/// Makes one slice after another; keeps its scratch memory.
template <class Scalar, class Column>
class Packer {
public:
    Packer(const CsrView<Scalar, Column>& matrix, const SliceShape& shape)
        : matrix_(matrix),
          shape_(shape),
          lanes_(static_cast<std::size_t>(shape.lanes)),
          block_columns_(matrix.columns / shape.columns),
          lists_(lanes_),
          blocks_(lanes_) {}

    /// Looks at the rows of a slice. After that the results below are those of this slice.
    void study(Index slice) {
        first_row_ = slice * shape_.rows * shape_.lanes;
        if (repeats()) return;
        std::size_t longest = 0;
        for (std::size_t l = 0; l < lanes_; ++l) {
            list_blocks(l);
            longest = std::max(longest, blocks_[l].size());
        }
        is_run_ = find_run(longest);
        entries_ = is_run_ ? run_.size() : longest;
        base_ = last_ = 0;
        if (entries_ == 0) return;
        base_ = std::numeric_limits<Index>::max();
        if (is_run_) {
            note(run_.front(), run_.back());
        } else {
            for (std::size_t l = 0; l < lanes_; ++l)
                if (blocks_[l].empty())
                    note(own_block(l), own_block(l));
                else
                    note(blocks_[l].front(), blocks_[l].back());
        }
    }

    bool is_run() const { return is_run_; }
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
                for (std::size_t l = 0; l < lanes_; ++l) put(block_at(l, e));
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
    std::size_t row_of(std::size_t lane, int r) const {
        return static_cast<std::size_t>(first_row_) + lane * static_cast<std::size_t>(shape_.rows) +
               static_cast<std::size_t>(r);
    }
    bool has(std::size_t row) const { return row + 1 < matrix_.row_start.size(); }
    std::span<const Column> columns_of(std::size_t row) const {
        const auto begin = static_cast<std::size_t>(matrix_.row_start[row]);
        return matrix_.column.subspan(begin,
                                      static_cast<std::size_t>(matrix_.row_start[row + 1]) - begin);
    }

    /// Whether the slice before, which was the last to be looked at, had the same columns so many
    /// rows further up: most slices of a stencil. The results are then moved on.
    bool repeats() {
        const auto step = static_cast<Index>(lanes_);
        if (!is_regular_ || first_row_ != studied_ + step || !has(row_of(lanes_ - 1, 0)) ||
            (!run_.empty() && run_.back() + step + step > block_columns_)) {
            studied_ = first_row_;
            return false;
        }
        studied_ = first_row_;
        const auto here = static_cast<std::size_t>(first_row_), before = here - lanes_;
        const Index moved = matrix_.row_start[here] - matrix_.row_start[before];
        bool same = true;
        for (std::size_t l = 1; l <= lanes_; ++l)
            same &= matrix_.row_start[here + l] == matrix_.row_start[before + l] + moved;
        if (!same) return false;
        const Column* const now = matrix_.column.data() + matrix_.row_start[here];
        const Column* const then = matrix_.column.data() + matrix_.row_start[before];
        const std::size_t count = entries_ * lanes_;
        const auto shift = static_cast<Column>(step);
        for (std::size_t e = 0; e < count; ++e) same &= now[e] == then[e] + shift;
        if (!same) return false;
        for (std::size_t l = 0; l < lanes_; ++l) blocks_[l] = columns_of(here + l);
        for (Index& block : run_) block += step;
        base_ += step;
        last_ += step;
        return true;
    }

    /// The columns of blocks in a lane, rising.
    void list_blocks(std::size_t lane) {
        const std::size_t first = row_of(lane, 0);
        blocks_[lane] = {};
        if (!has(first)) return;
        if (shape_.rows * shape_.columns == 1) {
            blocks_[lane] = columns_of(first);
            return;
        }
        std::vector<Column>& list = lists_[lane];
        list.clear();
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
        blocks_[lane] = list;
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
    Index own_block(std::size_t lane) const {
        return std::min(static_cast<Index>(row_of(lane, 0)) / shape_.columns, block_columns_ - 1);
    }
    /// Of a gathered entry; where the lane's row has ended, one that it reads anyway.
    Index block_at(std::size_t lane, std::size_t entry) const {
        const std::span<const Column> list = blocks_[lane];
        if (entry < list.size()) return static_cast<Index>(list[entry]);
        return list.empty() ? own_block(lane) : static_cast<Index>(list.back());
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
        if (shape_.rows * shape_.columns == 1 && !is_run_) {
            for (std::size_t e = 0; e < columns.size(); ++e) put(to, e, lane, value[e]);
            return;
        }
        std::size_t entry = 0;
        for (std::size_t e = 0; e < columns.size(); ++e) {
            const auto column = static_cast<Index>(columns[e]);
            const Index block = column / shape_.columns;
            while ((is_run_ ? run_[entry] + static_cast<Index>(lane) : block_at(lane, entry)) !=
                   block)
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
    std::size_t lanes_;
    Index block_columns_;
    std::vector<std::vector<Column>> lists_;
    std::vector<std::span<const Column>> blocks_;  ///< columns of blocks, for each lane
    std::vector<Index> run_, merged_, shifted_;
    Index first_row_ = 0, studied_ = -1;  ///< the slice's, and that of the slice before
    Index base_ = 0, last_ = 0;           ///< in columns of blocks
    std::size_t entries_ = 0;
    bool is_run_ = false;
    bool is_regular_ = false;  ///< all lanes have the run's columns: no zeros
};

template <class F>
void for_slices(const asp::Team* team, std::size_t slices, F&& work) {
    if (team == nullptr)
        work(std::size_t{0}, slices);
    else
        team->run(work, 0, slices, 4096);
}

/// Heads with the counts of each slice, then with where they begin.
template <class Scalar, class Column>
Index measure(const CsrView<Scalar, Column>& matrix, SlicedMatrix<Scalar>& packed,
              const asp::Team* team) {
    const auto slices = static_cast<std::size_t>(packed.slices());
    std::atomic<Index> widest{0}, runs{0};
    for_slices(team, slices, [&](std::size_t begin, std::size_t end) {
        Packer<Scalar, Column> packer(matrix, packed.shape);
        Index here_widest = 0, here_runs = 0;
        for (std::size_t i = begin; i < end; ++i) {
            packer.study(static_cast<Index>(i));
            packed.heads[i] = {static_cast<int>(packer.row()), static_cast<int>(packer.base()),
                               static_cast<unsigned>(packer.entries()),
                               static_cast<unsigned>(packer.indices())};
            here_widest = std::max(here_widest, packer.span());
            here_runs += packer.is_run() ? 1 : 0;
        }
        runs += here_runs;
        for (Index seen = widest;
             seen < here_widest && !widest.compare_exchange_weak(seen, here_widest);) {
        }
    });
    std::uint64_t entries = 0, indices = 0;
    for (std::size_t i = 0; i <= slices; ++i) {
        SliceHead& head = packed.heads[i];
        const std::uint64_t more = i < slices ? head.first : 0,
                            more_indices = i < slices ? head.first_index : 0;
        if (i == slices) head = {static_cast<int>(matrix.rows()), 0, 0, 0};
        head.first = static_cast<unsigned>(entries);
        head.first_index = static_cast<unsigned>(indices);
        entries += more;
        indices += more_indices;
    }
    ASP_ASSERT(indices <= std::numeric_limits<unsigned>::max());
    packed.runs = runs;
    packed.index_bytes = widest < 65536 ? 2 : 4;
    packed.indices.resize(indices * static_cast<std::size_t>(packed.index_bytes));
    const std::size_t numbers = entries * static_cast<std::size_t>(packed.slice_rows()) *
                                static_cast<std::size_t>(packed.shape.columns);
    if (packed.form == ValueForm::full)
        packed.values.resize(numbers);
    else
        packed.short_values.resize(packed.form == ValueForm::single ? numbers * sizeof(float)
                                                                    : numbers);
    return static_cast<Index>(entries);
}

/// The different numbers of a matrix, 0 first; nothing where they are more than 16.
template <class Scalar, class Column>
std::optional<std::array<Scalar, 16>> few_numbers(const CsrView<Scalar, Column>& matrix) {
    std::array<Scalar, 16> numbers{};
    std::size_t count = 1;
    for (const Scalar& value : matrix.value) {
        const Scalar* const end = numbers.data() + count;
        if (std::find(std::as_const(numbers).data(), end, value) != end) continue;
        // What is not a number equals none, not even itself.
        if (count == numbers.size() || value != value) return std::nullopt;
        numbers[count++] = value;
    }
    return numbers;
}

/// A slice's values in a short form, at number `at` of all.
template <class Scalar, class Column>
void shorten(const Packer<Scalar, Column>& packer, std::size_t at, SlicedMatrix<Scalar>& packed,
             std::vector<Scalar>& numbers) {
    if constexpr (std::is_same_v<Scalar, double>) {
        numbers.resize(packer.entries() * static_cast<std::size_t>(packed.slice_rows()) *
                       static_cast<std::size_t>(packed.shape.columns));
        packer.write_values(numbers.data());
        auto* const singles = reinterpret_cast<float*>(packed.short_values.data()) + at;
        auto* const codes = reinterpret_cast<std::uint8_t*>(packed.short_values.data()) + at;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (packed.form == ValueForm::single)
                singles[i] = static_cast<float>(numbers[i]);
            else
                codes[i] = static_cast<std::uint8_t>(std::ranges::find(packed.table, numbers[i]) -
                                                     packed.table.begin());
        }
    }
}

}  // namespace

template <class Scalar, class Column>
ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>& matrix) {
    if constexpr (std::is_same_v<Scalar, double>) {
        const auto is_minus_zero = [](double x) { return x == 0.0 && std::signbit(x); };
        const auto numbers = few_numbers(matrix);
        if (numbers && std::ranges::none_of(matrix.value, is_minus_zero))
            return {ValueForm::coded, *numbers};
        const auto is_single = [](double x) {
            return static_cast<double>(static_cast<float>(x)) == x;
        };
        if (std::ranges::all_of(matrix.value, is_single)) return {ValueForm::single, {}};
    }
    return {};
}

template <class Scalar, class Column>
SlicedMatrix<Scalar> pack(const CsrView<Scalar, Column>& matrix, const SliceShape& shape,
                          const asp::Team* team, const ShortForm<Scalar>& form) {
    ASP_ASSERT(matrix.rows() % shape.rows == 0 && matrix.columns % shape.columns == 0);
    SlicedMatrix<Scalar> packed;
    packed.shape = shape;
    packed.rows = matrix.rows();
    packed.columns = matrix.columns;
    packed.nonzeros = matrix.nonzeros();
    packed.form = form.form;
    packed.table = form.table;
    const std::int64_t per_slice = packed.slice_rows();
    const auto slices = static_cast<std::size_t>((packed.rows + per_slice - 1) / per_slice);
    packed.heads.resize(slices + 1);
    measure(matrix, packed, team);
    const std::size_t entry_values =
        static_cast<std::size_t>(per_slice) * static_cast<std::size_t>(shape.columns);
    for_slices(team, slices, [&](std::size_t begin, std::size_t end) {
        Packer<Scalar, Column> packer(matrix, shape);
        std::vector<Scalar> numbers;
        for (std::size_t i = begin; i < end; ++i) {
            packer.study(static_cast<Index>(i));
            const SliceHead& head = packed.heads[i];
            if (form.form == ValueForm::full)
                packer.write_values(packed.values.data() + head.first * entry_values);
            else
                shorten(packer, head.first * entry_values, packed, numbers);
            if (packed.index_bytes == 2)
                packer.write_indices(reinterpret_cast<std::uint16_t*>(packed.indices.data()) +
                                     head.first_index);
            else
                packer.write_indices(reinterpret_cast<std::int32_t*>(packed.indices.data()) +
                                     head.first_index);
        }
    });
    return packed;
}

template <class Scalar, class Column>
SliceSample sample_slices(const CsrView<Scalar, Column>& matrix, const SliceShape& shape) {
    constexpr Index wanted = 500;  // slices to look at
    const Index per_slice = static_cast<Index>(shape.rows) * shape.lanes;
    const Index all = (matrix.rows() + per_slice - 1) / per_slice;
    const Index stride = std::max<Index>(1, all / wanted);
    Packer<Scalar, Column> packer(matrix, shape);
    double stored = 0.0, in_runs = 0.0, bytes = 0.0, nonzeros = 0.0;
    Index widest = 0;
    for (Index s = 0; s < all; s += stride) {
        packer.study(s);
        const auto here = static_cast<double>(packer.entries() *
                                              static_cast<std::size_t>(per_slice * shape.columns));
        stored += here;
        in_runs += packer.is_run() ? here : 0.0;
        widest = std::max(widest, packer.span());
        const Index last = std::min(matrix.rows(), (s + 1) * per_slice);
        nonzeros += static_cast<double>(matrix.row_start[static_cast<std::size_t>(last)] -
                                        matrix.row_start[static_cast<std::size_t>(s * per_slice)]);
        bytes += sizeof(SliceHead) +
                 static_cast<double>(packer.indices()) * (widest < 65536 ? 2.0 : 4.0);
    }
    if (nonzeros == 0.0) return {};
    return {stored / nonzeros, stored > 0.0 ? in_runs / stored : 0.0, bytes / nonzeros};
}

#define KRYLOV_INSTANTIATE(Scalar, Column)                                                \
    template ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>&);             \
    template SlicedMatrix<Scalar> pack(const CsrView<Scalar, Column>&, const SliceShape&, \
                                       const asp::Team*, const ShortForm<Scalar>&);       \
    template SliceSample sample_slices(const CsrView<Scalar, Column>&, const SliceShape&);
#define KRYLOV_INSTANTIATE_BOTH(Scalar)      \
    KRYLOV_INSTANTIATE(Scalar, std::int32_t) \
    KRYLOV_INSTANTIATE(Scalar, std::int64_t)
KRYLOV_INSTANTIATE_BOTH(double)
KRYLOV_INSTANTIATE_BOTH(float)
KRYLOV_INSTANTIATE_BOTH(std::complex<double>)
KRYLOV_INSTANTIATE_BOTH(std::complex<float>)

}  // namespace krylov

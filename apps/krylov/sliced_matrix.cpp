#include "krylov/sliced_matrix.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "asp/base/error.hpp"
#include "krylov/detail/instantiate.hpp"
#include "krylov/detail/slice_packer.hpp"

namespace krylov {
namespace {

using detail::Index;
using detail::Packer;

constexpr std::size_t grain = 4096;  // slices handed out at a time

/// Heads with the counts of each slice, then with where they begin; and which slices repeat the one
/// before.
template <class Scalar, class Column>
Index measure(const CsrView<Scalar, Column>& matrix, SlicedMatrix<Scalar>& packed,
              const asp::Team* team, const Renumbering* numbering, std::vector<char>& repeats) {
    const auto slices = static_cast<std::size_t>(packed.slices());
    std::atomic<Index> widest{0}, runs{0};
    const auto count = [&](std::size_t begin, std::size_t end) {
        Packer<Scalar, Column> packer(matrix, packed.shape, numbering);
        Index here_widest = 0, here_runs = 0;
        for (std::size_t i = begin; i < end; ++i) {
            packer.study(static_cast<Index>(i));
            packed.heads[i] = {static_cast<int>(packer.row()), static_cast<int>(packer.base()),
                               static_cast<unsigned>(packer.entries()),
                               static_cast<unsigned>(packer.indices())};
            here_widest = std::max(here_widest, packer.span());
            here_runs += packer.is_run() ? 1 : 0;
            repeats[i] = packer.repeats();
        }
        runs += here_runs;
        for (Index seen = widest;
             seen < here_widest && !widest.compare_exchange_weak(seen, here_widest);) {
        }
    };
    asp::run_on(team, count, 0, slices, grain);
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
SlicedMatrix<Scalar> pack(const CsrView<Scalar, Column>& matrix, const SliceShape& shape,
                          const asp::Team* team, const ShortForm<Scalar>& form,
                          const Renumbering* numbering) {
    ASP_ASSERT(matrix.rows() % shape.rows == 0 && matrix.columns % shape.columns == 0);
    ASP_ASSERT(numbering == nullptr ||
               (shape.rows == shape.columns && numbering->block == shape.rows &&
                std::ssize(numbering->order) * numbering->block == matrix.rows()));
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
    std::vector<char> repeats(slices);
    measure(matrix, packed, team, numbering, repeats);
    const std::size_t entry_values =
        static_cast<std::size_t>(per_slice) * static_cast<std::size_t>(shape.columns);
    const auto write = [&](std::size_t begin, std::size_t end) {
        Packer<Scalar, Column> packer(matrix, shape, numbering);
        std::vector<Scalar> numbers;
        for (std::size_t i = begin; i < end; ++i) {
            packer.study(static_cast<Index>(i), repeats[i] != 0);
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
    };
    asp::run_on(team, write, 0, slices, grain);
    return packed;
}

template <class Scalar, class Column>
SliceSample sample_slices(const CsrView<Scalar, Column>& matrix, const SliceShape& shape) {
    constexpr Index wanted = 500;  // slices to look at
    const Index per_slice = static_cast<Index>(shape.rows) * shape.lanes;
    const Index all = (matrix.rows() + per_slice - 1) / per_slice;
    const Index stride = std::max<Index>(1, all / wanted);
    Packer<Scalar, Column> packer(matrix, shape, nullptr);
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
    template SlicedMatrix<Scalar> pack(const CsrView<Scalar, Column>&, const SliceShape&, \
                                       const asp::Team*, const ShortForm<Scalar>&,        \
                                       const Renumbering*);                               \
    template SliceSample sample_slices(const CsrView<Scalar, Column>&, const SliceShape&);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov

#include "krylov/detail/unit_size.hpp"

#include <algorithm>
#include <complex>
#include <vector>

#include "krylov/detail/instantiate.hpp"

namespace krylov::detail {
namespace {

/// Units of this size [bytes of matrix and vectors] are small beside a tile, and few enough.
constexpr double unit_bytes = 2e4;
constexpr std::int64_t most_units = 60000;

/// Between two numberings of rows.
std::int64_t moved(const Order& order, std::int64_t block, std::int64_t row) {
    return order[static_cast<std::size_t>(row / block)] * block + row % block;
}

}  // namespace

template <class Scalar, class Column>
double units_read(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
                  std::int64_t rows, std::int64_t columns) {
    constexpr std::int64_t samples = 24;
    const std::int64_t groups = matrix.rows() / rows + 1;
    std::vector<std::int64_t> seen;
    const auto add_row = [&](std::int64_t row) {
        const auto given = static_cast<std::size_t>(
            numbering == nullptr ? row : moved(numbering->order, numbering->block, row));
        for (auto e = matrix.row_start[given]; e < matrix.row_start[given + 1]; ++e) {
            auto column = static_cast<std::int64_t>(matrix.column[static_cast<std::size_t>(e)]);
            if (numbering != nullptr) column = moved(numbering->place, numbering->block, column);
            const std::int64_t unit = column / columns;
            if (seen.empty() || seen.back() != unit) seen.push_back(unit);
        }
    };
    std::size_t read = 0;
    for (std::int64_t i = 0; i < samples; ++i) {
        const std::int64_t first = groups * i / samples * rows;
        if (first >= matrix.rows()) break;
        seen.clear();
        for (std::int64_t row = first; row < std::min(first + rows, matrix.rows()); ++row)
            add_row(row);
        std::ranges::sort(seen);
        read += static_cast<std::size_t>(std::ranges::unique(seen).begin() - seen.begin());
    }
    return static_cast<double>(read) / static_cast<double>(samples);
}

template <class Scalar, class Column>
bool is_scattered(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, int block) {
    constexpr std::int64_t rows = 2048, columns = 512;
    const double row_length =
        static_cast<double>(matrix.nonzeros()) / static_cast<double>(matrix.rows());
    const double reads = static_cast<double>(rows) * row_length / (block * block);
    const double units = static_cast<double>(matrix.columns) / static_cast<double>(columns);
    // On a grid some twenty, wherever it is; in no order at all, most of either.
    return units_read(matrix, numbering, rows, columns) >
           std::max(64.0, 0.2 * std::min(reads, units));
}

template <class Scalar, class Column>
bool is_local(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
              std::int64_t rows_per_unit) {
    const std::int64_t count = matrix.rows() / rows_per_unit + 1;
    const auto units = static_cast<double>(count);
    return units_read(matrix, numbering, rows_per_unit, rows_per_unit) <
           std::max(8.0, 0.05 * units);
}

template <class Scalar, class Column>
std::int64_t items_per_unit(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering,
                            const Items& items, double tile_bytes, const asp::Team* team) {
    // A tile that is asked for is at least one unit.
    const std::int64_t least = (items.count + most_units - 1) / most_units;
    const std::int64_t wanted = std::max<std::int64_t>(
        {1, static_cast<std::int64_t>(std::min(unit_bytes, tile_bytes) / items.bytes), least});
    if (numbering != nullptr) return wanted;
    const std::int64_t first = std::max({least, 2 * wanted / 3, std::int64_t{2}});
    const std::int64_t last = std::min(3 * wanted / 2, first + 40);
    if (last < first) return wanted;
    std::vector<double> read(static_cast<std::size_t>(last - first) + 3);
    const auto sample = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::int64_t rows =
                (first - 1 + static_cast<std::int64_t>(i)) * items.rows_per_item;
            read[i] = units_read(matrix, numbering, rows, rows);
        }
    };
    asp::run_on(team, sample, 0, read.size(), 1);
    std::int64_t best = wanted, off = last;
    for (std::int64_t size = first; size <= last; ++size) {
        const auto i = static_cast<std::size_t>(size - first) + 1;
        if (read[i] > 0.85 * std::min(read[i - 1], read[i + 1])) continue;
        if (std::abs(size - wanted) >= off) continue;
        best = size;
        off = std::abs(size - wanted);
    }
    return best;
}

#define KRYLOV_INSTANTIATE(Scalar, Column)                                                       \
    template double units_read(const CsrView<Scalar, Column>&, const Renumbering*, std::int64_t, \
                               std::int64_t);                                                    \
    template bool is_scattered(const CsrView<Scalar, Column>&, const Renumbering*, int);         \
    template bool is_local(const CsrView<Scalar, Column>&, const Renumbering*, std::int64_t);    \
    template std::int64_t items_per_unit(const CsrView<Scalar, Column>&, const Renumbering*,     \
                                         const Items&, double, const asp::Team*);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov::detail

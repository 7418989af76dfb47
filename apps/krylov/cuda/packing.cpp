#include "krylov/cuda/packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "asp/base/error.hpp"
#include "krylov/ordering.hpp"

namespace krylov::cuda {
namespace {

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
    return values.size() * sizeof(T);
}

/// Rows of a matrix of blocks: for each the columns of its blocks, which rise.
template <class Scalar, class Column>
std::vector<int> block_columns(const CsrView<Scalar, Column>& m, long block_row, int block) {
    std::vector<int> columns;
    const auto first = static_cast<std::size_t>(block_row * block);
    for (auto e = m.row_start[first]; e < m.row_start[first + static_cast<std::size_t>(block)]; ++e)
        columns.push_back(static_cast<int>(m.column[static_cast<std::size_t>(e)] / block));
    std::ranges::sort(columns);
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    return columns;
}

/// Rows in the order in which they stand side by side: within a window the long ones first.
std::vector<long> order_of(const std::vector<int>& length, long window) {
    std::vector<long> order(length.size());
    std::iota(order.begin(), order.end(), 0L);
    const auto rows = static_cast<long>(order.size());
    for (long begin = 0; window > 1 && begin < rows; begin += window)
        std::stable_sort(order.begin() + begin, order.begin() + std::min(rows, begin + window),
                         [&](long a, long b) {
                             return length[static_cast<std::size_t>(a)] >
                                    length[static_cast<std::size_t>(b)];
                         });
    return order;
}

/// Puts the values of a row of blocks into its lane. `base` is the slice's first entry.
template <class Scalar, class Column>
void fill_blocks(const CsrView<Scalar, Column>& m, long block_row, int block,
                 const std::vector<int>& columns, long base, long lane, Slices<Scalar>& slices) {
    for (int r = 0; r < block; ++r) {
        const auto row = static_cast<std::size_t>(block_row * block + r);
        for (auto e = m.row_start[row]; e < m.row_start[row + 1]; ++e) {
            const auto column = static_cast<int>(m.column[static_cast<std::size_t>(e)]);
            const long j = std::ranges::lower_bound(columns, column / block) - columns.begin();
            const long within = r * block + column % block;
            const long at = ((base + j * warp) * block * block) + within * warp + lane;
            slices.value[static_cast<std::size_t>(at)] = m.value[static_cast<std::size_t>(e)];
        }
    }
    for (std::size_t j = 0; j < columns.size(); ++j)
        slices.column[static_cast<std::size_t>(base + static_cast<long>(j) * warp + lane)] =
            columns[j];
}

/// The rows that each level of a tile needs, from the last level, its own rows, back to x.
template <class Scalar, class Column>
class Closure {
public:
    explicit Closure(const CsrView<Scalar, Column>& matrix)
        : matrix_(matrix), place_(static_cast<std::size_t>(matrix.rows()), -1) {}

    std::vector<int> rows;
    std::vector<int> level_end;  ///< [depth + 1]

    void grow(std::span<const std::int32_t> own, int depth) {
        rows.clear();
        level_end.assign(static_cast<std::size_t>(depth) + 1, 0);
        for (const std::int32_t row : own) add(row);
        std::size_t known = 0;
        level_end.back() = static_cast<int>(rows.size());
        for (int level = depth - 1; level >= 0; --level) {
            const std::size_t before = rows.size();
            for (; known < before; ++known) add_columns(rows[known]);
            std::sort(rows.begin() + static_cast<long>(before), rows.end());
            level_end[static_cast<std::size_t>(level)] = static_cast<int>(rows.size());
        }
        for (std::size_t i = 0; i < rows.size(); ++i) place_of(rows[i]) = static_cast<int>(i);
    }
    void forget() {
        for (const int row : rows) place_of(row) = -1;
    }
    int& place_of(int row) { return place_[static_cast<std::size_t>(row)]; }

private:
    void add(int row) {
        if (place_of(row) >= 0) return;
        place_of(row) = 0;
        rows.push_back(row);
    }
    void add_columns(int row) {
        const auto i = static_cast<std::size_t>(row);
        for (auto e = matrix_.row_start[i]; e < matrix_.row_start[i + 1]; ++e)
            add(static_cast<int>(matrix_.column[static_cast<std::size_t>(e)]));
    }

    const CsrView<Scalar, Column>& matrix_;
    std::vector<int> place_;
};

/// Appends the slices of one tile.
template <class Scalar, class Column>
void add_tile(const CsrView<Scalar, Column>& m, Closure<Scalar, Column>& tile,
              PackedTiles<Scalar>& packed) {
    const long begin = packed.start.back();
    const long computed = packed.depth > 0 ? tile.level_end[1] : 0;
    for (long first = 0; first < computed; first += warp) {
        const long base = packed.start.back();
        long longest = 0;
        for (long i = first; i < first + warp; ++i) {
            long length = 0;
            if (i < computed) {
                const auto row = static_cast<std::size_t>(tile.rows[static_cast<std::size_t>(i)]);
                length = m.row_start[row + 1] - m.row_start[row];
            }
            packed.length.push_back(static_cast<int>(length));
            longest = std::max(longest, length);
        }
        packed.start.push_back(base + longest * warp);
        packed.column.resize(static_cast<std::size_t>(packed.start.back()));
        packed.value.resize(static_cast<std::size_t>(packed.start.back()));
        for (long i = first; i < std::min(first + warp, computed); ++i) {
            const auto row = static_cast<std::size_t>(tile.rows[static_cast<std::size_t>(i)]);
            auto at = static_cast<std::size_t>(base + i - first);
            for (auto e = m.row_start[row]; e < m.row_start[row + 1]; ++e, at += warp) {
                const auto entry = static_cast<std::size_t>(e);
                packed.column[at] =
                    static_cast<unsigned short>(tile.place_of(static_cast<int>(m.column[entry])));
                packed.value[at] = m.value[entry];
            }
        }
    }
    packed.row.insert(packed.row.end(), tile.rows.begin(), tile.rows.end());
    packed.level_end.insert(packed.level_end.end(), tile.level_end.begin(), tile.level_end.end());
    packed.first_row.push_back(static_cast<long>(packed.row.size()));
    packed.first_slice.push_back(static_cast<int>(packed.start.size()) - 1);
    packed.most_rows = std::max(packed.most_rows, static_cast<int>(tile.rows.size()));
    packed.most_entries = std::max(packed.most_entries, packed.start.back() - begin);
}

}  // namespace

template <class Scalar>
std::size_t Slices<Scalar>::bytes() const {
    return bytes_of(start) + bytes_of(length) + bytes_of(row) + bytes_of(column) + bytes_of(value);
}

template <class Scalar>
std::size_t PackedTiles<Scalar>::bytes() const {
    return bytes_of(first_row) + bytes_of(start) + bytes_of(row) + bytes_of(level_end) +
           bytes_of(first_slice) + bytes_of(length) + bytes_of(column) + bytes_of(value);
}

template <class Scalar>
std::size_t PackedTiles<Scalar>::memory(bool with_matrix) const {
    const std::size_t vectors = 2 * static_cast<std::size_t>(most_rows) * sizeof(Scalar);
    const std::size_t entry = sizeof(Scalar) + sizeof(unsigned short);
    return vectors + (with_matrix ? static_cast<std::size_t>(most_entries) * entry : 0);
}

template <class Scalar>
double PackedTiles<Scalar>::redundancy() const {
    double made = 0.0, needed = 0.0;
    const auto stride = static_cast<std::size_t>(depth) + 1;
    for (std::size_t end = 0; end < level_end.size(); end += stride)
        for (std::size_t level = 1; level < stride; ++level) {
            made += level_end[end + level];
            needed += level_end[end + stride - 1];
        }
    return needed > 0.0 ? made / needed : 1.0;
}

template <class Scalar, class Column>
Slices<Scalar> pack_slices(const CsrView<Scalar, Column>& matrix, int block, long window) {
    if (matrix.rows() % block != 0 || matrix.columns % block != 0)
        throw asp::InputError(
            fmt::format("block = {0}: expected a divisor of the {1} rows and {2} "
                        "columns of the matrix",
                        block, matrix.rows(), matrix.columns));
    const long rows = matrix.rows() / block;
    std::vector<std::vector<int>> columns(static_cast<std::size_t>(rows));
    std::vector<int> length;
    for (long i = 0; i < rows; ++i) {
        columns[static_cast<std::size_t>(i)] = block_columns(matrix, i, block);
        length.push_back(static_cast<int>(columns[static_cast<std::size_t>(i)].size()));
    }
    const std::vector<long> order = order_of(length, window);
    Slices<Scalar> slices;
    slices.block = block;
    for (long first = 0; first < rows; first += warp) {
        const long base = slices.start.back();
        int longest = 0;
        for (long place = first; place < first + warp; ++place) {
            const long row = place < rows ? order[static_cast<std::size_t>(place)] : -1;
            slices.row.push_back(row < 0 ? -1 : static_cast<int>(row * block));
            slices.length.push_back(row < 0 ? 0 : length[static_cast<std::size_t>(row)]);
            longest = std::max(longest, slices.length.back());
        }
        slices.start.push_back(base + static_cast<long>(longest) * warp);
        const auto entries = static_cast<std::size_t>(slices.start.back());
        slices.column.resize(entries);
        slices.value.resize(entries * static_cast<std::size_t>(block * block));
        for (long place = first; place < std::min(first + warp, rows); ++place) {
            const long row = order[static_cast<std::size_t>(place)];
            fill_blocks(matrix, row, block, columns[static_cast<std::size_t>(row)], base,
                        place - first, slices);
        }
    }
    return slices;
}

TileRows bands_of(std::int64_t rows, long each) {
    TileRows tiles;
    tiles.row.resize(static_cast<std::size_t>(rows));
    std::iota(tiles.row.begin(), tiles.row.end(), 0);
    for (std::int64_t begin = 0; begin < rows; begin += each)
        tiles.end.push_back(std::min<std::int64_t>(begin + each, rows));
    return tiles;
}

template <class Scalar, class Column>
TileRows compact_tiles(const CsrView<Scalar, Column>& matrix, long each) {
    const auto parts = static_cast<std::int32_t>((matrix.rows() + each - 1) / each);
    const std::vector<std::int32_t> part = partition(graph_of(matrix), parts);
    TileRows tiles{bands_of(matrix.rows(), each).row,
                   std::vector<std::int64_t>(static_cast<std::size_t>(parts), 0)};
    std::ranges::stable_sort(tiles.row, {},
                             [&](std::int32_t row) { return part[static_cast<std::size_t>(row)]; });
    for (const std::int32_t p : part) ++tiles.end[static_cast<std::size_t>(p)];
    std::partial_sum(tiles.end.begin(), tiles.end.end(), tiles.end.begin());
    return tiles;
}

template <class Scalar, class Column>
PackedTiles<Scalar> pack_tiles(const CsrView<Scalar, Column>& matrix, const TileRows& tiles,
                               int depth) {
    PackedTiles<Scalar> packed;
    packed.depth = depth;
    Closure<Scalar, Column> tile(matrix);
    std::int64_t begin = 0;
    for (const std::int64_t end : tiles.end) {
        const auto own = static_cast<std::size_t>(end - begin);
        tile.grow(std::span(tiles.row).subspan(static_cast<std::size_t>(begin), own), depth);
        constexpr std::size_t most = std::numeric_limits<unsigned short>::max() + std::size_t{1};
        if (tile.rows.size() > most)
            throw asp::InputError(
                fmt::format("a tile of {} rows, {} levels deep, has {} rows with its ghosts: "
                            "expected at most {}, by fewer rows or levels",
                            own, depth, tile.rows.size(), most));
        add_tile(matrix, tile, packed);
        tile.forget();
        begin = end;
    }
    return packed;
}

Steps steps_of(const Recurrence& recurrence) {
    Steps steps;
    for (std::size_t p = 0; p < recurrence.k(); ++p) {
        steps.scalars.insert(steps.scalars.end(),
                             {recurrence.a[p], recurrence.b[p], recurrence.c[p], 0.0, 0.0});
        steps.terms.push_back(recurrence.is_monomial()             ? product_only
                              : p > 0 && recurrence.has_previous() ? three_terms
                                                                   : two_terms);
    }
    return steps;
}

#define KRYLOV_INSTANTIATE(Scalar)                                                                 \
    template struct Slices<Scalar>;                                                                \
    template struct PackedTiles<Scalar>;                                                           \
    template Slices<Scalar> pack_slices(const CsrView<Scalar>&, int, long);                        \
    template Slices<Scalar> pack_slices(const CsrView<Scalar, std::int64_t>&, int, long);          \
    template TileRows compact_tiles(const CsrView<Scalar>&, long);                                 \
    template TileRows compact_tiles(const CsrView<Scalar, std::int64_t>&, long);                   \
    template PackedTiles<Scalar> pack_tiles(const CsrView<Scalar>&, const TileRows&, int);         \
    template PackedTiles<Scalar> pack_tiles(const CsrView<Scalar, std::int64_t>&, const TileRows&, \
                                            int);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::cuda

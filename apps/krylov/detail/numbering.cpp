#include "krylov/detail/numbering.hpp"

#include <algorithm>
#include <complex>
#include <numeric>

#include "krylov/detail/instantiate.hpp"

namespace krylov::detail {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

Renumbering both_ways(Order order, int block) {
    Renumbering numbering{block, std::move(order), {}};
    numbering.place = inverse(numbering.order);
    return numbering;
}

/// Entries of the rows of a block.
template <class Scalar, class Column>
std::int64_t length_of(const CsrView<Scalar, Column>& matrix, int block, std::int64_t i) {
    return matrix.row_start[at((i + 1) * block)] - matrix.row_start[at(i * block)];
}

/// Which blocks stand beside which.
template <class Scalar, class Column>
Graph graph_of_blocks(const CsrView<Scalar, Column>& matrix, int block) {
    if (block == 1) return graph_of(matrix);
    std::vector<std::int64_t> start{0};
    std::vector<std::int32_t> columns;
    const std::int64_t blocks = matrix.rows() / block;
    for (std::int64_t i = 0; i < blocks; ++i) {
        const auto before = static_cast<std::ptrdiff_t>(columns.size());
        for (auto e = matrix.row_start[at(i * block)]; e < matrix.row_start[at((i + 1) * block)];
             ++e) {
            const auto column = static_cast<std::int32_t>(matrix.column[at(e)] / block);
            if (std::ssize(columns) == before || columns.back() != column)
                columns.push_back(column);
        }
        std::sort(columns.begin() + before, columns.end());
        columns.erase(std::unique(columns.begin() + before, columns.end()), columns.end());
        start.push_back(std::ssize(columns));
    }
    return graph_of(CsrView<double>{blocks, start, columns, {}});
}

}  // namespace

template <class Scalar, class Column>
Renumbering numbered_by_length(const CsrView<Scalar, Column>& matrix, int block) {
    const std::int64_t blocks = matrix.rows() / block;
    std::vector<std::int64_t> read(at(blocks), 0);
    for (const Column column : matrix.column) ++read[at(column / block)];
    Order order(at(blocks));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
        const auto left = length_of(matrix, block, a), right = length_of(matrix, block, b);
        return left != right ? left > right : read[at(a)] > read[at(b)];
    });
    return both_ways(std::move(order), block);
}

template <class Scalar, class Column>
Renumbering numbered_by_levels(const CsrView<Scalar, Column>& matrix, int block) {
    // Long beside a slice, short beside a tile.
    constexpr std::ptrdiff_t window = 256;
    Order order = reverse_cuthill_mckee(graph_of_blocks(matrix, block));
    for (std::ptrdiff_t begin = 0; begin < std::ssize(order); begin += window)
        std::stable_sort(order.begin() + begin,
                         order.begin() + std::min(begin + window, std::ssize(order)),
                         [&](std::int32_t a, std::int32_t b) {
                             return length_of(matrix, block, a) > length_of(matrix, block, b);
                         });
    return both_ways(std::move(order), block);
}

template <class Scalar, class Column>
bool is_mesh_like(const CsrView<Scalar, Column>& matrix) {
    constexpr std::size_t enough = 8000;
    // Of 27 points in three dimensions 1.3; of a graph in which everybody knows three others, 2.
    constexpr double most_growth = 1.8;
    const std::int64_t n = matrix.rows();
    const std::size_t wanted = std::min(enough, at(n / 32));
    std::vector<bool> is_seen(at(n), false);
    for (const std::int64_t root : {n / 5, n / 2, 4 * n / 5}) {
        std::vector<std::int64_t> reached{root};
        is_seen[at(root)] = true;
        double growth = 1.0;
        for (std::size_t begin = 0; begin < reached.size() && begin < wanted;) {
            const std::size_t end = reached.size();
            for (std::size_t i = begin; i < end; ++i)
                for (auto e = matrix.row_start[at(reached[i])];
                     e < matrix.row_start[at(reached[i]) + 1]; ++e) {
                    const auto column = static_cast<std::int64_t>(matrix.column[at(e)]);
                    if (is_seen[at(column)]) continue;
                    is_seen[at(column)] = true;
                    reached.push_back(column);
                }
            begin = end;
            growth = static_cast<double>(reached.size()) / static_cast<double>(end);
            if (reached.size() > 8 * enough) break;
        }
        for (const std::int64_t row : reached) is_seen[at(row)] = false;
        if (growth > most_growth) return false;
    }
    return true;
}

template <class Scalar, class Column>
double padded_fill(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, int lanes) {
    const int block = numbering == nullptr ? 1 : numbering->block;
    const std::int64_t blocks = matrix.rows() / block;
    std::int64_t stored = 0;
    for (std::int64_t first = 0; first < blocks; first += lanes) {
        std::int64_t longest = 0;
        for (std::int64_t i = first; i < std::min(first + lanes, blocks); ++i)
            longest = std::max(
                longest,
                length_of(matrix, block,
                          numbering == nullptr ? i : std::int64_t{numbering->order[at(i)]}));
        stored += longest * lanes;
    }
    return static_cast<double>(stored) /
           static_cast<double>(std::max<std::int64_t>(matrix.nonzeros(), 1));
}

#define KRYLOV_INSTANTIATE(Scalar, Column)                                        \
    template Renumbering numbered_by_length(const CsrView<Scalar, Column>&, int); \
    template Renumbering numbered_by_levels(const CsrView<Scalar, Column>&, int); \
    template bool is_mesh_like(const CsrView<Scalar, Column>&);                   \
    template double padded_fill(const CsrView<Scalar, Column>&, const Renumbering*, int);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov::detail

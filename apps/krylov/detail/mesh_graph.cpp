#include <algorithm>
#include <cmath>

#include "krylov/detail/generators.hpp"
#include "krylov/detail/node_order.hpp"

namespace krylov::detail {
namespace {

/// The Laplacian of `nodes` points on a square grid whose cells are cut along one diagonal or the
/// other, as chance has it.
Csr<double> triangulation(std::int64_t nodes, Random& random) {
    const auto side = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(nodes))));
    std::vector<Entry<double>> entries;
    entries.reserve(static_cast<std::size_t>(10 * nodes));
    const auto join = [&](std::int64_t i, std::int64_t j) {
        if (j >= nodes) return;
        for (const auto& [row, column] : {std::pair(i, j), std::pair(j, i)}) {
            entries.push_back({row, column, -1.0});
            entries.push_back({row, row, 1.0});
        }
    };
    for (std::int64_t i = 0; i < nodes; ++i) {
        entries.push_back({i, i, 0.0});
        const bool has_right = (i + 1) % side != 0;
        join(i, i + side);
        if (!has_right) continue;
        join(i, i + 1);
        if (random.uniform() < 0.5)
            join(i, i + side + 1);
        else
            join(i + 1, i + side);
    }
    return assemble<double>(nodes, nodes, entries);
}

/// In [-1, 1), the same for (i, j) and (j, i).
double symmetric_value(std::uint64_t seed, std::uint64_t i, std::uint64_t j) {
    const std::uint64_t mixed = Random::mixed(seed + std::min(i, j));
    return Random(mixed + std::max(i, j)).between(-1.0, 1.0);
}

/// Each entry becomes a dense block of random values, symmetric as a whole; diagonals outweigh the
/// rest of their row, so that it is positive definite.
Csr<double> with_blocks(const Csr<double>& nodes, std::int64_t block, std::uint64_t seed) {
    Csr<double> matrix;
    matrix.columns = nodes.columns * block;
    matrix.row_start.reserve(static_cast<std::size_t>(matrix.columns) + 1);
    matrix.column.reserve(nodes.column.size() * static_cast<std::size_t>(block * block));
    matrix.value.reserve(matrix.column.capacity());
    for (std::int64_t row = 0; row < matrix.columns; ++row) {
        const auto node = static_cast<std::size_t>(row / block);
        double rest = 0.0;
        std::size_t diagonal = 0;
        for (auto j = nodes.row_start[node]; j < nodes.row_start[node + 1]; ++j)
            for (std::int64_t c = 0; c < block; ++c) {
                const std::int64_t column = nodes.column[static_cast<std::size_t>(j)] * block + c;
                const double value = symmetric_value(seed, static_cast<std::uint64_t>(row),
                                                     static_cast<std::uint64_t>(column));
                if (column == row)
                    diagonal = matrix.value.size();
                else
                    rest += std::abs(value);
                matrix.column.push_back(static_cast<std::int32_t>(column));
                matrix.value.push_back(value);
            }
        matrix.value[diagonal] = 1.0 + rest;
        matrix.row_start.push_back(matrix.nonzeros());
    }
    return matrix;
}

}  // namespace

Csr<double> make_mesh_graph(const Description& description) {
    const std::int64_t nodes = description.size[0];
    const std::int64_t block = description.whole("blocks", 1, 1, 16);
    const NodeOrder order = node_order_asked(description, NodeOrder::rcm);
    const auto rows = static_cast<double>(nodes * block);
    require_room(description, rows, 7.0 * rows * static_cast<double>(block));
    Random random(description.seed());
    Csr<double> matrix = triangulation(nodes, random);
    matrix = renumbered(std::move(matrix), order, 1, random);
    if (block > 1) matrix = with_blocks(matrix, block, random.next());
    scale_alike(matrix);
    return matrix;
}

}  // namespace krylov::detail

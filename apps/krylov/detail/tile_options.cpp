#include "krylov/detail/tile_options.hpp"

#include <algorithm>

namespace krylov::detail {
namespace {

std::vector<int> depths(const PlanOptions& options) {
    if (options.depth) return {*options.depth};
    std::vector<int> depths;
    // As many levels in each sweep, as far as can be.
    for (const int sweeps : {1, 2, 3}) {
        const int depth = (options.k + sweeps - 1) / sweeps;
        if (depth >= 2 && depth <= 24 && (depths.empty() || depths.back() != depth))
            depths.push_back(depth);
    }
    if (depths.empty()) depths.push_back(std::min(options.k, 12));
    return depths;
}

std::vector<long> tile_sizes(TileShape shape, const PlanOptions& options, const Machine& machine) {
    if (options.tile_shape && *options.tile_shape != shape) return {};
    if (options.tile_kib) return {*options.tile_kib};
    const auto l2 = static_cast<long>(machine.l2_bytes / 0.6 / 1024);
    if (shape == TileShape::bands) return {std::max(l2 / 8, 16L)};
    return {std::max(l2 / 4, 32L), std::max(l2 / 2, 64L)};
}

}  // namespace

std::vector<Option> implicit_options(const UnitGraph& graph, const Candidate& base,
                                     const PlanOptions& options, const Product& product,
                                     const Machine& machine) {
    const std::int64_t vectors =
        product.row_bytes * (options.keep == Keep::basis ? (options.k + 2) / 2 : 3);
    std::vector<Option> found;
    for (const TileShape shape : {TileShape::bands, TileShape::compact})
        for (const long kib : tile_sizes(shape, options, machine)) {
            // The same tiles at all depths.
            const Tiling tiling = shape == TileShape::bands
                                      ? contiguous_tiling(graph, kib << 10, vectors)
                                      : bisected_tiling(graph, kib << 10, vectors);
            for (const int depth : depths(options)) {
                Option option{base, nullptr};
                option.candidate.method = Method::implicit_tiles;
                option.candidate.depth = depth;
                option.candidate.tile_shape = shape;
                option.candidate.tile_kib = kib;
                option.schedule =
                    std::make_shared<const Schedule>(graph, tiling, depth, options.harts);
                option.candidate.modelled =
                    tiled_seconds(graph, *option.schedule, product.core_seconds, options.k,
                                  product.row_bytes, options.keep, machine);
                found.push_back(std::move(option));
            }
        }
    return found;
}

}  // namespace krylov::detail

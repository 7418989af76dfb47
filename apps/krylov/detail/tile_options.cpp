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

/// How units may be cut: the same tiles at all depths.
struct Cut {
    TileShape shape;
    long kib;
    Tiling tiling;

    void make(const UnitGraph& graph, std::int64_t row_bytes) {
        tiling = shape == TileShape::bands ? contiguous_tiling(graph, kib << 10, row_bytes)
                                           : bisected_tiling(graph, kib << 10, row_bytes);
    }
};

}  // namespace

std::vector<Option> implicit_options(const UnitGraph& graph, const Candidate& base,
                                     const PlanOptions& options, const Product& product,
                                     const Machine& machine, const asp::Team* team) {
    const std::int64_t vectors =
        product.row_bytes * (options.keep == Keep::basis ? (options.k + 2) / 2 : 3);
    std::vector<Cut> cuts;
    for (const TileShape shape : {TileShape::compact, TileShape::bands})
        for (const long kib : tile_sizes(shape, options, machine)) cuts.push_back({shape, kib, {}});
    const auto cut = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) cuts[i].make(graph, vectors);
    };
    asp::run_on(team, cut, 0, cuts.size(), 1);

    const std::vector<int> all_depths = depths(options);
    std::vector<Option> found(cuts.size() * all_depths.size());
    const auto schedule = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Cut& of = cuts[i / all_depths.size()];
            Candidate candidate = base;
            candidate.method = Method::implicit_tiles;
            candidate.depth = all_depths[i % all_depths.size()];
            candidate.tile_shape = of.shape;
            candidate.tile_kib = of.kib;
            const auto made =
                std::make_shared<const Schedule>(graph, of.tiling, candidate.depth, options.harts);
            candidate.modelled = tiled_seconds(graph, *made, product.core_seconds, options.k,
                                               product.row_bytes, options.keep, machine);
            found[i] = {candidate, made};
        }
    };
    asp::run_on(team, schedule, 0, found.size(), 1);
    return found;
}

}  // namespace krylov::detail

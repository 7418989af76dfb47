#include "bloodflow/mesh.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"

namespace bloodflow {
namespace {

constexpr int most_levels = 6;

/// Waves that change sqrt(A) or u by all of it, or by c, over this length [m] are still smooth:
/// near their crests neighbouring slopes differ by (dx / length)^2 of that. A pulse in the aorta,
/// 0.1 of c high and 0.25 m long, stays 20 times below.
constexpr double smooth_length = 0.1;

/// Work per second of simulated time, in cell updates: a level's step costs its cells, rounded up
/// to blocks of 16, and about as much as 256 cells besides (nodes, calls).
double work(const std::vector<double>& steps, const Mesh& mesh, double finest,
            std::vector<int>* halvings) {
    std::vector<double> cells(most_levels + 1, 0.0);
    int coarsest = 0;
    std::vector<int> doublings(steps.size());
    for (std::size_t v = 0; v < steps.size(); ++v) {
        const double ratio = std::log2(steps[v] / finest);
        doublings[v] = std::clamp(static_cast<int>(std::floor(ratio + 1e-9)), 0, most_levels);
        coarsest = std::max(coarsest, doublings[v]);
        cells[static_cast<std::size_t>(doublings[v])] +=
            static_cast<double>(mesh.vessels[v].count) + 1.0;
    }
    double total = 0.0;
    for (int d = 0; d <= coarsest; ++d) {
        const double padded = std::ceil(cells[static_cast<std::size_t>(d)] / 16.0) * 16.0;
        total += (padded + 256.0) / (finest * std::exp2(d));
    }
    if (halvings != nullptr) {
        halvings->resize(steps.size());
        for (std::size_t v = 0; v < steps.size(); ++v) (*halvings)[v] = coarsest - doublings[v];
    }
    return total;
}

}  // namespace

Mesh make_mesh(const Network& network, const Numerics& numerics,
               const std::vector<double>& speeds) {
    ASP_ASSERT(speeds.size() == network.vessels.size() && numerics.min_cells >= 2);
    const double slowest = *std::min_element(speeds.begin(), speeds.end());
    Mesh mesh;
    std::vector<double> steps;
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const double scale =
            numerics.cell_sizing == CellSizing::wave_speed ? speeds[v] / slowest : 1.0;
        const double length = network.vessels[v].length;
        const double wanted = std::round(length / (numerics.cell_length * scale));
        const auto count = std::max(numerics.min_cells, static_cast<std::size_t>(wanted));
        mesh.vessels.push_back({count, length / static_cast<double>(count), mesh.cells, 0});
        mesh.cells += count;
        steps.push_back(mesh.vessels.back().length / speeds[v]);
    }
    double shortest = mesh.vessels.front().length;
    for (const Mesh::Cells& cells : mesh.vessels) shortest = std::min(shortest, cells.length);
    mesh.smooth_fraction = (shortest / smooth_length) * (shortest / smooth_length);
    mesh.smooth_velocity = mesh.smooth_fraction * slowest;
    const double smallest = *std::min_element(steps.begin(), steps.end());
    mesh.work = (static_cast<double>(mesh.cells) + 256.0) / smallest;
    if (!numerics.local_time_stepping) return mesh;

    // The finest step is one vessel's own step, halved some times: try them all.
    double best_finest = smallest, best_work = work(steps, mesh, smallest, nullptr);
    for (const double step : steps) {
        for (double finest = step; finest > 0.5 * smallest; finest *= 0.5) {
            if (finest > smallest) continue;
            const double candidate = work(steps, mesh, finest, nullptr);
            if (candidate < best_work) {
                best_work = candidate;
                best_finest = finest;
            }
        }
    }
    std::vector<int> halvings;
    mesh.work = work(steps, mesh, best_finest, &halvings);
    for (std::size_t v = 0; v < halvings.size(); ++v) {
        mesh.vessels[v].level = halvings[v];
        mesh.levels = std::max(mesh.levels, halvings[v] + 1);
    }
    return mesh;
}

}  // namespace bloodflow

#include "bloodflow/step_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bloodflow/native_kernels.hpp"

namespace bloodflow {
namespace {

/// The wall where V = 2 k (sqrt(A) - r); reference pressure and height are folded into r.
struct ElasticSite {
    double k, r;

    explicit ElasticSite(const WallSite& site) {
        const WallSection wall = site.wall();
        const double rho = site.network->blood.density;
        k = wall.beta / (2.0 * rho);
        r = std::sqrt(wall.reference_area) -
            (wall.reference_pressure / rho + site.elevation()) / (2.0 * k);
    }
};

/// In the order in which ElasticLaw takes them.
class ElasticCoefficients final : public WallCoefficients {
public:
    Counts counts() const override { return {2, 3, 6}; }
    void at_cell(const WallSite& site, std::span<double> values) const override {
        const ElasticSite e(site);
        values[0] = e.k;
        values[1] = e.r;
    }
    void at_face(const WallSite& site, std::span<double> values) const override {
        const ElasticSite e(site);
        values[0] = e.k;
        values[1] = e.r;
        values[2] = 0.5 / e.k;
    }
    void at_end(const WallSite& end, const WallSite& cell, double per_half_cell,
                std::span<double> values) const override {
        const ElasticSite e(end), c(cell);
        values[0] = e.k;
        values[1] = std::sqrt(e.k);
        values[2] = e.r;
        values[3] = 0.5 / e.k;
        values[4] = 2.0 * (e.k - c.k) * per_half_cell;
        values[5] = -2.0 * (e.k * e.r - c.k * c.r) * per_half_cell;
    }
};

}  // namespace

double WallSite::elevation() const {
    return std::lerp(network->elevation_potential(of().from), network->elevation_potential(of().to),
                     s);
}

bool wall_varies(const Network& network) {
    return network.gravity != std::array<double, 3>{} ||
           std::any_of(network.vessels.begin(), network.vessels.end(),
                       [](const Vessel& v) { return !v.uniform(); });
}

StepKernels built_in_step(const Network& network, const NativeKernels& kernels) {
    const bool varies = wall_varies(network);
    return {.table = varies ? kernels.varying : kernels.uniform,
            .coefficients = std::make_shared<ElasticCoefficients>(),
            .wall_varies = varies,
            .description = fmt::format("built-in kernels for {}, {} wall", kernels.instruction_set,
                                       varies ? "varying" : "uniform"),
            .source = {},
            .owner = nullptr};
}

}  // namespace bloodflow

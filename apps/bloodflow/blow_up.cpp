#include "bloodflow/blow_up.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bloodflow {

void throw_if_cells_blew_up(const Network& network, const FlowSolver& solver) {
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const auto area = solver.area(v), velocity = solver.velocity(v);
        for (std::size_t i = 0; i < area.size(); ++i) {
            const double s = (static_cast<double>(i) + 0.5) / static_cast<double>(area.size());
            const double place = 1e3 * s * network.vessels[v].length;
            const auto there =
                fmt::format("{:.1f} mm from the inlet, t = {:.6f} s", place, solver.time());
            if (!(area[i] > 0.0) || !std::isfinite(area[i]) || !std::isfinite(velocity[i]))
                throw BlowUp(fmt::format(
                    "{}: the lumen area {} at {}; likely cause: the inflow or a terminal draws "
                    "more blood than the vessel holds, or its wall is too soft",
                    network.vessels[v].name,
                    std::isfinite(area[i]) ? fmt::format("falls to {:.3g} mm^2", 1e6 * area[i])
                                           : "is lost",
                    there));
            const double speed =
                network.vessels[v].wall(s).wave_speed(area[i], network.blood.density);
            const double alpha = network.blood.momentum_correction();
            if (std::sqrt(alpha) * std::abs(velocity[i]) >= speed)
                throw BlowUp(fmt::format(
                    "{}: the flow, {:.3g} m/s, is faster than its waves, {:.3g} m/s, at {}; likely "
                    "cause: too large a flow for this radius, or too soft a wall",
                    network.vessels[v].name, velocity[i], speed / std::sqrt(alpha), there));
        }
    }
}

void throw_node_blow_up(const Network& network, std::size_t node, double time) {
    throw BlowUp(fmt::format(
        "node {}: no state joins the waves that meet there, t = {:.6f} s; likely cause: an inflow "
        "or a terminal that this network cannot carry",
        network.nodes[node].id, time));
}

}  // namespace bloodflow

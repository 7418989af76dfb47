#include "bloodflow/places.hpp"

#include <cmath>

namespace bloodflow {
namespace {

/// As many in each vessel as it has cells, and `more`; the first `first` cells from the inlet.
Places places(const Network& network, const Mesh& mesh, std::size_t more, double first) {
    Places all;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v) {
        const Mesh::Cells& cells = mesh.vessels[v];
        const Vessel& vessel = network.vessels[v];
        for (std::size_t i = 0; i < cells.count + more; ++i) {
            const double place = static_cast<double>(i) + first;
            const double s = place / static_cast<double>(cells.count);
            const WallSection wall = vessel.wall(s);
            all.vessel.push_back(static_cast<std::int32_t>(v));
            all.position.push_back(place * cells.length);
            all.reference_area.push_back(wall.reference_area);
            all.stiffness.push_back(wall.beta);
            all.reference_pressure.push_back(wall.reference_pressure);
            all.thickness.push_back(wall.thickness);
            all.young_modulus.push_back(wall.young_modulus);
            all.poisson_ratio.push_back(wall.poisson_ratio);
            all.elevation.push_back(std::lerp(network.elevation_potential(vessel.from),
                                              network.elevation_potential(vessel.to), s));
        }
    }
    return all;
}

}  // namespace

Places cell_places(const Network& network, const Mesh& mesh) {
    return places(network, mesh, 0, 0.5);
}

Places face_places(const Network& network, const Mesh& mesh) {
    return places(network, mesh, 1, 0.0);
}

}  // namespace bloodflow

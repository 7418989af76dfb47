#pragma once

#include <cstdint>
#include <vector>

#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Where cells or faces lie and what wall they have, in the order of the vessels.
struct Places {
    std::vector<std::int32_t> vessel;
    std::vector<double> position;            ///< [m] from the vessel's inlet
    std::vector<double> reference_area;      ///< A0 [m^2]
    std::vector<double> stiffness;           ///< beta [Pa/m] of the elastic law
    std::vector<double> reference_pressure;  ///< p_ref [Pa]
    std::vector<double> thickness;           ///< h [m]
    std::vector<double> young_modulus;       ///< E [Pa]
    std::vector<double> poisson_ratio;       ///< nu
    std::vector<double> elevation;           ///< potential -g.x [m^2/s^2]
};

/// The middles of all cells.
Places cell_places(const Network& network, const Mesh& mesh);
/// The cells' faces: in each vessel one more than it has cells, the first at its inlet.
Places face_places(const Network& network, const Mesh& mesh);

}  // namespace bloodflow

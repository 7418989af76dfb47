#pragma once
// Private to the reference solver: the equations within one vessel. For A(x, t), u(x, t), Q = A u,
//
//   dA/dt + dQ/dx = 0,     dQ/dt + d(alpha Q^2/A)/dx + A dV/dx = -K u,
//
// with the potential V = p/rho + (elevation potential) = 2 k (sqrt(A) - r), k = beta / (2 rho), so
// that A dV/dA = c^2 = k sqrt(A) and the integral of c^2 dA is P = 2/3 k A^(3/2).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bloodflow/mesh.hpp"

namespace bloodflow::reference {

/// Wall at one place of a vessel, its height included.
struct Place {
    double k;  ///< [m/s^2]
    double r;  ///< [m]

    double potential(double area) const { return 2.0 * k * (std::sqrt(area) - r); }
    double area(double potential) const { return std::pow(r + potential / (2.0 * k), 2); }
    double wave_speed(double area) const { return std::sqrt(k * std::sqrt(area)); }
    /// I = integral of c/A dA
    double integral(double area) const { return 4.0 * wave_speed(area); }
    /// P = integral of c^2 dA
    double pressure_flux(double area) const { return 2.0 / 3.0 * k * area * std::sqrt(area); }
};

struct Flux {
    double mass = 0.0;      ///< Q [m^3/s]
    double momentum = 0.0;  ///< alpha Q^2/A + P [m^4/s^2]
};

inline Flux operator+(Flux a, Flux b) {
    return {a.mass + b.mass, a.momentum + b.momentum};
}
inline Flux operator-(Flux a, Flux b) {
    return {a.mass - b.mass, a.momentum - b.momentum};
}
inline Flux operator*(double s, Flux a) {
    return {s * a.mass, s * a.momentum};
}

struct Tube {
    int level;
    double dx;                           ///< [m]
    std::vector<Place> centre, face;     ///< [cells], [cells + 1]
    std::vector<double> area, velocity;  ///< [cells] [m^2], [m/s]
    double time = 0.0;                   ///< of the cells [s]

    std::size_t cells() const { return area.size(); }
};

/// Half of the monotonized central slope (van Leer 1977) from the differences to both neighbours:
/// the change from the cell's centre to its face. No limit below `smooth`, where crests are (Shu
/// 1987).
inline double half_slope(double behind, double ahead, double smooth) {
    const double low = std::min(std::max(behind, ahead), -smooth);
    const double high = std::max(std::min(behind, ahead), smooth);
    return std::clamp(0.25 * (behind + ahead), low, high);
}

/// From the differences of a value to the neighbours; at the vessel's ends the value at the face
/// stands in for the missing neighbour, at half the distance.
inline std::vector<double> half_slopes(const std::vector<double>& value, double at_inlet,
                                       double at_outlet, const std::vector<double>& smooth) {
    const std::size_t n = value.size();
    std::vector<double> slopes(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double behind = i > 0 ? value[i] - value[i - 1] : 2.0 * (value[i] - at_inlet);
        const double ahead = i + 1 < n ? value[i + 1] - value[i] : 2.0 * (at_outlet - value[i]);
        slopes[i] = half_slope(behind, ahead, smooth[i]);
    }
    return slopes;
}

inline Flux physical_flux(const Place& place, double alpha, double area, double velocity) {
    return {area * velocity, alpha * area * velocity * velocity + place.pressure_flux(area)};
}

/// Flux of the state between the two waves of the Riemann problem, linearized about the mean state:
/// du = -+ dV/c across them. The momentum correction is left out of the waves.
inline Flux riemann_flux(const Place& face, double alpha, double potential_left, double u_left,
                         double potential_right, double u_right) {
    const double mean = 0.5 * (potential_left + potential_right);
    const double c = std::sqrt(face.k * std::sqrt(face.area(mean)));
    const double potential = mean - 0.5 * c * (u_right - u_left);
    const double u = 0.5 * (u_left + u_right) - 0.5 * (potential_right - potential_left) / c;
    return physical_flux(face, alpha, face.area(potential), u);
}

/// What a node says about a vessel's end at one stage.
struct Boundary {
    double area, velocity;  ///< at the face
    Flux flux;              ///< through it
};

/// L_A and L_Q of each cell, dA/dt and dQ/dt without friction: potential and velocity are linear in
/// a cell. The faces' fluxes give d(Q)/dx and d(alpha Q^2/A + P)/dx. Where the wall varies, what P
/// changes within the cell is not A dV/dx, and is replaced by it.
inline std::vector<Flux> rates(const Tube& tube, double alpha, bool wall_varies,
                               const std::vector<double>& area, const std::vector<double>& velocity,
                               const Boundary& inlet, const Boundary& outlet, const Mesh& mesh) {
    const std::size_t n = tube.cells();
    std::vector<double> potential(n), smooth_potential(n);
    const std::vector<double> smooth_velocity(n, mesh.smooth_velocity);
    for (std::size_t i = 0; i < n; ++i) {
        potential[i] = tube.centre[i].potential(area[i]);
        smooth_potential[i] = mesh.smooth_fraction * 2.0 * tube.centre[i].k * std::sqrt(area[i]);
    }
    const auto potential_slope = half_slopes(potential, tube.face[0].potential(inlet.area),
                                             tube.face[n].potential(outlet.area), smooth_potential);
    const auto velocity_slope =
        half_slopes(velocity, inlet.velocity, outlet.velocity, smooth_velocity);
    const auto area_at_inlet = [&](std::size_t i) {
        return tube.face[i].area(potential[i] - potential_slope[i]);
    };
    const auto area_at_outlet = [&](std::size_t i) {
        return tube.face[i + 1].area(potential[i] + potential_slope[i]);
    };
    std::vector<Flux> flux(n + 1);
    flux.front() = inlet.flux;
    flux.back() = outlet.flux;
    for (std::size_t i = 1; i < n; ++i)
        flux[i] = riemann_flux(tube.face[i], alpha, potential[i - 1] + potential_slope[i - 1],
                               velocity[i - 1] + velocity_slope[i - 1],
                               potential[i] - potential_slope[i], velocity[i] - velocity_slope[i]);
    std::vector<Flux> result(n);
    for (std::size_t i = 0; i < n; ++i) {
        Flux change = flux[i + 1] - flux[i];
        if (wall_varies)
            change.momentum += area[i] * 2.0 * potential_slope[i] -
                               (tube.face[i + 1].pressure_flux(area_at_outlet(i)) -
                                tube.face[i].pressure_flux(area_at_inlet(i)));
        result[i] = -1.0 / tube.dx * change;
    }
    return result;
}

}  // namespace bloodflow::reference

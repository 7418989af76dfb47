#pragma once
// Private to the reference solver: the equations within one vessel. For A(x, t), u(x, t), Q = A u,
//
//   dA/dt + dQ/dx = 0,     dQ/dt + d(alpha Q^2/A)/dx + A dV/dx = -K u,
//
// with the potential V = p/rho + (elevation potential) and c^2 = A dV/dA = S sqrt(A), where
// S = (dV/dsqrt(A))/2. Where the wall is the same all along each vessel sqrt(A) is reconstructed,
// elsewhere V, which is constant at rest whatever varies: the "variable".
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bloodflow/mesh.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow::reference {

/// Wall at one place of a vessel, its height included.
struct Place {
    WallSection wall;
    double density, elevation;
    bool varies;  ///< somewhere in the network

    double stiffness(double area) const { return wall.stiffness(area) / (2.0 * density); }
    double potential(double area) const { return wall.pressure(area) / density + elevation; }
    double wave_speed(double area) const { return std::sqrt(stiffness(area) * std::sqrt(area)); }
    double variable(double area) const { return varies ? potential(area) : std::sqrt(area); }
    double area(double variable) const {
        return varies ? wall.area((variable - elevation) * density) : variable * variable;
    }
    /// Its change where sqrt(A) doubles.
    double scale(double area) const {
        return (varies ? 2.0 * stiffness(area) : 1.0) * std::sqrt(area);
    }
    /// I = integral of c/A dA = 4 integral of sqrt(S) dx, x = A^(1/4)
    double integral(double area) const {
        if (wall.law == nullptr) return 4.0 * wave_speed(area);
        const auto speed = [&](double x) { return std::sqrt(stiffness(x * x * x * x)); };
        return 4.0 * integrate(speed, std::pow(wall.reference_area, 0.25), std::pow(area, 0.25));
    }
    double integral_slope(double area) const { return 4.0 * std::sqrt(stiffness(area)); }
    /// P = integral of c^2 dA = 2 integral of S r^2 dr, r = sqrt(A)
    double pressure_flux(double area) const {
        if (wall.law == nullptr) return 2.0 / 3.0 * stiffness(area) * area * std::sqrt(area);
        const auto density_of = [&](double r) { return 2.0 * stiffness(r * r) * r * r; };
        return integrate(density_of, std::sqrt(wall.reference_area), std::sqrt(area));
    }

private:
    /// Simpson's rule, 100 pieces.
    template <class F>
    static double integrate(F&& f, double from, double to) {
        constexpr int pieces = 100;
        const double h = (to - from) / pieces;
        double sum = 0.0;
        for (int i = 0; i < pieces; ++i) {
            const double a = from + i * h;
            sum += f(a) + 4.0 * f(a + 0.5 * h) + f(a + h);
        }
        return sum * h / 6.0;
    }
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
/// du = -+ dV/c across them, dV = 2 S dsqrt(A). The momentum correction is left out of the waves.
inline Flux riemann_flux(const Place& face, double alpha, double left, double u_left, double right,
                         double u_right) {
    const double mean = 0.5 * (left + right), area = face.area(mean);
    const double c = face.wave_speed(area);
    const double potential_slope = face.varies ? 1.0 : 2.0 * face.stiffness(area);
    const double variable = mean - 0.5 * c / potential_slope * (u_right - u_left);
    const double u = 0.5 * (u_left + u_right) - 0.5 * potential_slope * (right - left) / c;
    return physical_flux(face, alpha, face.area(variable), u);
}

/// What a node says about a vessel's end at one stage.
struct Boundary {
    double area, velocity;  ///< at the face
    Flux flux;              ///< through it
};

/// L_A and L_Q of each cell, dA/dt and dQ/dt without friction: variable and velocity are linear in
/// a cell. The faces' fluxes give d(Q)/dx and d(alpha Q^2/A + P)/dx. Where the wall varies, what P
/// changes within the cell is not A dV/dx, and is replaced by it.
inline std::vector<Flux> rates(const Tube& tube, double alpha, const std::vector<double>& area,
                               const std::vector<double>& velocity, const Boundary& inlet,
                               const Boundary& outlet, const Mesh& mesh) {
    const std::size_t n = tube.cells();
    std::vector<double> variable(n), smooth_variable(n);
    const std::vector<double> smooth_velocity(n, mesh.smooth_velocity);
    for (std::size_t i = 0; i < n; ++i) {
        variable[i] = tube.centre[i].variable(area[i]);
        smooth_variable[i] = mesh.smooth_fraction * tube.centre[i].scale(area[i]);
    }
    const auto variable_slope = half_slopes(variable, tube.face[0].variable(inlet.area),
                                            tube.face[n].variable(outlet.area), smooth_variable);
    const auto velocity_slope =
        half_slopes(velocity, inlet.velocity, outlet.velocity, smooth_velocity);
    const auto area_at_inlet = [&](std::size_t i) {
        return tube.face[i].area(variable[i] - variable_slope[i]);
    };
    const auto area_at_outlet = [&](std::size_t i) {
        return tube.face[i + 1].area(variable[i] + variable_slope[i]);
    };
    std::vector<Flux> flux(n + 1);
    flux.front() = inlet.flux;
    flux.back() = outlet.flux;
    for (std::size_t i = 1; i < n; ++i)
        flux[i] = riemann_flux(tube.face[i], alpha, variable[i - 1] + variable_slope[i - 1],
                               velocity[i - 1] + velocity_slope[i - 1],
                               variable[i] - variable_slope[i], velocity[i] - velocity_slope[i]);
    std::vector<Flux> result(n);
    for (std::size_t i = 0; i < n; ++i) {
        Flux change = flux[i + 1] - flux[i];
        if (tube.centre[i].varies)
            change.momentum += area[i] * 2.0 * variable_slope[i] -
                               (tube.face[i + 1].pressure_flux(area_at_outlet(i)) -
                                tube.face[i].pressure_flux(area_at_inlet(i)));
        result[i] = -1.0 / tube.dx * change;
    }
    return result;
}

}  // namespace bloodflow::reference

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bloodflow/friction_law.hpp"
#include "bloodflow/outlet_law.hpp"
#include "bloodflow/tube_law.hpp"

namespace bloodflow {

/// Blood as a Newtonian fluid whose velocity profile is u (zeta + 2)/zeta (1 - (r/R)^zeta);
/// alpha and the wall friction follow from it.
struct Blood {
    double density = 1060.0;        ///< [kg/m^3]
    double viscosity = 0.004;       ///< [Pa s]
    double profile_exponent = 9.0;  ///< zeta: 2 is parabolic, larger is flatter

    /// alpha = (zeta + 2) / (zeta + 1), so that the momentum flux is alpha Q^2/A.
    double momentum_correction() const {
        return (profile_exponent + 2.0) / (profile_exponent + 1.0);
    }
    /// K = 2 (zeta + 2) pi mu / rho [m^2/s], so that dQ/dt = -K Q/A.
    double friction() const;
};

/// Wall of a cross-section: p = reference_pressure + beta (sqrt(A) - sqrt(reference_area)), or what
/// a formula says.
struct WallSection : WallProperties {
    double beta;         ///< [Pa/m] sqrt(pi) h E / ((1 - nu^2) A0); of the elastic law
    const TubeLaw* law;  ///< null: elastic

    double pressure(double area) const;
    double root(double pressure) const;  ///< sqrt(A) [m]; not positive where the vessel collapses
    double area(double pressure) const;
    /// dp / d sqrt(A) [Pa/m]: beta, or what a formula has for it at this area.
    double stiffness(double area) const;
    /// c = sqrt(stiffness sqrt(A) / (2 rho)) [m/s]
    double wave_speed(double area, double density) const;
};

/// What a node does with the pressures of the vessels that meet there.
enum class Continuity { total_pressure, static_pressure };

struct Node {
    std::string id;
    std::array<double, 3> position{};  ///< [m]
    Continuity continuity = Continuity::total_pressure;
    double loss_coefficient = 0.0;  ///< minor loss: coefficient times the velocity head of a branch
};

/// One arterial segment. Radius, wall thickness and modulus vary linearly from inlet to outlet.
struct Vessel {
    std::string name;
    std::size_t from, to;                  ///< nodes; flow from `from` to `to` is positive
    double length;                         ///< [m]
    std::array<double, 2> radius;          ///< [m] at the reference pressure, inlet and outlet
    std::array<double, 2> wall_thickness;  ///< [m]
    std::array<double, 2> young_modulus;   ///< [Pa]
    double poisson_ratio;
    double reference_pressure;                          ///< [Pa] at which `radius` holds
    std::shared_ptr<const TubeLaw> tube_law = nullptr;  ///< null: elastic

    /// Wall at the fraction `s` of the length, 0 at the inlet.
    WallSection wall(double s) const;
    bool uniform() const;
};

enum class TerminalKind { closed, resistance, windkessel, reflection, formula };
const char* word_of(TerminalKind kind);  ///< as run files have it

/// What lies behind an outlet: p = p_distal + R Q, or a three-element windkessel
/// p = p_C + R_proximal Q, C dp_C/dt = Q - (p_C - p_distal)/R_distal, or a reflecting end, or what
/// a formula says.
struct Terminal {
    std::size_t node;
    TerminalKind kind = TerminalKind::closed;
    double proximal_resistance = 0.0;     ///< [Pa s/m^3]
    double distal_resistance = 0.0;       ///< [Pa s/m^3]
    double compliance = 0.0;              ///< [m^3/Pa]
    double distal_pressure = 0.0;         ///< [Pa]
    double reflection_coefficient = 0.0;  ///< of pressure, relative to the reference state
    std::shared_ptr<const OutletLaw> law = nullptr;  ///< of a formula, else null

    double total_resistance() const { return proximal_resistance + distal_resistance; }
};

struct Network {
    std::string name, origin;
    Blood blood;
    std::array<double, 3> gravity{};                            ///< [m/s^2]
    std::shared_ptr<const FrictionLaw> friction_law = nullptr;  ///< null: as Blood has it
    std::vector<Node> nodes;
    std::vector<Vessel> vessels;
    std::vector<Terminal> terminals;

    /// -g.x of a node [m^2/s^2], so that p/rho + this is constant at rest.
    double elevation_potential(std::size_t node) const;
    /// rho c / A at the reference area [Pa s/m^3] of the one vessel that ends at a node.
    double characteristic_impedance(std::size_t node) const;
    /// Ends of vessels at each node: (vessel, true at its outlet), in the order of the vessels.
    struct End {
        std::size_t vessel;
        bool outlet;
    };
    std::vector<std::vector<End>> ends_by_node() const;
    std::optional<std::size_t> find_vessel(const std::string& wanted) const;
};

}  // namespace bloodflow

#include "bloodflow/network.hpp"

#include <cmath>
#include <numbers>

namespace bloodflow {

const char* word_of(TerminalKind kind) {
    switch (kind) {
        case TerminalKind::closed:
            return "closed";
        case TerminalKind::resistance:
            return "resistance";
        case TerminalKind::windkessel:
            return "windkessel";
        case TerminalKind::reflection:
            return "reflection";
        case TerminalKind::formula:
            break;
    }
    return "formula";
}

double Blood::friction() const {
    return 2.0 * (profile_exponent + 2.0) * std::numbers::pi * viscosity / density;
}

double WallSection::pressure(double area) const {
    if (law != nullptr) return law->at(std::sqrt(area), *this).pressure;
    return reference_pressure + beta * (std::sqrt(area) - std::sqrt(reference_area));
}

double WallSection::root(double pressure) const {
    if (law != nullptr) return law->root(pressure, *this);
    return std::sqrt(reference_area) + (pressure - reference_pressure) / beta;
}

double WallSection::area(double pressure) const {
    const double r = root(pressure);
    return r * r;
}

double WallSection::stiffness(double area) const {
    return law != nullptr ? law->at(std::sqrt(area), *this).slope : beta;
}

double WallSection::wave_speed(double area, double density) const {
    return std::sqrt(stiffness(area) * std::sqrt(area) / (2.0 * density));
}

WallSection Vessel::wall(double s) const {
    const auto at = [s](const std::array<double, 2>& ends) {
        return ends[0] + s * (ends[1] - ends[0]);
    };
    const double area = std::numbers::pi * at(radius) * at(radius);
    const WallProperties properties{area, at(wall_thickness), at(young_modulus), poisson_ratio,
                                    reference_pressure};
    const double beta = std::sqrt(std::numbers::pi) * properties.thickness *
                        properties.young_modulus / ((1.0 - poisson_ratio * poisson_ratio) * area);
    return {properties, beta, tube_law.get()};
}

bool Vessel::uniform() const {
    return radius[0] == radius[1] && wall_thickness[0] == wall_thickness[1] &&
           young_modulus[0] == young_modulus[1];
}

double Network::elevation_potential(std::size_t node) const {
    double potential = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis)
        potential -= gravity[axis] * nodes[node].position[axis];
    return potential;
}

double Network::characteristic_impedance(std::size_t node) const {
    for (const Vessel& v : vessels) {
        if (v.from != node && v.to != node) continue;
        const WallSection wall = v.wall(v.to == node ? 1.0 : 0.0);
        return blood.density * wall.wave_speed(wall.reference_area, blood.density) /
               wall.reference_area;
    }
    return 0.0;
}

std::vector<std::vector<Network::End>> Network::ends_by_node() const {
    std::vector<std::vector<End>> ends(nodes.size());
    for (std::size_t v = 0; v < vessels.size(); ++v) {
        ends[vessels[v].from].push_back({v, false});
        ends[vessels[v].to].push_back({v, true});
    }
    return ends;
}

std::optional<std::size_t> Network::find_vessel(const std::string& wanted) const {
    for (std::size_t v = 0; v < vessels.size(); ++v)
        if (vessels[v].name == wanted) return v;
    return std::nullopt;
}

}  // namespace bloodflow

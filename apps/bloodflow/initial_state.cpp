#include "bloodflow/initial_state.hpp"

#include <algorithm>
#include <cmath>

#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

/// Pressure [Pa] and flow [m^3/s] along the vessels at the start.
class StartingFlow {
public:
    StartingFlow(const RunConfig& config, const std::optional<SteadyFlow>& steady)
        : config_(config), network_(config.network), steady_(steady) {}

    struct Value {
        double pressure, area, flow;
    };
    Value at(std::size_t vessel, double s) const {
        const Vessel& v = network_.vessels[vessel];
        if (config_.formulas != nullptr) {
            const auto [pressure, velocity] = config_.formulas->at(v, s);
            const double area = v.wall(s).area(pressure);
            return {pressure, area, area * velocity};
        }
        const double pressure =
            steady_ ? steady_pressure(network_, *steady_, vessel, s) : pressure_at_rest(v, s);
        return {pressure, v.wall(s).area(pressure), steady_ ? steady_->flow[vessel] : 0.0};
    }
    /// Where a vessel ends.
    Value at_node(std::size_t node) const {
        for (std::size_t v = 0; v < network_.vessels.size(); ++v) {
            const bool outlet = network_.vessels[v].to == node;
            if (!outlet && network_.vessels[v].from != node) continue;
            Value value = at(v, outlet ? 1.0 : 0.0);
            if (steady_) value.pressure = steady_->pressure[node];
            if (!outlet) value.flow = -value.flow;
            return value;
        }
        return {};
    }

private:
    double pressure_at_rest(const Vessel& v, double s) const {
        const double elevation =
            std::lerp(network_.elevation_potential(v.from), network_.elevation_potential(v.to), s);
        return config_.rest_pressure +
               network_.blood.density * (network_.elevation_potential(0) - elevation);
    }

    const RunConfig& config_;
    const Network& network_;
    const std::optional<SteadyFlow>& steady_;
};

}  // namespace

FlowState initial_state(const RunConfig& config, const Mesh& mesh,
                        const std::optional<SteadyFlow>& steady) {
    const StartingFlow start(config, steady);
    FlowState state;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v)
        for (std::size_t i = 0; i < mesh.vessels[v].count; ++i) {
            const auto here = start.at(v, mesh.vessels[v].place(i));
            state.area.push_back(here.area);
            state.velocity.push_back(here.flow / here.area);
        }
    for (const Terminal& t : config.network.terminals) {
        const auto end = start.at_node(t.node);
        state.capacitor_pressure.push_back(
            starting_state(t, end.pressure, end.flow, steady.has_value()));
    }
    return state;
}

double initial_speed(const RunConfig& config, std::size_t vessel,
                     const std::optional<SteadyFlow>& steady) {
    const StartingFlow start(config, steady);
    const int samples = config.formulas != nullptr ? 64 : 2;
    double fastest = 0.0;
    for (int i = 0; i <= samples; ++i) {
        const double s = static_cast<double>(i) / samples;
        const auto here = start.at(vessel, s);
        const double wave = config.network.vessels[vessel].wall(s).wave_speed(
            here.area, config.network.blood.density);
        fastest = std::max(fastest, wave + 3.0 * std::abs(here.flow) / here.area);
    }
    return fastest;
}

}  // namespace bloodflow

#include "bloodflow/periodicity.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

/// Flow out of the network at a node, on average over the cycle.
double mean_outflow(const Network& network, const Waveforms& waveforms, std::size_t node) {
    double sum = 0.0;
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        for (const auto& flow : waveforms.flow) {
            if (network.vessels[v].to == node) sum += flow[3 * v + 2];
            if (network.vessels[v].from == node) sum -= flow[3 * v];
        }
    return sum / static_cast<double>(std::max<std::size_t>(waveforms.time.size(), 1));
}

/// Total compliance over total conductance [s]: how slowly the network as a whole fills, with the
/// vessels' compliance of the mean over the cycle (at its end, in diastole, it is less). 0 where a
/// terminal holds the pressure or none lets blood out.
double terminal_time_constant(const Network& network, const Waveforms& waveforms,
                              const FlowState& state) {
    double conductance = 0.0, total_compliance = 0.0;
    for (std::size_t t = 0; t < network.terminals.size(); ++t) {
        const Terminal& terminal = network.terminals[t];
        const double flow = mean_outflow(network, waveforms, terminal.node);
        const double resistance = steady_terminal(network, terminal, flow).resistance;
        if (resistance == 0.0) return 0.0;
        if (resistance > 0.0) conductance += 1.0 / resistance;
        total_compliance += compliance(terminal, flow, state.capacitor_pressure[t]);
    }
    if (conductance == 0.0) return 0.0;
    // dA/dp = 2 sqrt(A) / stiffness, along the vessel by Simpson's rule.
    constexpr std::array<double, 3> weights{1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0};
    const auto samples = static_cast<double>(waveforms.time.size());
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        for (std::size_t place = 0; place < 3; ++place) {
            const WallSection wall = network.vessels[v].wall(0.5 * static_cast<double>(place));
            double sum = 0.0;
            for (const auto& area : waveforms.area)
                sum += 2.0 * std::sqrt(area[3 * v + place]) / wall.stiffness(area[3 * v + place]);
            total_compliance += weights[place] * network.vessels[v].length * sum / samples;
        }
    return total_compliance / conductance;
}

double flow_pumped(const RunConfig& config) {
    double mean = 0.0;
    for (const Inlet& inlet : config.inlets) mean += std::abs(inlet.flow.mean());
    return mean * config.period;
}

}  // namespace

CycleReport compare_cycle_ends(const RunConfig& config, const Mesh& mesh, const CyclePair& pair,
                               const Waveforms& waveforms) {
    const double tau = terminal_time_constant(config.network, waveforms, pair.end);
    const double slowest_decay = tau > 0.0 ? std::exp(-config.period / tau) : 0.0;
    CycleReport report{};
    double volume_change = 0.0;
    for (std::size_t v = 0; v < mesh.vessels.size(); ++v) {
        double pulse = 1.0, largest_flow = 0.0;  // a pulse below 1 Pa is a steady pressure
        for (std::size_t place = 0; place < 3; ++place) {
            double low = 1e300, high = -1e300;
            for (std::size_t k = 0; k < waveforms.time.size(); ++k) {
                const double p = pressure_at(config.network, v, 0.5 * static_cast<double>(place),
                                             waveforms.area[k][3 * v + place]);
                low = std::min(low, p);
                high = std::max(high, p);
                largest_flow = std::max(largest_flow, std::abs(waveforms.flow[k][3 * v + place]));
            }
            pulse = std::max(pulse, high - low);
        }
        double pressure_change = 0.0, flow_change = 0.0;
        const Mesh::Cells& cells = mesh.vessels[v];
        for (std::size_t i = 0; i < cells.count; ++i) {
            const std::size_t c = cells.offset + i;
            const WallSection wall = config.network.vessels[v].wall(cells.place(i));
            const double before = pair.start.area[c], after = pair.end.area[c];
            pressure_change =
                std::max(pressure_change, std::abs(wall.pressure(after) - wall.pressure(before)));
            flow_change = std::max(flow_change, std::abs(after * pair.end.velocity[c] -
                                                         before * pair.start.velocity[c]));
            volume_change += cells.length * (after - before);
        }
        report.pressure_change = std::max(report.pressure_change, pressure_change / pulse);
        report.flow_change =
            std::max(report.flow_change, flow_change / std::max(largest_flow, 1e-15));
    }
    for (std::size_t t = 0; t < config.network.terminals.size(); ++t) {
        const Terminal& terminal = config.network.terminals[t];
        const double flow = mean_outflow(config.network, waveforms, terminal.node);
        volume_change += volume_by_state(terminal, flow, pair.end.capacitor_pressure[t]) *
                         (pair.end.capacitor_pressure[t] - pair.start.capacitor_pressure[t]);
    }
    report.mass_drift = std::abs(volume_change) / std::max(flow_pumped(config), 1e-15);
    // A mode that decays by m per cycle and changes by r in this one was r / (1 - m) away from the
    // periodic state at its beginning, and so are the waveforms kept of it. At its end it is m
    // times that: the state to go on from is better than what is reported.
    report.remaining_error =
        std::max({report.pressure_change, report.flow_change, report.mass_drift}) /
        (1.0 - slowest_decay);
    return report;
}

}  // namespace bloodflow

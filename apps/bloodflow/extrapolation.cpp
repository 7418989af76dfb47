#include "bloodflow/extrapolation.hpp"

#include <Eigen/Dense>
#include <cmath>

#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

/// Volume per unit of each terminal's state, at the outflows of a saved state.
std::vector<double> volumes_by_state(const Network& network, const FlowState& state) {
    std::vector<double> outflow(network.nodes.size(), 0.0), volumes;
    for (std::size_t end = 0; end < state.end_unknown.size(); ++end) {
        const Vessel& v = network.vessels[end / 2];
        const bool outlet = end % 2 == 1;
        const double flow = std::pow(state.end_unknown[end], 4) * state.end_velocity[end];
        outflow[outlet ? v.to : v.from] += outlet ? flow : -flow;
    }
    for (std::size_t t = 0; t < network.terminals.size(); ++t) {
        const Terminal& terminal = network.terminals[t];
        volumes.push_back(
            volume_by_state(terminal, outflow[terminal.node], state.capacitor_pressure[t]));
    }
    return volumes;
}

/// A formula may be undefined where extrapolation leads.
bool is_plausible(const Network& network, const FlowState& state) {
    for (std::size_t t = 0; t < network.terminals.size(); ++t)
        if (network.terminals[t].kind == TerminalKind::formula &&
            !network.terminals[t].law->at(0.0, state.capacitor_pressure[t]).finite())
            return false;
    return true;
}

/// Change of volume over a cycle, per cell and windkessel [m^3].
Eigen::VectorXd change(const Network& network, const Mesh& mesh, const CyclePair& pair,
                       const std::vector<double>& volume_by_state) {
    const std::size_t terminals = network.terminals.size();
    Eigen::VectorXd r(static_cast<Eigen::Index>(mesh.cells + terminals));
    Eigen::Index k = 0;
    for (const Mesh::Cells& cells : mesh.vessels)
        for (std::size_t i = cells.offset; i < cells.offset + cells.count; ++i)
            r[k++] = cells.length * (pair.end.area[i] - pair.start.area[i]);
    for (std::size_t t = 0; t < terminals; ++t)
        r[k++] = volume_by_state[t] *
                 (pair.end.capacitor_pressure[t] - pair.start.capacitor_pressure[t]);
    return r;
}

void add(std::vector<double>& sum, double weight, const std::vector<double>& x) {
    sum.resize(x.size(), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) sum[i] += weight * x[i];
}

}  // namespace

std::optional<FlowState> extrapolate_cycles(const Network& network, const Mesh& mesh,
                                            const std::vector<CyclePair>& cycles) {
    const auto older = static_cast<Eigen::Index>(cycles.size()) - 1;
    if (older < 1) return std::nullopt;
    const std::vector<double> volumes = volumes_by_state(network, cycles.back().end);
    const Eigen::VectorXd latest = change(network, mesh, cycles.back(), volumes);
    Eigen::MatrixXd differences(latest.size(), older);
    for (Eigen::Index j = 0; j < older; ++j)
        differences.col(j) =
            latest - change(network, mesh, cycles[static_cast<std::size_t>(j)], volumes);
    const Eigen::VectorXd weights = differences.colPivHouseholderQr().solve(latest);
    // A slow mode with decay m needs the weight m / (1 - m) about; far more is noise.
    if (!weights.allFinite() || weights.cwiseAbs().maxCoeff() > 20.0) return std::nullopt;

    FlowState next;
    next.time = cycles.back().end.time;
    const auto combine = [&](std::vector<double> FlowState::*part) {
        add(next.*part, 1.0 - weights.sum(), cycles.back().end.*part);
        for (Eigen::Index j = 0; j < older; ++j)
            add(next.*part, weights[j], cycles[static_cast<std::size_t>(j)].end.*part);
    };
    combine(&FlowState::area);
    combine(&FlowState::velocity);
    combine(&FlowState::capacitor_pressure);
    for (std::size_t i = 0; i < next.area.size(); ++i) {
        const double last = cycles.back().end.area[i];
        if (!(next.area[i] > 0.25 * last) || !(next.area[i] < 4.0 * last)) return std::nullopt;
    }
    if (!is_plausible(network, next)) return std::nullopt;
    return next;  // without the ends' state: the solver finds it from the cells
}

}  // namespace bloodflow

#include "bloodflow/steady.hpp"

#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"
#include "bloodflow/terminal.hpp"

namespace bloodflow {
namespace {

constexpr int pieces_of_varying_vessel = 64;

/// Pressure along a vessel and how it answers to the pressure at its inlet and to the flow.
struct March {
    double pressure;
    double by_inlet_pressure = 1.0;
    double by_flow = 0.0;  ///< [Pa s/m^3]
};

/// From the inlet's pressure to the fraction `end` of the length. The pressure is NaN where the
/// vessel collapses.
March march(const Network& network, const Vessel& vessel, double inlet_pressure, double flow,
            double end) {
    const double resistance = network.blood.friction() * network.blood.density;  // Q: A^2 dp/dx
    const double rise = network.blood.density * (network.elevation_potential(vessel.to) -
                                                 network.elevation_potential(vessel.from));
    const int pieces = vessel.uniform() && rise == 0.0 ? 1 : pieces_of_varying_vessel;
    March m{inlet_pressure};
    for (int piece = 0; piece < pieces; ++piece) {
        const double share = end / pieces, length = share * vessel.length;
        const WallSection wall = vessel.wall((piece + 0.5) * share);
        const double root = wall.root(m.pressure);
        if (!(root > 0.0)) return {std::nan("")};
        const double fifth = std::pow(root, 5) - 5.0 * resistance * flow * length / wall.beta;
        const double next = std::pow(fifth, 0.2);  // NaN if negative
        const double ratio = std::pow(root / next, 4);
        m.by_flow = ratio * m.by_flow - resistance * length / std::pow(next, 4);
        m.by_inlet_pressure *= ratio;
        m.pressure += wall.beta * (next - root) - share * rise;
    }
    if (!(vessel.wall(end).root(m.pressure) > 0.0)) return {std::nan("")};
    return m;
}

/// p = pressure + resistance * (flow out of the network); resistance < 0: nothing flows.
struct Outlet {
    double resistance = -1.0, pressure = 0.0;
};

Outlet steady_outlet(const Network& network, const Terminal& t) {
    if (t.kind != TerminalKind::reflection)
        return {steady_resistance(network, t), t.distal_pressure};
    for (const Vessel& v : network.vessels)  // a reflecting end rests at the reference state
        if (v.from == t.node || v.to == t.node)
            return {steady_resistance(network, t), v.reference_pressure};
    return {};
}

/// Unknowns: pressures of the nodes, then flows of the vessels. One Newton step; returns false
/// where the linear system has no solution.
bool newton_step(const Network& network, const std::vector<Outlet>& outlets,
                 const std::vector<double>& source, const Eigen::VectorXd& x,
                 Eigen::VectorXd& step) {
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    const auto size = nodes + static_cast<Eigen::Index>(network.vessels.size());
    std::vector<Eigen::Triplet<double>> entries;
    Eigen::VectorXd residual = Eigen::VectorXd::Zero(size);
    for (Eigen::Index n = 0; n < nodes; ++n) {
        const Outlet& o = outlets[static_cast<std::size_t>(n)];
        residual[n] = source[static_cast<std::size_t>(n)];
        if (o.resistance < 0.0) continue;
        // R * balance - (p - p_o) = 0, which holds for R = 0 too.
        residual[n] = o.resistance * residual[n] - (x[n] - o.pressure);
        entries.emplace_back(n, n, -1.0);
    }
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const Vessel& vessel = network.vessels[v];
        const auto row = nodes + static_cast<Eigen::Index>(v);
        const auto from = static_cast<Eigen::Index>(vessel.from);
        const auto to = static_cast<Eigen::Index>(vessel.to);
        const March m = march(network, vessel, x[from], x[row], 1.0);
        residual[row] = m.pressure - x[to];
        entries.emplace_back(row, from, m.by_inlet_pressure);
        entries.emplace_back(row, to, -1.0);
        entries.emplace_back(row, row, m.by_flow);
        for (const auto& [node, sign] : {std::pair{from, -1.0}, std::pair{to, 1.0}}) {
            const Outlet& o = outlets[static_cast<std::size_t>(node)];
            const double scale = o.resistance < 0.0 ? 1.0 : o.resistance;
            residual[node] += scale * sign * x[row];
            entries.emplace_back(node, row, scale * sign);
        }
    }
    if (!residual.allFinite()) return false;
    Eigen::SparseMatrix<double> jacobian(size, size);
    jacobian.setFromTriplets(entries.begin(), entries.end());
    Eigen::SparseLU<Eigen::SparseMatrix<double>> solver(jacobian);
    if (solver.info() != Eigen::Success) return false;
    step = solver.solve(-residual);
    return step.allFinite();
}

bool collapses(const Network& network, const Eigen::VectorXd& x) {
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        const Vessel& vessel = network.vessels[v];
        const double p = x[static_cast<Eigen::Index>(vessel.from)];
        const double flow = x[nodes + static_cast<Eigen::Index>(v)];
        if (!(vessel.wall(0.0).root(p) > 0.0) ||
            std::isnan(march(network, vessel, p, flow, 1.0).pressure))
            return true;
    }
    return false;
}

/// What pressures are exact to: the wall's law subtracts roots of this size.
double pressure_scale(const Network& network) {
    double scale = 1.0;
    for (const Vessel& v : network.vessels)
        for (const double s : {0.0, 1.0}) {
            const WallSection wall = v.wall(s);
            scale = std::max(scale, wall.beta * std::sqrt(wall.reference_area));
        }
    return scale;
}

}  // namespace

SteadyFlow solve_steady(const Network& network, const std::vector<Inlet>& inlets) {
    std::vector<Outlet> outlets(network.nodes.size());
    double conductance = 0.0, fixed = 0.0, inflow = 0.0;
    for (const Terminal& t : network.terminals) {
        outlets[t.node] = steady_outlet(network, t);
        const Outlet& o = outlets[t.node];
        if (o.resistance < 0.0) continue;
        const double share = 1.0 / std::max(o.resistance, 1.0);
        conductance += share;
        fixed += share * o.pressure;
    }
    if (conductance == 0.0)
        throw BlowUp("no terminal lets blood out, so nothing fixes the steady pressure");
    std::vector<double> source(network.nodes.size(), 0.0);
    for (const Inlet& inlet : inlets) {
        source[inlet.node] += inlet.flow.mean();
        inflow += inlet.flow.mean();
    }

    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    Eigen::VectorXd x =
        Eigen::VectorXd::Zero(nodes + static_cast<Eigen::Index>(network.vessels.size()));
    for (Eigen::Index n = 0; n < nodes; ++n) {
        const double lift = network.elevation_potential(static_cast<std::size_t>(n)) -
                            network.elevation_potential(0);
        x[n] = (fixed + inflow) / conductance - network.blood.density * lift;
    }
    constexpr int most_iterations = 50;
    const double least_scale = pressure_scale(network);
    for (int iteration = 1; iteration <= most_iterations; ++iteration) {
        Eigen::VectorXd step;
        if (!newton_step(network, outlets, source, x, step)) {
            if (network.blood.friction() == 0.0)
                throw BlowUp("without viscosity nothing divides a steady flow among branches");
            break;
        }
        double part = 1.0;
        while (collapses(network, x + part * step) && part > 1e-3) part *= 0.5;
        x += part * step;
        const double scale = std::max(x.head(nodes).cwiseAbs().maxCoeff(), least_scale);
        if (part == 1.0 && step.head(nodes).cwiseAbs().maxCoeff() < 1e-12 * scale) {
            SteadyFlow steady;
            steady.iterations = iteration;
            steady.pressure.assign(x.data(), x.data() + nodes);
            steady.flow.assign(x.data() + nodes, x.data() + x.size());
            std::vector<double> balance = source;
            double largest = 0.0;
            for (std::size_t v = 0; v < network.vessels.size(); ++v) {
                balance[network.vessels[v].from] -= steady.flow[v];
                balance[network.vessels[v].to] += steady.flow[v];
                largest = std::max(largest, std::abs(steady.flow[v]));
            }
            steady.residual = 0.0;
            for (std::size_t n = 0; n < balance.size(); ++n)
                if (outlets[n].resistance < 0.0)
                    steady.residual = std::max(steady.residual, std::abs(balance[n]));
            if (largest > 0.0) steady.residual /= largest;
            return steady;
        }
    }
    throw BlowUp(
        "no steady flow: a vessel collapses, for its wall is too soft or the pressure too low");
}

double steady_pressure(const Network& network, const SteadyFlow& steady, std::size_t vessel,
                       double s) {
    const Vessel& v = network.vessels[vessel];
    return s <= 0.0 ? steady.pressure[v.from]
                    : march(network, v, steady.pressure[v.from], steady.flow[vessel], s).pressure;
}

}  // namespace bloodflow

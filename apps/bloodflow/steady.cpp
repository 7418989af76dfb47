#include "bloodflow/steady.hpp"

#include <fmt/format.h>

#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>
#include <optional>

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
    const bool closed = vessel.uniform() && rise == 0.0 && vessel.tube_law == nullptr;
    const int pieces = closed ? 1 : pieces_of_varying_vessel;
    March m{inlet_pressure};
    for (int piece = 0; piece < pieces; ++piece) {
        const double share = end / pieces, length = share * vessel.length;
        const WallSection wall = vessel.wall((piece + 0.5) * share);
        const double root = wall.root(m.pressure);
        if (!(root > 0.0)) return {std::nan("")};
        // Twice, since a formula's stiffness changes on the way; an elastic wall's does not.
        double stiffness = wall.stiffness(root * root), next = 0.0;
        for (int pass = 0; pass < 2; ++pass) {
            const double fifth = std::pow(root, 5) - 5.0 * resistance * flow * length / stiffness;
            next = std::pow(fifth, 0.2);  // NaN if negative
            if (wall.law == nullptr || !(next > 0.0)) break;
            const double middle = 0.5 * (root + next);
            stiffness = wall.stiffness(middle * middle);
        }
        const double ratio = std::pow(root / next, 4);
        m.by_flow = ratio * m.by_flow - resistance * length / std::pow(next, 4);
        m.by_inlet_pressure *= ratio;
        m.pressure += stiffness * (next - root) - share * rise;
    }
    if (!(vessel.wall(end).root(m.pressure) > 0.0)) return {std::nan("")};
    return m;
}

/// Flow out of the network at a node whose vessels are the unknowns `x` of newton_step.
double outflow(const Network& network, const Eigen::VectorXd& x, std::size_t node) {
    double flow = 0.0;
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        flow += x[static_cast<Eigen::Index>(network.nodes.size() + v)] *
                ((network.vessels[v].to == node) - (network.vessels[v].from == node));
    return flow;
}

/// Outlets whose formulas are no straight lines, about the present flows. Where one has no steady
/// state it stays as it was; the number of such a terminal is returned.
std::optional<std::size_t> linearize_formulas(const Network& network, const Eigen::VectorXd& x,
                                              std::vector<SteadyTerminal>& outlets) {
    std::optional<std::size_t> lost;
    for (std::size_t t = 0; t < network.terminals.size(); ++t) {
        const Terminal& terminal = network.terminals[t];
        if (terminal.kind != TerminalKind::formula) continue;
        const SteadyTerminal now =
            steady_terminal(network, terminal, outflow(network, x, terminal.node));
        if (std::isnan(now.pressure))
            lost = t;
        else
            outlets[terminal.node] = now;
    }
    return lost;
}

/// Unknowns: pressures of the nodes, then flows of the vessels. One Newton step; returns false
/// where the linear system has no solution.
bool newton_step(const Network& network, const std::vector<SteadyTerminal>& outlets,
                 const std::vector<double>& source, const Eigen::VectorXd& x,
                 Eigen::VectorXd& step) {
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    const auto size = nodes + static_cast<Eigen::Index>(network.vessels.size());
    std::vector<Eigen::Triplet<double>> entries;
    Eigen::VectorXd residual = Eigen::VectorXd::Zero(size);
    for (Eigen::Index n = 0; n < nodes; ++n) {
        const SteadyTerminal& o = outlets[static_cast<std::size_t>(n)];
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
            const SteadyTerminal& o = outlets[static_cast<std::size_t>(node)];
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

/// Whether an outlet gets a flow under which its formula has no steady state.
bool overflows(const Network& network, const Eigen::VectorXd& x) {
    return std::any_of(network.terminals.begin(), network.terminals.end(), [&](const Terminal& t) {
        return t.kind == TerminalKind::formula &&
               std::isnan(steady_terminal(network, t, outflow(network, x, t.node)).pressure);
    });
}

/// What pressures are exact to: the wall's law subtracts roots of this size.
double pressure_scale(const Network& network) {
    double scale = 1.0;
    for (const Vessel& v : network.vessels)
        for (const double s : {0.0, 1.0}) {
            const WallSection wall = v.wall(s);
            scale = std::max(scale,
                             wall.stiffness(wall.reference_area) * std::sqrt(wall.reference_area));
        }
    return scale;
}

[[noreturn]] void throw_without_steady_state(const Network& network, std::size_t node,
                                             double flow) {
    throw BlowUp(fmt::format(
        "no steady flow: the formula of the outlet at '{}' has no steady state under {:.3g} m^3/s",
        network.nodes[node].id, flow));
}

/// By node; formulas about an equal share of the inflow.
std::vector<SteadyTerminal> first_outlets(const Network& network, double inflow) {
    std::vector<SteadyTerminal> outlets(network.nodes.size());
    for (const Terminal& t : network.terminals) {
        const double share = inflow / static_cast<double>(network.terminals.size());
        outlets[t.node] = steady_terminal(network, t, share);
        if (std::isnan(outlets[t.node].pressure))  // it may let out less than its share
            outlets[t.node] = steady_terminal(network, t, 0.0);
        if (std::isnan(outlets[t.node].pressure))
            throw_without_steady_state(network, t.node, share);
    }
    return outlets;
}

/// One pressure all over, but for the heights, at which the outlets together let out the inflow.
Eigen::VectorXd first_guess(const Network& network, const std::vector<SteadyTerminal>& outlets,
                            double inflow) {
    double conductance = 0.0, fixed = 0.0;
    for (const Terminal& t : network.terminals) {
        const SteadyTerminal& o = outlets[t.node];
        if (o.resistance < 0.0) continue;
        const double share = 1.0 / std::max(o.resistance, 1.0);
        conductance += share;
        fixed += share * o.pressure;
    }
    if (conductance == 0.0)
        throw BlowUp("no terminal lets blood out, so nothing fixes the steady pressure");
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    Eigen::VectorXd x =
        Eigen::VectorXd::Zero(nodes + static_cast<Eigen::Index>(network.vessels.size()));
    for (Eigen::Index n = 0; n < nodes; ++n) {
        const double lift = network.elevation_potential(static_cast<std::size_t>(n)) -
                            network.elevation_potential(0);
        x[n] = (fixed + inflow) / conductance - network.blood.density * lift;
    }
    return x;
}

SteadyFlow described(const Network& network, const std::vector<SteadyTerminal>& outlets,
                     const std::vector<double>& source, const Eigen::VectorXd& x, int iterations) {
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    SteadyFlow steady;
    steady.iterations = iterations;
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

}  // namespace

SteadyFlow solve_steady(const Network& network, const std::vector<Inlet>& inlets) {
    std::vector<double> source(network.nodes.size(), 0.0);
    double inflow = 0.0;
    for (const Inlet& inlet : inlets) {
        source[inlet.node] += inlet.flow.mean();
        inflow += inlet.flow.mean();
    }
    std::vector<SteadyTerminal> outlets = first_outlets(network, inflow);
    Eigen::VectorXd x = first_guess(network, outlets, inflow);
    const auto nodes = static_cast<Eigen::Index>(network.nodes.size());
    constexpr int most_iterations = 50;
    const double least_scale = pressure_scale(network);
    std::optional<std::size_t> lost;  // an outlet without a steady state
    for (int iteration = 1; iteration <= most_iterations; ++iteration) {
        Eigen::VectorXd step;
        if (iteration > 1) lost = linearize_formulas(network, x, outlets);
        if (!newton_step(network, outlets, source, x, step)) {
            if (network.blood.friction() == 0.0)
                throw BlowUp("without viscosity nothing divides a steady flow among branches");
            break;
        }
        double part = 1.0;
        const auto leads_astray = [&] {
            const Eigen::VectorXd next = x + part * step;
            return collapses(network, next) || overflows(network, next);
        };
        while (leads_astray() && part > 1e-3) part *= 0.5;
        x += part * step;
        const double scale = std::max(x.head(nodes).cwiseAbs().maxCoeff(), least_scale);
        if (part == 1.0 && !lost && step.head(nodes).cwiseAbs().maxCoeff() < 1e-12 * scale)
            return described(network, outlets, source, x, iteration);
    }
    if (lost) {
        const std::size_t node = network.terminals[*lost].node;
        throw_without_steady_state(network, node, outflow(network, x, node));
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

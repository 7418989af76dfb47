#pragma once
#include "bloodflow/kernels/walls.hpp"

namespace bloodflow {

/// Ends are worked off in chunks of constant size (a vector of the widest machine).
constexpr long chunk_ends = 8;

/// What closes the equations of a node: resistance * (net flow) = conductance * (head - back_head).
/// Junction and inlet: (1, 0); a windkessel's or resistance's momentary R and pressure: (R/rho, 1).
struct NodeEquation {
    double resistance;   ///< [1] or [1/(m s)]: R / rho
    double conductance;  ///< 0 or 1
    double back_head;    ///< [m^2/s^2]
    double source;       ///< [m^3/s] flow fed into the node
    double reflection;   ///< coefficient of a reflecting terminal; 2 for every other node
};

/// A node's closing relation with a reflecting terminal is one between characteristics.
constexpr double no_reflection = 2.0;

/// The ends of vessels at the nodes of some groups. A group holds whole nodes and is padded to a
/// multiple of `chunk_ends`; groups are the index space. Velocities count positive into the node.
struct NodeArguments {
    const long* group_first_end;    ///< [groups + 1]
    const long* group_first_node;   ///< [groups + 1]
    const long* node_first_end;     ///< [nodes] ends of a node lie side by side
    const long* node_last_end;      ///< [nodes]
    const NodeEquation* equations;  ///< [nodes]
    double* head;                   ///< [nodes] in: guess, out: solution [m^2/s^2]
    double* step;                   ///< [nodes] scratch: last change of the head

    const long* node;                   ///< [ends]
    const long* cell;                   ///< [ends] the vessel's cell at this end
    const long* inner_cell;             ///< [ends] the cell behind it
    const double* orientation;          ///< [ends] +1 at a vessel's outlet, -1 at its inlet
    const double* inverse_cell_length;  ///< [ends] 1/dx
    const double* elapsed;              ///< [ends] time from the cells' state to the node's [s]
    const double* dynamic;              ///< [ends] 1: total head is continuous, 0: static head
    const double* loss;                 ///< [ends] minor-loss coefficient
    const double* rest_unknown;         ///< [ends] x at the reference area

    double* arrived_unknown;   ///< [ends] x that the outgoing characteristic brings
    double* arrived_velocity;  ///< [ends] velocity that it brings
    double* slope;             ///< [ends] -du / d(integral) along it
    double* unknown;           ///< [ends] in: guess, out: x = A^(1/4) at the node
    double* velocity;          ///< [ends] out
    double* flow;              ///< [ends] out: into the node [m^3/s]
    double* flow_slope;        ///< [ends] scratch
    double* defect;            ///< [ends] scratch
    double* gain;              ///< [ends] scratch

    const double* cell_root;      ///< [cells] sqrt(A)
    const double* cell_velocity;  ///< [cells]
    double momentum_correction;   ///< alpha
    double friction;              ///< K
};

/// Follows the outgoing characteristic of each end back from the node's time to the cells' state,
/// dx/dt = alpha u + sqrt(c^2 + alpha (alpha - 1) u^2), and carries its values to the node:
/// linear reconstruction at the foot, friction (implicit) and the wall's change on the way.
/// Second order; the foot lies inside the end cell while the CFL number is below 1.
template <class Wall>
ASP_KERNEL void trace_characteristics(const Wall& wall, const NodeArguments& n, long begin,
                                      long end) {
    const double alpha = n.momentum_correction, excess = alpha * (alpha - 1.0);
    for (long chunk = begin; chunk < end; chunk += chunk_ends) {
        ASP_SIMD_FOR(j, 0, chunk_ends) {
            const long e = chunk + j, cell = n.cell[e], inner = n.inner_cell[e];
            const double root = n.cell_root[cell];
            const double v = wall.variable(root, cell);
            const double v_inner = wall.variable(n.cell_root[inner], inner);
            const double u = n.orientation[e] * n.cell_velocity[cell];
            const double u_inner = n.orientation[e] * n.cell_velocity[inner];
            // In the end cell the face's stiffness stands for the cell's: the speed need only be
            // first-order.
            const double c2 = wall.end_stiffness[e] * root;
            const double time = n.elapsed[e];
            const double distance = time * (alpha * u + asp::sqrt(c2 + excess * u * u));
            const double weight = 0.5 - distance * n.inverse_cell_length[e];
            const double v_foot = v + weight * (v - v_inner);
            const double u_foot = u + weight * (u - u_inner);
            const double area = root * root;
            const double arrived = u_foot / (1.0 + time * n.friction / area);
            const double v_arrived = v_foot + time * u_foot * wall.end_gradient(root, e);
            const double x = wall.end_unknown(v_arrived, e);
            const EndWall w = wall.end(x, e);
            const double speed = 0.25 * w.integral_slope * x;
            const double mach = arrived / speed;
            n.arrived_unknown[e] = x;
            n.arrived_velocity[e] = arrived;
            n.slope[e] = asp::sqrt(1.0 + excess * mach * mach) - (alpha - 1.0) * mach;
        }
    }
}

/// Newton's method for the state at each node of the groups [begin, end). Unknowns: the head H that
/// all ends of a node share and x at each end. Equations: the arriving characteristic
/// u = u_a - slope (I(x) - I(x_a)), head(x, u) = H, and the node's balance of flow. Each end knows
/// only itself and H, so the Jacobian is an arrow and elimination leaves one scalar per node.
/// Returns the largest number of iterations, or -1 where a group did not converge.
template <class Wall>
ASP_KERNEL int solve_nodes(const Wall& wall, const NodeArguments& n, long begin, long end) {
    constexpr int most_iterations = 30;
    constexpr double tolerance = 1e-8;  // on |dx|/x; the next iterate is exact to rounding
    int most = 0;
    for (long group = begin; group < end; ++group) {
        const long first_end = n.group_first_end[group], last_end = n.group_first_end[group + 1];
        const long first_node = n.group_first_node[group];
        const long last_node = n.group_first_node[group + 1];
        trace_characteristics(wall, n, first_end, last_end);
        bool converged = false;
        for (int iteration = 1; iteration <= most_iterations; ++iteration) {
            for (long chunk = first_end; chunk < last_end; chunk += chunk_ends) {
                ASP_SIMD_FOR(j, 0, chunk_ends) {
                    const long e = chunk + j;
                    const EndWall w = wall.end(n.unknown[e], e);
                    const EndWall arrived = wall.end(n.arrived_unknown[e], e);
                    const double u =
                        n.arrived_velocity[e] - n.slope[e] * (w.integral - arrived.integral);
                    const double u_slope = -n.slope[e] * w.integral_slope;
                    const double head =
                        w.potential + 0.5 * u * (n.dynamic[e] * u - n.loss[e] * asp::abs(u));
                    const double head_slope =
                        w.potential_slope + u_slope * (n.dynamic[e] * u - n.loss[e] * asp::abs(u));
                    n.velocity[e] = u;
                    n.flow[e] = w.area * u;
                    n.flow_slope[e] = w.area_slope * u + w.area * u_slope;
                    n.gain[e] = 1.0 / head_slope;
                    n.defect[e] = n.head[n.node[e]] - head;
                }
            }
            for (long node = first_node; node < last_node; ++node) {
                double flow = 0.0, flow_slope = 0.0;
                for (long e = n.node_first_end[node]; e < n.node_last_end[node]; ++e) {
                    const double slope = n.flow_slope[e] * n.gain[e];
                    flow += n.flow[e] + slope * n.defect[e];
                    flow_slope += slope;
                }
                const NodeEquation& q = n.equations[node];
                double change = (q.conductance * (n.head[node] - q.back_head) -
                                 q.resistance * (flow + q.source)) /
                                (q.resistance * flow_slope - q.conductance);
                if (q.reflection != no_reflection) {
                    // Waves at the node, from rest: u - I = -reflection (u + I).
                    const long e = n.node_first_end[node];
                    const EndWall w = wall.end(n.unknown[e], e);
                    const double integral = w.integral - wall.end(n.rest_unknown[e], e).integral;
                    const double sum = 1.0 + q.reflection, difference = 1.0 - q.reflection;
                    const double residual = sum * n.velocity[e] - difference * integral;
                    const double dx =
                        residual / ((sum * n.slope[e] + difference) * w.integral_slope);
                    change = dx / n.gain[e] - n.defect[e];
                }
                n.step[node] = change;
                n.head[node] += change;
            }
            double open[chunk_ends] = {};  // ends that still move, or have collapsed, or are NaN
            for (long chunk = first_end; chunk < last_end; chunk += chunk_ends) {
                ASP_SIMD_FOR(j, 0, chunk_ends) {
                    const long e = chunk + j;
                    const double dx = n.gain[e] * (n.defect[e] + n.step[n.node[e]]);
                    n.defect[e] = dx;
                    n.unknown[e] += dx;
                    open[j] += asp::abs(dx) <= tolerance * n.unknown[e] ? 0.0 : 1.0;
                }
            }
            double any_open = 0.0;
            for (const double count : open) any_open += count;
            most = iteration > most ? iteration : most;
            if (any_open == 0.0) {
                converged = true;
                break;
            }
        }
        if (!converged) return -1;
        for (long chunk = first_end; chunk < last_end; chunk += chunk_ends) {
            ASP_SIMD_FOR(j, 0, chunk_ends) {
                const long e = chunk + j;
                const EndWall w = wall.end(n.unknown[e], e);
                const double brought = wall.end(n.arrived_unknown[e], e).integral;
                n.velocity[e] = n.arrived_velocity[e] - n.slope[e] * (w.integral - brought);
                n.flow[e] = w.area * n.velocity[e];
            }
        }
    }
    return most;
}

}  // namespace bloodflow

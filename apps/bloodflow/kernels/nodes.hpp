#pragma once
#include "bloodflow/kernels/walls.hpp"

namespace bloodflow {

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
    double* momentum_flux;     ///< [ends] out: alpha Q^2/A + integral of c^2 dA [m^4/s^2]
    double* variable;          ///< [ends] out: the wall's reconstructed variable
    double* potential;         ///< [ends] out: [m^2/s^2]

    const double* cell_root;      ///< [cells] sqrt(A)
    const double* cell_velocity;  ///< [cells]
    double momentum_correction;   ///< alpha
    double friction;              ///< K
};

/// How many of the ends [chunk, end) are the next.
template <class Wall>
ASP_FN long ends_in_chunk(long chunk, long end) {
    if constexpr (Wall::blockwise)
        return end - chunk < Wall::end_chunk ? end - chunk : Wall::end_chunk;
    else
        return Wall::end_chunk;
}

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
            const double c2 = wall.end_stiffness(root, e) * root;
            const double time = n.elapsed[e];
            const double distance = time * (alpha * u + asp::sqrt(c2 + excess * u * u));
            const double weight = 0.5 - distance * n.inverse_cell_length[e];
            const double v_foot = v + weight * (v - v_inner);
            const double u_foot = u + weight * (u - u_inner);
            const double area = root * root;
            double arrived;
            if constexpr (Wall::linear_friction) {
                arrived = u_foot / (1.0 + time * n.friction / area);
            } else {
                const double force = wall.end_friction(area, u_foot, e);
                const double slope = wall.end_friction_slope(area, u_foot, e);
                arrived = u_foot - time * force / (area + time * slope);
            }
            const double v_arrived = v_foot + time * u_foot * wall.gradient(root, e);
            const double x = wall.end_unknown(v_arrived, e);
            const double speed = wall.end_root_stiffness(x * x, e) * x;
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
            for (long chunk = first_end; chunk < last_end; chunk += Wall::end_chunk) {
                const long count = ends_in_chunk<Wall>(chunk, last_end);
                EndWalls<Wall::end_chunk> ends;
                double arrived[Wall::end_chunk];
                wall.ends(n.unknown + chunk, chunk, count, ends);
                wall.integrals(n.arrived_unknown + chunk, chunk, count, arrived);
                ASP_SIMD_FOR(j, 0, count) {
                    const long e = chunk + j;
                    const double u =
                        n.arrived_velocity[e] - n.slope[e] * (ends.integral[j] - arrived[j]);
                    const double u_slope = -n.slope[e] * ends.integral_slope[j];
                    const double head =
                        ends.potential[j] + 0.5 * u * (n.dynamic[e] * u - n.loss[e] * asp::abs(u));
                    const double head_slope =
                        ends.potential_slope[j] +
                        u_slope * (n.dynamic[e] * u - n.loss[e] * asp::abs(u));
                    n.velocity[e] = u;
                    n.flow[e] = ends.area[j] * u;
                    n.flow_slope[e] = ends.area_slope[j] * u + ends.area[j] * u_slope;
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
        for (long chunk = first_end; chunk < last_end; chunk += Wall::end_chunk) {
            const long count = ends_in_chunk<Wall>(chunk, last_end);
            double integral[Wall::end_chunk], arrived[Wall::end_chunk];
            wall.integrals(n.unknown + chunk, chunk, count, integral);
            wall.integrals(n.arrived_unknown + chunk, chunk, count, arrived);
            ASP_SIMD_FOR(j, 0, count) {
                const long e = chunk + j;
                const double root = n.unknown[e] * n.unknown[e];
                n.velocity[e] = n.arrived_velocity[e] - n.slope[e] * (integral[j] - arrived[j]);
                n.flow[e] = root * root * n.velocity[e];
            }
        }
    }
    return most;
}

/// What vessels need of their ends [begin, end), from the unknown and the velocity there.
template <class Wall>
ASP_KERNEL void describe_ends(const Wall& wall, const NodeArguments& n, long begin, long end) {
    for (long chunk = begin; chunk < end; chunk += Wall::end_chunk) {
        const long count = ends_in_chunk<Wall>(chunk, end);
        double flux[Wall::end_chunk], root[Wall::end_chunk];
        ASP_SIMD_FOR(j, 0, count) root[j] = n.unknown[chunk + j] * n.unknown[chunk + j];
        if constexpr (Wall::blockwise) {
            wall.block(LawFunction::end_flux, root, chunk, flux, count);
            wall.block(LawFunction::end_potential, root, chunk, n.potential + chunk, count);
        } else {
            ASP_SIMD_FOR(j, 0, count) {
                flux[j] = wall.end_flux(root[j], chunk + j);
                n.potential[chunk + j] = wall.end_potential(root[j], chunk + j);
            }
        }
        ASP_SIMD_FOR(j, 0, count) {
            const long e = chunk + j;
            const double u = n.velocity[e];
            n.momentum_flux[e] = root[j] * root[j] * (n.momentum_correction * u * u + flux[j]);
            n.variable[e] = Wall::pressure_varies ? n.potential[e] : root[j];
        }
    }
}

}  // namespace bloodflow

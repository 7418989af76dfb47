#pragma once

#include <vector>

#include "bloodflow/network.hpp"
#include "bloodflow/solver.hpp"

namespace bloodflow {

/// Steady flow through a network.
struct SteadyFlow {
    std::vector<double> flow;      ///< [vessels] [m^3/s]
    std::vector<double> pressure;  ///< [nodes] static, [Pa]
    int iterations;
    double residual;  ///< largest imbalance of a node over the largest flow
};

/// The network under its inlets' mean flows: wall friction against the pressure gradient,
/// A^2 dp/dx = -2 (zeta + 2) pi mu Q, static pressure equal at nodes, no convection. In a uniform
/// elastic vessel the integral of A^2 dp is closed: beta/5 A^(5/2). Vessels that vary are taken as
/// 64 uniform pieces in series. Newton's method on the nodes' pressures. Throws BlowUp where no
/// positive areas solve it, or where nothing fixes the pressure.
SteadyFlow solve_steady(const Network& network, const std::vector<Inlet>& inlets);

/// Pressure [Pa] at the fraction `s` of a vessel's length in the steady flow.
double steady_pressure(const Network& network, const SteadyFlow& steady, std::size_t vessel,
                       double s);

}  // namespace bloodflow

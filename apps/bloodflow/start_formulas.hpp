#pragma once

#include <array>

#include "asp/ir/function.hpp"
#include "asp/ir/interpreter.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Pressure and velocity at the start of a run as formulas of the place in a vessel.
class StartFormulas {
public:
    /// Of x [m] from the inlet, the vessel's length L [m], then the wall's properties; one result
    /// each: [Pa] and [m/s].
    StartFormulas(const asp::ir::Function& pressure, const asp::ir::Function& velocity);

    struct Value {
        double pressure;  ///< [Pa]
        double velocity;  ///< [m/s] along the vessel
    };
    /// At the fraction `s` of a vessel's length.
    Value at(const Vessel& vessel, double s) const;

    static constexpr std::size_t arguments = 2 + WallProperties::count;

private:
    asp::ir::Program<double> pressure_, velocity_;
};

}  // namespace bloodflow

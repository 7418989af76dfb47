#pragma once

#include <array>
#include <memory>
#include <string>

#include "asp/ir/function.hpp"
#include "asp/ir/interpreter.hpp"

namespace bloodflow {

/// What a formula may know of a cross-section, besides its lumen area A.
struct WallProperties {
    double reference_area;      ///< A0 [m^2]
    double thickness;           ///< h [m]
    double young_modulus;       ///< E [Pa]
    double poisson_ratio;       ///< nu
    double reference_pressure;  ///< p_ref [Pa]

    static constexpr std::size_t count = 5;
    std::array<double, count> values() const {
        return {reference_area, thickness, young_modulus, poisson_ratio, reference_pressure};
    }
};

/// Names, units and plausible ranges of the properties in formulas, in the order of `values()`.
const std::array<asp::ir::Argument, WallProperties::count>& wall_symbols();

/// Transmural pressure [Pa] as a formula of A and the wall's properties.
class TubeLaw {
public:
    /// `pressure`: one result, of A and then the properties. It must rise with A.
    TubeLaw(std::string formula, asp::ir::Function pressure);

    const std::string& formula() const { return formula_; }
    const asp::ir::Function& pressure() const { return pressure_; }
    /// The pressure and its slope of (root, properties...), root = sqrt(A) [m].
    const asp::ir::Function& by_root() const { return by_root_; }

    struct Value {
        double pressure;  ///< [Pa]
        double slope;     ///< dp/droot [Pa/m]
    };
    Value at(double root, const WallProperties& wall) const;
    /// sqrt(A) at which the pressure holds; NaN where there is none above 1e-3 sqrt(A0).
    double root(double pressure, const WallProperties& wall) const;

private:
    std::string formula_;
    asp::ir::Function pressure_, by_root_;
    asp::ir::Program<double> program_;
};

}  // namespace bloodflow
